"""The random name of a root: what belongs to it elsewhere, such as pages on a machine, is known by it.

A root's address says less: the same address may get another root, and a root may be moved.
"""

from contextlib import suppress

import msgspec

from healthtrends.errors import DamageFound
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.parallel import SideBySide


class _Identity(msgspec.Struct, frozen=True):
    id: str


_DECODER = msgspec.json.Decoder(_Identity)


def root_id(calls: SideBySide, layout: Layout) -> str | None:
    """Return the name of a root; None: it has none yet. Raises DamageFound, HdfsUnavailable."""
    try:
        return _DECODER.decode(calls.store.read(layout.identity)).id
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise DamageFound(
            f"{layout.identity} cannot be read", str(error), "restore it from a backup, or delete it"
        ) from error


def ensure_root_id(calls: SideBySide, layout: Layout) -> str:
    """Return the name of a root, which gets one when it has none. Raises as `root_id`."""
    found = root_id(calls, layout)
    if found is None:
        with suppress(FileExistsError):  # another process was faster
            calls.write(layout.identity, msgspec.json.encode(_Identity(new_nonce())) + b"\n")
        found = root_id(calls, layout)
    return found or ""
