"""A stream at the speed that was asked for."""

import time

from healthtrends.produce.rate_limit import limit_rate


def test_records_come_no_faster_than_asked():
    """The first at once, the last after its share of the time."""
    begin = time.monotonic()
    assert list(limit_rate(range(11), 50)) == list(range(11))
    assert time.monotonic() - begin >= 10 / 50


def test_a_slow_source_is_not_slowed_further():
    """The pauses are counted from the beginning, not between records."""

    def slow():
        for number in range(5):
            time.sleep(0.04)
            yield number

    begin = time.monotonic()
    assert len(list(limit_rate(slow(), 50))) == 5
    assert time.monotonic() - begin < 5 * 0.04 + 0.1
