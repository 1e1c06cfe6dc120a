"""Random facts in random runs, with maintenance and failures between, come to what one rebuild gives."""

import datetime as dt
import gc
import json
from collections import Counter
from dataclasses import replace

import pytest

from healthtrends.adapters.failpoints import NAMES, Failpoint, FailpointStore
from healthtrends.config.source import Source
from healthtrends.errors import HealthTrendsError
from healthtrends.storage.compact import compact
from healthtrends.testing import LocalStore, MemoryTopic
from tests.unit.maintenance.random_facts import DAYS, Facts, seeds
from tests.unit.maintenance.test_visits import NEXT, compute, faults

pytestmark = pytest.mark.slow

EFFECTS = [name for name in NAMES if name[0] in "BRS"]


def mend(value, _reason, _field):
    """A broken message is one with a mark before it."""
    return value.removeprefix(b"!")


class Course:
    """One root that gets the messages bit by bit."""

    def __init__(self, feed, chance, folder) -> None:
        self.feed, self.random, self.folder = feed, chance, folder
        self.plain = 0
        self.steps = (
            self.compute, self.compute, self.rebuild, self.restage, self.replay, self.compact, self.add_plain,
        )  # fmt: skip

    def ingest(self):
        self._twice(self.feed.ingest)

    def compute(self):
        """The days whose names of inputs change are those whose records or counts do."""
        before, inputs = content(self.feed), self._inputs()
        self._twice(lambda: compute(self.feed))
        after = content(self.feed)
        changed = {day for day in {*before, *after} if before.get(day) != after.get(day)}
        now = self._inputs()
        assert {day for day in {*inputs, *now} if inputs.get(day) != now.get(day)} == changed
        self.check()

    def check(self):
        assert faults(self.feed) == []

    def rebuild(self):
        """Perhaps of a day whose file is gone."""
        days = self.feed.state.files.values()
        files = [file.dst for day in days for file in day.values() if file.is_resolved]
        if files and self.random.random() < 0.5:
            self.feed.pool.store.delete(self.random.choice(sorted(files)))
        compute(self.feed, rebuild=True)
        self.check()

    def restage(self):
        files = sorted(path for day in self.feed.state.fact_files.values() for path in day)
        if files:
            path = self.random.choice(files)
            self.feed.pool.store.delete(path)
            self.feed.restage(path, transform=mend)

    def replay(self):
        self.feed.replay(transform=mend)

    def compact(self):
        for folder, day in (("received", NEXT), *(("date", day) for day in DAYS)):
            compact(self.feed.log, dt.date.fromisoformat(day), folder)

    def add_plain(self):
        """A record of the plain format, on a topic that has both."""
        self.plain += 1
        self.ingest()
        self.feed.send(self.feed.record(self.plain, visit_date=self.random.choice(DAYS)))
        self.feed.ingest(source=Source())

    def _inputs(self):
        state = self.feed.state
        return {day: state.inputs(day) for day in state.files}

    def _twice(self, do):
        """Perhaps with a failure at some effect; what was begun is done by the next."""
        if self.random.random() < 0.3:
            healthy = self.feed.pool.store
            setting = f"{self.random.choice(EFFECTS)}:raise@{self.random.randrange(1, 4)}"
            self.feed.pool.store = FailpointStore(LocalStore(self.folder), Failpoint(setting))
            try:
                do()
            except HealthTrendsError:
                pass
            finally:
                self.feed.pool.store = healthy
                gc.collect(1)
            self.feed.log.recover()
        do()


def content(feed):
    """Lines and counts of each day that has any, as the reports read them."""
    state, found = feed.state, {}
    for day, files in state.files.items():
        lines, counts = Counter(), Counter()
        for path, file in files.items():
            lines.update(feed.pool.store.read(path).splitlines())
            counts.update(file.resolved if file.is_resolved else {})
        counts = {name: number for name, number in counts.items() if number}
        if lines or counts:
            found[day] = lines, counts
    return found


def without_plain(found):
    """Without the records that came as such."""
    kept = {}
    for day, (lines, counts) in found.items():
        ids = {line: json.loads(line)["patient_id"] for line in lines}
        own = {line: n for line, n in lines.items() if not ids[line].startswith("synthetic")}
        if own or counts:
            kept[day] = own, counts
    return kept


def at_once(feed, messages):
    """What a fresh root gives that got each message once, and computed all records in one go."""
    feed.topic, feed.snapshot_every = MemoryTopic(), 200
    feed.pool.store.delete("/r")
    for value, ms in messages:
        feed.topic.send(0, value, ms)
    feed.ingest()
    compute(feed, rebuild=True)
    assert faults(feed) == []
    return content(feed)


# What a failing call leaves open is not closed before it is forgotten.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", seeds(500, quick=40))
def test_random_facts_in_any_runs_give_what_one_rebuild_gives(feed, tmp_path, seed):
    """Records and counts of all days; `verify` holds after each step; only days that changed get stale."""
    feed.settings = replace(feed.settings, batch_records=5)
    made = Facts(seed)
    messages = [made.message(number) for number in range(made.random.randrange(5, 30))]
    expected = at_once(feed, messages)
    feed.topic, feed.snapshot_every = MemoryTopic(), made.random.choice((1, 3, 200))
    feed.pool.store.delete("/r")
    course = Course(feed, made.random, tmp_path)
    sent = [*messages, *made.random.choices(messages, k=made.random.randrange(6))]
    made.random.shuffle(sent)
    while sent:
        cut = made.random.randrange(1, 8)
        for value, ms in sent[:cut]:
            feed.topic.send(0, b"!" * (made.random.random() < 0.1) + value, ms)
        sent = sent[cut:]
        course.ingest()
        for _ in range(made.random.randrange(4)):
            made.random.choice(course.steps)()
    course.replay()
    course.compute()
    assert without_plain(content(feed)) == expected
    assert feed.state.unresolved == frozenset()
