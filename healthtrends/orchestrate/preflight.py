"""Checks before any work that every server answers which the run will need; in parallel, as each waits."""

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from healthtrends.errors import DependencyDown, HdfsUnavailable
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.store_pool import StorePool

Check = Callable[[], object]

_PROBE = b"can a block be written?\n"
_LEAST_FREE_BYTES = 512 * 1024 * 1024


def preflight(checks: Sequence[Check], then: Check | None = None) -> None:
    """Run all checks side by side, and `then` once the first has passed; raises the first failure in order.

    A refused client is told so by the first check; what loads for seconds would keep the program from ending.
    """
    with ThreadPoolExecutor(len(checks), thread_name_prefix="preflight") as pool:
        futures = [pool.submit(check) for check in checks]
        futures[0].result()
        if then is not None:
            futures.append(pool.submit(then))
        for future in futures:
            future.result()


def check_writable(pool: StorePool, layout: Layout) -> None:
    """Write, measure and delete a small file: the NameNode is out of safe mode and a DataNode has room."""
    path = f"{layout.state}/preflight/{new_nonce()}"
    pool.write(path, _PROBE)
    length = pool.store.length(path)
    pool.store.delete(path)
    if length != len(_PROBE):
        raise HdfsUnavailable(
            f"a probe of {len(_PROBE)} bytes under {layout.state} came back with {length}",
            "no DataNode kept it",
            "check the DataNodes",
        )


def check_safe_mode(pool: StorePool, layout: Layout) -> None:
    """Delete a name that is never there: the NameNode refuses even that in safe mode, and else does nothing.

    Raises HdfsUnavailable.
    """
    pool.store.delete(f"{layout.state}/preflight/never")


def check_space(home: Path) -> None:
    """Raise DependencyDown when the disk of the local stack is nearly full."""
    free = shutil.disk_usage(home).free
    if free < _LEAST_FREE_BYTES:
        raise DependencyDown(
            f"only {free // 2**20} MiB are free in {home}",
            "the local stack keeps its data there",
            "free some space, or set HEALTHTRENDS_HOME to another disk",
        )
