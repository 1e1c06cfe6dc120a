"""Key files of the pseudonyms: the present one, and the earlier ones beside it, named by their ids.

    pseudonym.key                       the key of the next ingest
    pseudonym.key.58a5da2d1733f1ec      an earlier key, kept by `key rotate`

A rotation first keeps the present key under its id, then puts the new one in its place at once: whoever dies
in between has two files of the same key, and rotates again.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from healthtrends.config import Settings, check_private, expanded
from healthtrends.errors import ConfigError, UsageError
from healthtrends.model.pseudonym import LONGEST_KEY, SHORTEST_KEY, key_id
from healthtrends.storage.layout import new_nonce

_KEY_BYTES = 32
_ID = re.compile(r"[0-9a-f]{16}")
REMEDY = "a file with 64 hex digits, mode 0600: `(umask 077; openssl rand -hex 32 > FILE)`"


class KeyFile(NamedTuple):
    """A key and where it lies; never shown whole."""

    id: str
    key: bytes
    path: Path
    is_present: bool
    """Whether the next ingest makes pseudonyms with it."""

    def __repr__(self) -> str:
        return f"KeyFile({self.id})"


def key_path(settings: Settings) -> Path:
    """Path of the present key: as configured, or that of the local stack. Raises ConfigError."""
    if settings.privacy.key_file is not None:
        return expanded(settings.privacy.key_file)
    if settings.uses_local_stack:
        from healthtrends.orchestrate.wiring.local_stack import local_stack

        return local_stack().key_file
    raise ConfigError("no pseudonym key is configured", "", f"set privacy.key_file to {REMEDY}")


def read_ring(settings: Settings) -> list[KeyFile]:
    """Read all known keys, the present one first. Raises ConfigError."""
    path = key_path(settings)
    present = read_key_file(path, "privacy.key_file")
    ring = [KeyFile(key_id(present), present, path, is_present=True)]
    for earlier in _earlier_files(path):
        key = read_key_file(earlier, "an earlier key")
        if key_id(key) != earlier.suffix[1:]:
            raise ConfigError(
                f"the key file {earlier} does not hold the key of its name",
                f"it holds {key_id(key)}",
                "restore it, or move it away",
            )
        if key_id(key) != ring[0].id:
            ring.append(KeyFile(key_id(key), key, earlier, is_present=False))
    return ring


def earlier_keys(settings: Settings) -> tuple[bytes, ...]:
    """Keys that were used before; none where ids are stored as they come."""
    if settings.privacy.key_file is None or not settings.privacy.pseudonymise:
        return ()
    return tuple(each.key for each in read_ring(settings)[1:])


def make_key(path: Path) -> str:
    """Write a new key to a file that is not there yet; returns its id. Raises UsageError, ConfigError."""
    key = secrets.token_bytes(_KEY_BYTES)
    _write_new(path, key)
    return key_id(key)


def rotate(settings: Settings) -> tuple[str, str]:
    """Keep the present key under its id, and put a new one in its place; returns both ids.

    Raises ConfigError.
    """
    path = key_path(settings)
    present, fresh = read_ring(settings)[0], secrets.token_bytes(_KEY_BYTES)
    kept = path.with_name(f"{path.name}.{present.id}")
    if not kept.exists():
        aside = _aside(path)
        _write_new(aside, present.key)
        aside.replace(kept)
    aside = _aside(path)
    _write_new(aside, fresh)
    aside.replace(path)
    return present.id, key_id(fresh)


def read_key_file(path: Path, name: str) -> bytes:
    """Read one key. Raises ConfigError, which never shows it."""
    remedy = f"set {name} to {REMEDY}"
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except OSError as error:
        raise ConfigError(f"the key file {path} cannot be read", error.strerror or "", remedy) from None
    except ValueError:
        raise ConfigError(f"the key file {path} does not hold hex digits", "", remedy) from None
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ConfigError(
            f"the key in {path} has {len(key)} bytes", f"{SHORTEST_KEY} to {LONGEST_KEY}", remedy
        )
    check_private(path, "the key file")
    return key


def _earlier_files(path: Path) -> Iterator[Path]:
    for each in sorted(path.parent.glob(f"{path.name}.*")):
        if _ID.fullmatch(each.suffix[1:]):
            yield each


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{new_nonce()}.aside")


def _write_new(path: Path, key: bytes) -> None:
    """Create a file that only its owner reads, and make it durable."""
    try:
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{path} is there already", "a key is never overwritten", "name another file"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written", error.strerror or "", "name another folder") from None
    try:
        os.write(file, key.hex().encode() + b"\n")
        os.fsync(file)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise ConfigError(
            f"{path} cannot be written", error.strerror or "", "make room, then again"
        ) from None
    finally:
        os.close(file)
