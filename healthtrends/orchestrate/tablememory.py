"""Tables of cubes that neighbouring dates read again, remembered up to a number of bytes."""

from threading import Lock

from healthtrends.storage.cubes import CubeHead, Cubes

_MOST_BYTES = 64_000_000


class TableMemory:
    """Reads tables of cubes, each once while there is room for it; what did not fit is read again."""

    def __init__(self, cubes: Cubes, most_bytes: int = _MOST_BYTES) -> None:
        self._cubes = cubes
        self._room = most_bytes
        self._lock = Lock()
        self._known: dict[tuple[str, str], bytes] = {}

    def content(self, head: CubeHead, table: str) -> bytes:
        """One table as it was written. Raises CubeUnusable when it is not."""
        place = (head.folder, table)
        found = self._known.get(place)
        if found is None:
            found = self._cubes.content(head, table)
            with self._lock:
                if place not in self._known and len(found) <= self._room:
                    self._known[place] = found
                    self._room -= len(found)
        return found
