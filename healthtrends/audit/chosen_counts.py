"""Which counts of a large block are looked at together."""

from collections.abc import Iterable, Iterator

import numpy as np

from healthtrends.audit.system import Ints, System


def packed(groups: Iterable[Ints], size: int) -> Iterator[Ints]:
    """Some groups at a time, with so many counts or more."""
    found: list[Ints] = []
    for group in groups:
        found.append(group)
        if sum(map(len, found)) >= size:
            yield np.concatenate(found)
            found = []
    if found:
        yield np.concatenate(found)


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
