"""A step is tried again for transient failures only, inside its deadline, and written down."""

import time

import pytest

from healthtrends.errors import EngineFailed, HdfsUnavailable, KafkaUnavailable
from healthtrends.orchestrate.steps import Steps

pytestmark = pytest.mark.slow


class Flaky:
    """Fails so many times, then works."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.left = failures
        self.error = error
        self.calls = 0

    def __call__(self, _record: object) -> str:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.error
        return "done"


def test_a_transient_failure_is_tried_again():
    """Two failures, then the result."""
    assert Steps(30).run("ingest", Flaky(2, KafkaUnavailable("down"))) == "done"


def test_each_failed_attempt_leaves_one_line():
    """What and why, for the run record."""
    steps = Steps(30)
    steps.run("ingest", Flaky(2, HdfsUnavailable("HDFS is away", "safe mode")))
    assert steps.records[0].failures == ["HdfsUnavailable: HDFS is away (safe mode)"] * 2


def test_a_final_failure_is_not_tried_again():
    """The same call would fail again."""
    work = Flaky(1, EngineFailed("no"))
    with pytest.raises(EngineFailed):
        Steps(30).run("analyze", work)
    assert work.calls == 1


def test_the_deadline_ends_the_tries():
    """A server that stays away ends the step with its own error."""
    with pytest.raises(KafkaUnavailable):
        Steps(0.5).run("ingest", Flaky(10**6, KafkaUnavailable("down")))


def test_the_attempt_itself_does_not_count():
    """A follower that was quiet for longer than the deadline is tried again at its first failure."""
    work = Flaky(1, KafkaUnavailable("down"))

    def waits_first(record):
        time.sleep(0.3)
        return work(record)

    assert Steps(0.2).run("ingest", waits_first) == "done"


def test_an_attempt_without_progress_does_not_start_the_deadline_anew():
    """Else a long step that always fails would be tried for ever."""
    work = Flaky(10**6, KafkaUnavailable("down"))

    def waits_first(record):
        time.sleep(0.3)
        return work(record)

    with pytest.raises(KafkaUnavailable):
        Steps(0.2).run("ingest", waits_first)
    assert work.calls == 2


def test_progress_starts_the_deadline_anew():
    """An hour of ingest may meet a failure now and then."""
    work = Flaky(4, KafkaUnavailable("down"))
    assert Steps(0.4).run("ingest", work, progress=lambda: work.calls) == "done"


def test_a_failed_step_says_so_in_its_record():
    """State, not silence."""
    steps = Steps(1)
    with pytest.raises(EngineFailed):
        steps.run("analyze", Flaky(1, EngineFailed("no")))
    assert steps.records[0].state == "failed"
