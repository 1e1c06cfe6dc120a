"""Format `mapped`: rows and JSON objects with other names and codings, under `[source.mapping]`.

In the settings it is `format = "record"` with a mapping. In the log it has a name of its own, as one message
may give several records.
"""

from healthtrends.formats.mapped.decoder import MappedDecoder
from healthtrends.model.decoder import Decoder, DecoderOptions


def open_decoder(options: DecoderOptions) -> Decoder:
    """Make the decoder of this format. Raises ConfigError for a mapping that cannot be."""
    return MappedDecoder(options)
