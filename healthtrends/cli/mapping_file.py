"""The file of `--map`: `[source]`, `[source.file]` and `[source.mapping]` as in the configuration."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from healthtrends.config import Settings, load
from healthtrends.config.mapping import FileForm
from healthtrends.config.source import Source
from healthtrends.config.trust import VARIABLE
from healthtrends.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from healthtrends.formats.mapped.decoder import MappedDecoder


def load_mapping(file: Path) -> Source:
    """Read the file of a mapping. Raises ConfigError for one that sets anything else, or has no mapping."""
    loaded = load(file, {}, {name: os.environ[name] for name in (VARIABLE,) if name in os.environ})
    if msgspec.structs.replace(loaded, source=Source()) != Settings():
        raise ConfigError(
            f"{file} sets more than [source]", "a mapping says how rows are read, and no more",
            "move the other settings to healthtrends.toml",
        )  # fmt: skip
    if loaded.source.mapping is None:
        raise ConfigError(
            f"{file} has no [source.mapping]", "it says which column is which field",
            "let `healthtrends map FILE` write a proposal",
        )  # fmt: skip
    return loaded.source


def check_target(settings: Settings) -> None:
    """Raise UsageError when records of the contract would be rejected by the configured topic."""
    source = settings.source
    if source.format != "record" or source.envelopes:
        name = "record with a mapping" if source.format == "mapped" else source.stored_name
        raise UsageError(
            f"--map sends records, but the messages of {settings.kafka.topic} are {name}",
            "the ingest would reject them",
            "send the rows as they are, without --map, or send to a topic of records",
        )


def file_form(source: Source) -> FileForm:
    """How files are written."""
    return source.file or FileForm()


def row_decoder(settings: Settings, source: Source) -> "MappedDecoder":
    """Make the decoder of rows, which gives lines and leaves ids as they are. Raises ConfigError."""
    import datetime as dt

    from healthtrends import clock
    from healthtrends.formats.mapped.decoder import MappedDecoder
    from healthtrends.model.decoder import DecoderOptions

    latest = clock.today(source.timezone) + dt.timedelta(days=settings.ingest.future_days)
    return MappedDecoder(
        DecoderOptions(latest, None, settings.ingest.max_message_bytes, source), lines_only=True
    )
