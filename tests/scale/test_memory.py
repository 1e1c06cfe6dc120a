"""What streams needs no more memory for more records."""

import collections
import dataclasses
import datetime as dt
import itertools
import tracemalloc

from healthtrends.produce.deduplicate import skip_held
from healthtrends.sources.synthetic import SyntheticPlan, synthetic

MONTH = SyntheticPlan(records=30_000, seed=7, first=dt.date(2025, 11, 23), last=dt.date(2025, 12, 22))


def test_memory_does_not_grow_with_the_number_of_records():
    """A stretch is made at a time: 120,000 records need less than 8 MB beyond what 30,000 need."""

    def peak(records: int) -> int:
        tracemalloc.start()
        collections.deque(synthetic(dataclasses.replace(MONTH, records=records)), maxlen=0)
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    small = peak(30_000)
    assert peak(120_000) - small < 8_000_000


def test_a_long_range_is_no_burden():
    """Days are planned with a few numbers each: 9,000 of them in less than 15 MB."""
    tracemalloc.start()
    plan = SyntheticPlan(records=50_000, seed=1, first=dt.date(2000, 1, 1), last=dt.date(2025, 1, 1))
    collections.deque(itertools.islice(synthetic(plan), 100), maxlen=0)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert highest < 15_000_000


def test_memory_is_some_twenty_bytes_a_message_held():
    """Two hundred thousand messages of 200 bytes need no more than 10 MB."""
    tracemalloc.start()
    list(skip_held([], (b"%0200d" % n for n in range(200_000))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000
