"""How much memory queries may take on this machine: what was configured, else half of what there is.

Half, because beside them run the rest of this process, often the local stack's servers, and the file cache.
"""

import os
from pathlib import Path

from healthtrends.adapters.engines.options import EngineOptions

_SHARE = 2
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


def query_memory(options: EngineOptions) -> int:
    """Bytes for the queries of one engine."""
    return options.memory or machine_memory() // _SHARE


def machine_memory() -> int:
    """Bytes of this machine, or of the container or service this process is confined to."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([installed, *_limits()])


def _limits() -> list[int]:
    """Limits of the control groups around this process; none outside Linux."""
    files = [_CGROUPS / "memory" / "memory.limit_in_bytes"]
    try:
        own = _OWN_CGROUP.read_text(encoding="ascii").rpartition("0::/")[2].strip()
        inner = _CGROUPS / own
        files += [folder / "memory.max" for folder in (inner, *inner.parents)]
    except OSError:
        return []
    return [limit for file in files if (limit := _number(file)) is not None]


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # absent, or the word `max`
        return None
