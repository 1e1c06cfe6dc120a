"""The head of a cube: what it was made of, by what, and its files."""

import datetime as dt
import hashlib
import posixpath
import zlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from healthtrends import __version__
from healthtrends.errors import HealthTrendsError
from healthtrends.icd.edition import BUNDLED
from healthtrends.storage.manifest import digest

VERSION = 1
"""Grows when a table changes its meaning or its columns."""


class CubeUnusable(HealthTrendsError):
    """A cube that is there cannot be used; made again, it can. `what` says why, `date` which."""

    def __init__(self, date: dt.date, reason: str) -> None:
        super().__init__(reason, f"the cube of {date}", f"`healthtrends run {date}` makes it again")
        self.date = date


class TableFile(msgspec.Struct, frozen=True):
    """One Parquet file of a cube."""

    bytes: int
    crc32: int
    sha256: str = ""
    """Empty: an earlier version wrote it."""


class CubeHead(msgspec.Struct, frozen=True, kw_only=True):
    """One cube: what it was made of, by what, and its files."""

    version: int = VERSION
    program_version: str = __version__
    date: dt.date
    seq: int
    """Commit number of the state whose files were read."""
    inputs: str
    """Digest of the names of what the lines came in; see `inputs_digest`."""
    engine: str
    engine_version: str
    codes: str = BUNDLED
    """Edition by which its codes are grouped: `Edition.identity`."""
    totals: dict[str, list[int]]
    """Numbers of the whole date that are in no table."""
    folder: str
    """Where the tables lie."""
    tables: dict[str, TableFile]

    @property
    def attempt(self) -> str:
        """Name of its folder, which no other cube has."""
        return posixpath.basename(self.folder)

    def is_same_as(self, other: "CubeHead") -> bool:
        """Whether another run made this cube of the same inputs, with the same figures, byte for byte."""
        return self == msgspec.structs.replace(other, seq=self.seq, folder=self.folder)


HEAD = msgspec.json.Decoder(CubeHead)


class CubeSource(NamedTuple):
    """Origin of the numbers of a cube, as in `CubeHead`."""

    date: dt.date
    seq: int
    inputs: str
    engine: str
    engine_version: str
    codes: str = BUNDLED


def inputs_digest(inputs: Iterable[str]) -> str:
    """128 bits, as hex, of the sorted names of a date's inputs."""
    return hashlib.blake2b("\n".join(inputs).encode(), digest_size=16).hexdigest()


def fits(content: bytes, known: TableFile) -> bool:
    """Whether `content` is what was written."""
    found = described(content)
    return found == (known if known.sha256 else msgspec.structs.replace(known, sha256=found.sha256))


def described(content: bytes) -> TableFile:
    """Size and hashes of a file."""
    return TableFile(len(content), zlib.crc32(content), digest(content))


def head_bytes(head: CubeHead) -> bytes:
    """Content of the head's file."""
    return msgspec.json.format(msgspec.json.encode(head), indent=1) + b"\n"
