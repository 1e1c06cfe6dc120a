"""Registry of topic formats: each module of this package is one format, under the module's name.

A module has a function `open_decoder(options: DecoderOptions) -> Decoder`; see `model/decoder.py`. Ingest,
replay, restage, worker processes, Spark executors and `produce --check` take their decoder from here.
"""

import pkgutil
from importlib import import_module
from typing import Final, Protocol, cast

from healthtrends.config.source import Source
from healthtrends.errors import ConfigError
from healthtrends.model.decoder import Decoder, DecoderOptions

DEFAULT: Final = "record"


class _Format(Protocol):
    """A module of this package."""

    def open_decoder(self, options: DecoderOptions) -> Decoder:
        """Make a decoder."""
        ...


def names() -> list[str]:
    """Names of all formats, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def checked(source: Source) -> Source:
    """Return `source`. Raises ConfigError when there is no format of its name."""
    if source.format not in names():
        raise ConfigError(
            f"source.format = {source.format!r} is no format of messages",
            f"this program reads {', '.join(names())}",
            "choose one of these",
        )
    return source


def open_decoder(options: DecoderOptions) -> Decoder:
    """Make the decoder of `options.source`. Raises ConfigError for a format that does not exist."""
    module = import_module(f"{__name__}.{checked(options.source).format}")
    return cast("_Format", module).open_decoder(options)
