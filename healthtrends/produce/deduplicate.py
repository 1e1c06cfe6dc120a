"""Deduplication for `produce --once`: leaves out the records that the topic already holds.

Works for any source that yields the same bytes again. Values are compared as a multiset by a 128-bit
digest, so a source that holds the same value twice is completed to twice. Memory: 20 bytes a message held.
"""

import itertools
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from healthtrends.produce.ports import Message

DIGEST_BYTES = 16  # by chance two of a billion values meet once in 10**21 tries
AT_ONCE = 8_192

M = TypeVar("M", bound=Message)


def skip_held(source: Iterable[M], held: Iterable[bytes]) -> Iterator[M]:
    """Yield the records of `source`, in order, that `held` does not yet hold as often."""
    ledger = _Ledger(held)
    records = iter(source)
    while batch := list(itertools.islice(records, AT_ONCE)):
        known = ledger.take(b"".join(_digest(record.value) for record in batch))
        yield from itertools.compress(batch, (~known).tolist())


class _Ledger:
    """Sorted digests, and how many of each run of equal ones have been matched."""

    def __init__(self, held: Iterable[bytes]) -> None:
        digests = bytearray()
        for value in held:
            digests += _digest(value)
        # NumPy's S type orders as bytes do; that it ignores zeros at the end is no harm at one width.
        self._sorted = np.frombuffer(digests, dtype=f"S{DIGEST_BYTES}")
        self._sorted.sort()
        self._matched = np.zeros(len(self._sorted), dtype=np.uint32)  # counted at the first of equal digests

    def take(self, digests: bytes) -> npt.NDArray[np.bool_]:
        """Return of each digest whether a message held is left for it, and use that message up."""
        wanted = np.frombuffer(digests, dtype=f"S{DIGEST_BYTES}")
        first = np.searchsorted(self._sorted, wanted, side="left")
        count = np.searchsorted(self._sorted, wanted, side="right") - first
        known = np.zeros(len(wanted), dtype=np.bool_)
        for at in np.flatnonzero(count).tolist():
            if self._matched[first[at]] < count[at]:
                self._matched[first[at]] += 1
                known[at] = True
        return known


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=DIGEST_BYTES).digest()
