"""Registry of topic formats: each module of this package is one format, under the module's name.

A module has a function `open_decoder(options: DecoderOptions) -> Decoder`; see `model/decoder.py`. Ingest,
replay, restage, worker processes, Spark executors and `produce --check` take their decoder from here.
"""

import pkgutil
from importlib import import_module
from typing import Final, Protocol, cast

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


def checked(name: str) -> str:
    """Return the name of a format. Raises ConfigError when there is none of that name."""
    if name not in names():
        raise ConfigError(
            f"source.format = {name!r} is no format of messages",
            f"this program reads {', '.join(names())}",
            "choose one of these",
        )
    return name


def open_decoder(name: str, options: DecoderOptions) -> Decoder:
    """Make the decoder of a format. Raises ConfigError for a format that does not exist."""
    return cast("_Format", import_module(f"{__name__}.{checked(name)}")).open_decoder(options)
