"""Format `hl7v2`: ADT messages become facts of visits and persons, and merges of their ids."""

from healthtrends.formats.hl7v2.decoder import Hl7Decoder
from healthtrends.model.decoder import Decoder, DecoderOptions


def open_decoder(options: DecoderOptions) -> Decoder:
    """Make the decoder of this format."""
    return Hl7Decoder(options)
