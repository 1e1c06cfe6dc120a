"""The schema registry of the topic's messages, and the reader's schema, as the configuration names them."""

from healthtrends.adapters.schema_registry import SchemaRegistry
from healthtrends.config import expanded
from healthtrends.config.registry_keys import registry_settings
from healthtrends.config.source import Source
from healthtrends.errors import ConfigError


def open_schemas(source: Source) -> SchemaRegistry | None:
    """Open a client of the registry; asks it nothing yet. None: none is configured. Raises ConfigError."""
    settings = registry_settings(source.registry)
    return SchemaRegistry(settings) if settings is not None else None


def read_reader_schema(source: Source) -> str | None:
    """Read the Avro schema that messages are brought to; None: none is configured. Raises ConfigError."""
    if source.reader_schema is None:
        return None
    path = expanded(source.reader_schema)
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror or "" if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"the schema {path} cannot be read", why, "correct source.reader_schema") from None
