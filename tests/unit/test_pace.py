"""A stream at the speed that was asked for, on a clock that moves when somebody sleeps."""

import pytest

from healthtrends import clock, runtime
from healthtrends.produce.rate_limit import limit_rate


class Sleeper(runtime.System):
    """Its time is the sum of all sleeps."""

    slept = 0.0

    def monotonic(self):
        return self.slept

    def sleep(self, seconds):
        self.slept += seconds


@pytest.fixture
def sleeper():
    own = Sleeper()
    with runtime.replaced(own):
        yield own


def test_records_come_no_faster_than_asked(sleeper):
    """The first at once, the last after its share of the time."""
    times = [sleeper.slept for _ in limit_rate(range(11), 50)]
    assert times == pytest.approx([number / 50 for number in range(11)])


def test_a_slow_source_is_not_slowed_further(sleeper):
    """The pauses are counted from the beginning, not between records."""

    def slow():
        for number in range(5):
            clock.sleep(0.04)
            yield number

    assert len(list(limit_rate(slow(), 50))) == 5
    assert sleeper.slept == pytest.approx(5 * 0.04)
