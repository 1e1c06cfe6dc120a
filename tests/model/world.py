"""One log, its topic and the writers at work on it, what may happen to them, and the promise at the end."""

from collections import Counter
from collections.abc import Generator
from typing import Any, NamedTuple

from tests.model.log import Damage, Log, Steps
from tests.model.mutants import NONE, Mutant
from tests.model.namenode import OK, Fate, NameNode, Unavailable, Violation
from tests.model.writer import Habits, Topic, Writer


class Rules(NamedTuple):
    """What stays the same during a schedule."""

    partitions: int = 2
    end: int = 2
    """Messages in each partition at the beginning."""
    per_date: int = 1
    dates: int = 2
    every: int = 3
    """Commits from one snapshot to the next."""
    retention: int = 0
    """Numbers that manifests are kept below a snapshot."""


class World:
    """Everything of one schedule."""

    def __init__(self, rules: Rules, mutants: frozenset[Mutant] = NONE) -> None:
        self.namenode = NameNode()
        self.topic = Topic([rules.end] * rules.partitions, rules.per_date, rules.dates)
        self.writers: list[Steps] = []
        """Those that have neither ended nor crashed."""
        self._rules = rules
        self._mutants = mutants

    @property
    def partitions(self) -> frozenset[int]:
        """All partitions."""
        return frozenset(range(self._rules.partitions))

    def start_ingest(self, partitions: frozenset[int], habits: Habits) -> Steps:
        """Start a writer of these partitions."""
        return self._start(Writer(self._log(), self.topic, habits).ingest(partitions))

    def start_job(self, choice: int, habits: Habits) -> Steps:
        """Start a job that puts the files of one date into one."""
        return self._start(Writer(self._log(), self.topic, habits).compact(choice))

    def start_reader(self) -> Steps:
        """Start somebody who only reads the state."""
        return self._start(self._log().read_state())

    def step(self, writer: Steps, fate: Fate = OK) -> str | None:
        """Let a writer do one thing; the name of the next one, None when it has ended."""
        self.namenode.fate = fate
        try:
            return next(writer)
        except StopIteration:
            self.writers.remove(writer)
        except Unavailable:
            self.writers.remove(writer)
        except Damage:
            raise Violation("a writer reports damage") from None
        return None

    def run(self, writer: Steps) -> None:
        """Let a writer go on to its end, all effects applied and answered."""
        while self.step(writer):
            pass

    def crash(self, writer: Steps) -> None:
        """End a writer where it stands."""
        self.writers.remove(writer)
        writer.close()

    def settle(self) -> None:
        """A clean writer ingests to the end, then all late effects strike; now the promise must hold."""
        self.run(self.start_ingest(self.partitions, Habits(batch=4)))
        while self.namenode.pending:
            self.namenode.strike(-1)
        self.run(self._start(self._log().recover()))
        self._check()

    def _start(self, steps: Generator[str, None, Any]) -> Steps:
        next(steps)
        self.writers.append(steps)
        return steps

    def _log(self) -> Log:
        rules = self._rules
        return Log(self.namenode, rules.partitions + 1, rules.every, rules.retention, self._mutants)

    def _check(self) -> None:
        live = self._live()
        data = self.namenode.folders["data"]
        if missing := [path for path in live if path[1] not in data]:
            raise Violation(f"live files are not at their place: {missing}")
        if len(data) != len(live):
            raise Violation(f"files lie in the data folder that no commit names: {len(data) - len(live)}")
        stored = Counter(message for path in live for message in data[path[1]])
        wanted = {(p, offset) for p, end in enumerate(self.topic.ends) for offset in range(end)}
        if stored.keys() != wanted or len(wanted) != sum(stored.values()):
            raise Violation(
                f"not exactly once: {wanted - stored.keys()} lost, {stored - Counter(wanted)} more"
            )
        removed = self.namenode.folders["removed"]
        for manifest in self.namenode.history:
            if any((manifest.seq, path) not in removed for path in manifest.remove):
                raise Violation(f"files that commit {manifest.seq} removed are not kept")

    def _live(self) -> set:
        """Live files as the newest state names them, which must be what the history of the log adds up to."""
        state = _result(self._log().read_state())
        try:
            named = {path for date in state.dates() for path in state.files(date, self.namenode)}
        except Unavailable:
            raise Violation("the newest snapshot names a file list that is gone") from None
        live: set = set()
        for manifest in self.namenode.history:
            live.difference_update(manifest.remove)
            live.update(path for _, path in manifest.add)
        if state.seq != len(self.namenode.history) or named != live:
            raise Violation("the state is not what the history adds up to")
        return live


def _result(steps: Generator[str, None, Any]) -> Any:  # noqa: ANN401  a generator's value has any type
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        except Damage:
            raise Violation("a reader reports damage") from None
