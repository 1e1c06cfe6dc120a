"""Random id of a root; pages on a machine and other things outside the root are tied to it.

The address of a root is not enough: the same address may get another root, and a root may be moved.
"""

import msgspec

from healthtrends.errors import DamageFound
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.root_format import put_whole
from healthtrends.storage.store_pool import StorePool


class _Identity(msgspec.Struct, frozen=True):
    id: str


_DECODER = msgspec.json.Decoder(_Identity)


def root_id(pool: StorePool, layout: Layout) -> str | None:
    """Return the name of a root; None: it has none yet. Raises DamageFound, HdfsUnavailable."""
    try:
        return _DECODER.decode(pool.store.read(layout.identity)).id
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise DamageFound(
            f"{layout.identity} cannot be read", str(error), "restore it from a backup, or delete it"
        ) from error


def ensure_root_id(pool: StorePool, layout: Layout) -> str:
    """Return the name of a root, which gets one when it has none. Raises as `root_id`."""
    found = root_id(pool, layout)
    if found is None:
        content = msgspec.json.encode(_Identity(new_nonce())) + b"\n"
        put_whole(pool.store, layout.aside_of(layout.identity), layout.identity, content)
        found = root_id(pool, layout)
    return found or ""
