"""Packed files: gzip and Zstandard, found by the last suffix of the name."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    import pyarrow as pa

GZIP: Final = ".gz"
ZSTANDARD: Final = ".zst"
SUFFIXES: Final = (GZIP, ZSTANDARD)
MAGIC: Final = {GZIP: b"\x1f\x8b", ZSTANDARD: b"\x28\xb5\x2f\xfd"}
TITLES: Final = {GZIP: "gzip", ZSTANDARD: "Zstandard"}

Readable = io.BufferedReader | gzip.GzipFile


def split_name(name: str) -> tuple[str, str]:
    """Return the suffix of what a name holds, and that of its packing; empty where there is none."""
    path = Path(name)
    if path.suffix.lower() in SUFFIXES:
        return path.with_suffix("").suffix.lower(), path.suffix.lower()
    return path.suffix.lower(), ""


def unpacked(file: BinaryIO, packing: str) -> Readable:
    """Return a reader of what a file holds, under one of `SUFFIXES`."""
    return _OPENERS[packing](file)


def _gzip(file: BinaryIO) -> Readable:
    return gzip.GzipFile(fileobj=file)


def _zstandard(file: BinaryIO) -> Readable:
    # Python 3.11 has no reader of its own; Arrow brings one.
    import pyarrow as pa  # noqa: PLC0415  heavy, and `--help` names the types of files

    return io.BufferedReader(_ArrowReader(pa.input_stream(file, compression="zstd")))


class _ArrowReader(io.RawIOBase):
    """Arrow's stream, with what the standard library asks of a file."""

    def __init__(self, stream: "pa.NativeFile") -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        return int(self._stream.readinto(buffer))


_OPENERS: Final[dict[str, Callable[[BinaryIO], Readable]]] = {GZIP: _gzip, ZSTANDARD: _zstandard}
