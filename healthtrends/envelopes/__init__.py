"""Registry of envelopes: each module named here is one, with a function `open_envelope(options)`.

`source.envelope` names them from the outermost to the innermost; what is inside goes to the format's decoder.
See `content.py` for the port, `decoder.py` for how they meet the format.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Final, cast

from healthtrends.envelopes.content import Envelope, EnvelopeOptions

DEBEZIUM: Final = "debezium"
CONNECT_JSON: Final = "connect-json"
CONFLUENT: Final = "confluent"
VALUE_SCHEMA: Final = "__value_schema_id"
KEY_SCHEMA: Final = "__key_schema_id"
SCHEMA_HEADERS: Final = (KEY_SCHEMA, VALUE_SCHEMA)
"""Headers in which Confluent's serializers may name the schemas of a message."""


def open_envelopes(names: Sequence[str], options: EnvelopeOptions) -> tuple[Envelope, ...]:
    """Make the envelopes of these names. Raises ConfigError when one cannot do its work here."""
    return tuple(
        cast(
            "Envelope",
            import_module(f"{__name__}.{name.replace('-', '_')}").open_envelope(
                replace(options, opens_keys=DEBEZIUM in names[place + 1 :])
            ),
        )
        for place, name in enumerate(names)
    )
