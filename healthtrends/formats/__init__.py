"""Registry of topic formats: each module of this package is one format, under the module's name.

A module has a function `open_decoder(options: DecoderOptions) -> Decoder`; see `model/decoder.py`. Ingest,
replay, restage, worker processes, Spark executors and `produce --check` take their decoder from here.
"""

import datetime as dt
import pkgutil
from importlib import import_module
from typing import Final, Protocol, cast

from healthtrends.config.mapping import FieldRule
from healthtrends.config.source import Source
from healthtrends.envelopes import open_envelopes
from healthtrends.envelopes.content import EnvelopeOptions
from healthtrends.envelopes.decoder import EnvelopeDecoder
from healthtrends.errors import ConfigError
from healthtrends.model.decoder import Decoder, DecoderOptions
from healthtrends.model.opt_out import OptOutDecoder

DEFAULT: Final = "record"
DATE_COLUMNS: Final = ("visit_date", "previous_visit_date")
"""Fields of a record that are days: in an envelope an integer there counts days since 1970."""


class _Format(Protocol):
    """A module of this package."""

    def open_decoder(self, options: DecoderOptions) -> Decoder:
        """Make a decoder."""
        ...


def names() -> list[str]:
    """Names of all formats, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def checked(source: Source) -> Source:
    """Return `source`. Raises ConfigError when a decoder of it cannot be made."""
    _module(source).open_decoder(DecoderOptions(dt.date.max, source=source))
    return source


def _module(source: Source) -> _Format:
    """Module of the format. Raises ConfigError when there is none of its name."""
    if source.format not in names():
        raise ConfigError(
            f"source.format = {source.format!r} is no format of messages",
            f"this program reads {', '.join(names())}",
            "choose one of these",
        )
    return cast("_Format", import_module(f"{__name__}.{source.format}"))


def open_decoder(options: DecoderOptions) -> Decoder:
    """Make the decoder of `options.source`, within its envelopes.

    Raises ConfigError for a format that does not exist, and for an envelope that lacks what it needs.
    """
    source = options.source
    decoder = _module(source).open_decoder(options)
    if options.opted_out:
        decoder = OptOutDecoder(decoder, options.opted_out)
    if not source.envelopes:
        return decoder
    envelopes = EnvelopeOptions(options.schemas, options.reader_schema, _date_columns(source))
    return EnvelopeDecoder(open_envelopes(source.envelopes, envelopes), decoder, options)


def _date_columns(source: Source) -> tuple[str, ...]:
    """Columns that hold days; of mapped rows those without a format of their own."""
    if source.mapping is None:
        return DATE_COLUMNS
    found: list[str] = []
    for name in DATE_COLUMNS:
        rule = getattr(source.mapping, name)
        if isinstance(rule, str):
            found.append(rule)
        elif rule is not None and not rule.format:
            found += [rule.column] if isinstance(rule.column, str) else rule.column
    age = source.mapping.age
    if isinstance(age, FieldRule) and age.birth_date and not age.format:
        found.append(age.birth_date)
    return tuple(found)
