"""Which counts of a large block are looked at together."""

import numpy as np

from healthtrends.audit.system import Ints, System


class Chosen:
    """Counts that are chosen one after another, each with what is near it."""

    def __init__(self, first: Ints, size: int) -> None:
        """At most so many, the first ones among them."""
        self._found = dict.fromkeys(first.tolist())
        self._size = size

    def __len__(self) -> int:
        return len(self._found)

    def add(self, count: int, system: System, most: int) -> None:
        """Add one, and what is near it."""
        if count not in self._found:
            near = system.near(np.array([count]), min(most, self._size - len(self._found)))
            self._found.update(dict.fromkeys(near.tolist()))

    def counts(self) -> Ints:
        """All, in the order in which they came."""
        return np.array(list(self._found), dtype=np.int64)
