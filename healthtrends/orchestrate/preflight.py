"""Before any work: does everything answer that the run will need? All at once, as each waits for a server."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from healthtrends.errors import HdfsUnavailable
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.parallel import SideBySide

Check = Callable[[], object]

_PROBE = b"can a block be written?\n"


def preflight(checks: Sequence[Check]) -> None:
    """Run all checks side by side; raises the first failure in their order."""
    with ThreadPoolExecutor(len(checks), thread_name_prefix="preflight") as pool:
        for future in [pool.submit(check) for check in checks]:
            future.result()


def check_writable(calls: SideBySide, layout: Layout) -> None:
    """Write, measure and delete a small file: the NameNode is out of safe mode and a DataNode has room."""
    path = f"{layout.state}/preflight/{new_nonce()}"
    calls.write(path, _PROBE)
    length = calls.store.length(path)
    calls.store.delete(path)
    if length != len(_PROBE):
        raise HdfsUnavailable(
            f"a probe of {len(_PROBE)} bytes under {layout.state} came back with {length}",
            "no DataNode kept it",
            "check the DataNodes",
        )
