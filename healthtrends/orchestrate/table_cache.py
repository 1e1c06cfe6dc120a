"""Tables of cubes in memory."""

from threading import Lock

from healthtrends.storage.cube_head import CubeHead
from healthtrends.storage.cubes import Cubes

_MOST_BYTES = 64_000_000
"""Tables that the cache keeps in memory."""


class TableCache:
    """Reads tables of cubes, each once while its bytes fit; others are read again.

    Neighbouring dates need the same tables.
    """

    def __init__(self, cubes: Cubes, most_bytes: int = _MOST_BYTES) -> None:
        self._cubes = cubes
        self._bytes_left = most_bytes
        self._lock = Lock()
        self._tables: dict[tuple[str, str], bytes] = {}

    def content(self, head: CubeHead, table: str) -> bytes:
        """One table as it was written. Raises CubeUnusable when it is not."""
        key = (head.folder, table)
        found = self._tables.get(key)
        if found is None:
            found = self._cubes.content(head, table)
            with self._lock:
                if key not in self._tables and len(found) <= self._bytes_left:
                    self._tables[key] = found
                    self._bytes_left -= len(found)
        return found
