"""ingest/runner.py, ingest/committer.py and a maintenance job as step-wise machines on the model's log."""

from collections import defaultdict
from collections.abc import Generator
from typing import NamedTuple

from tests.model.log import FAILED, Log, Steps, Superseded
from tests.model.mutants import Mutant
from tests.model.namenode import Exists, Path, Unavailable
from tests.model.state import Draft, State, date_of


class Topic:
    """What the broker holds: offsets 0 to the end of each partition, and what it was told."""

    def __init__(self, ends: list[int], per_date: int, dates: int) -> None:
        """`per_date` messages in a row share a date, and `dates` dates take turns."""
        self.ends = ends
        self.remembered = [0] * len(ends)
        self._per_date = per_date
        self._dates = dates

    def date(self, offset: int) -> int:
        """Date of the message at an offset, in every partition."""
        return offset // self._per_date % self._dates


class Habits(NamedTuple):
    """How one writer goes about it."""

    batch: int = 1
    """Offsets of each partition in a batch."""
    ahead: bool = False
    """The next batch is staged while the last one is committed."""
    release: bool = False
    """It follows: a last fence gives the partitions back."""
    stubborn: bool = False
    """A file that could not be created is created again, under a new name."""
    tries: int = 1
    """How often it begins anew after a failure."""


class _Batch(NamedTuple):
    nonce: int
    starts: dict
    nexts: dict
    files: tuple[tuple[Path, Path], ...]


class Writer:
    """One process that ingests some partitions, or does one job."""

    def __init__(self, log: Log, topic: Topic, habits: Habits) -> None:
        self._log = log
        self._namenode = log.namenode
        self._topic = topic
        self._habits = habits
        self._ends: dict = {}
        self._epoch = 0

    def ingest(self, partitions: frozenset[int]) -> Steps:
        """Store what the partitions hold at the beginning; ends early when superseded."""
        for _ in range(self._habits.tries):
            try:
                return (yield from self._ingest(partitions))
            except Superseded:
                return None
            except FAILED:
                continue

    def compact(self, choice: int) -> Steps:
        """Put all files of one date into one."""
        for _ in range(self._habits.tries):
            try:
                return (yield from self._compact(choice))
            except Superseded:
                return None
            except FAILED:
                continue

    def _ingest(self, partitions: frozenset[int]) -> Steps:
        state = yield from self._log.recover()
        yield "B1.ends"
        self._ends = {p: self._topic.ends[p] for p in sorted(partitions)}
        mine = [p for p, end in self._ends.items() if state.vector[p][0] < end or self._habits.release]
        if not mine:
            return
        state = yield from self._fence(state, mine)
        nexts = {p: state.vector[p][0] for p in mine}
        if Mutant.RESUME_FROM_BROKER in self._log.mutants:
            nexts = {p: self._topic.remembered[p] for p in mine}
        batch = yield from self._stage(nexts)
        while batch is not None:
            nexts = batch.nexts
            if self._habits.ahead:
                following = yield from self._stage(nexts)
                state = yield from self._commit(batch, state)
            else:
                state = yield from self._commit(batch, state)
                following = yield from self._stage(nexts)
            batch = following
        if self._habits.release:
            draft = Draft(self._namenode.nonce(), True, self._epoch, nexts)
            yield from self._log.commit(draft, state, lambda found: self._may(found, nexts))

    def _fence(self, state: State, slots: list[int]) -> Generator[str, None, State]:
        """R2 and R3."""
        yield "R2.begin"
        draft = Draft(self._namenode.nonce(), True, 0, dict.fromkeys(slots, 0))
        state = yield from self._log.commit(draft, state, lambda _: True)
        self._epoch = state.seq
        yield from self._log.collect(state)
        return state

    def _stage(self, starts: dict) -> Generator[str, None, _Batch | None]:
        """B2 and B3: one file a date; None when nothing is left."""
        nexts = {p: max(start, min(self._ends[p], start + self._habits.batch)) for p, start in starts.items()}
        if nexts == starts:
            return None
        yield "B2.consume"
        nonce, messages = self._namenode.nonce(), defaultdict(list)
        for partition, start in starts.items():
            for offset in range(start, nexts[partition]):
                messages[self._topic.date(offset)].append((partition, offset))
        files = []
        for date, content in messages.items():
            src = yield from self._create(nonce, tuple(content))
            files.append((src, ("data", (date, self._epoch, nonce))))
        return _Batch(nonce, starts, nexts, tuple(files))

    def _create(self, nonce: int, content: tuple) -> Generator[str, None, Path]:
        namenode, name = self._namenode, 0
        while True:
            if not name or Mutant.SAME_NAME not in self._log.mutants:
                name = namenode.nonce()
            path: Path = ("staging", (self._epoch, nonce, name))
            yield "B3.create"
            try:
                namenode.create(path, content)
            except Exists:
                break  # an attempt under the same name had come through
            except FAILED:
                if not self._habits.stubborn:
                    raise
            else:
                break
        yield "B3.look"
        if not namenode.has(path):
            raise Unavailable
        return path

    def _commit(self, batch: _Batch, state: State) -> Generator[str, None, State]:
        """B4 to B7."""
        draft = Draft(batch.nonce, False, self._epoch, batch.nexts, batch.files)
        state = yield from self._log.commit(draft, state, lambda found: self._may(found, batch.starts))
        state = yield from self._log.snapshot_if_due(state)
        yield "B6.remember"
        for partition, after in batch.nexts.items():
            self._topic.remembered[partition] = after
        yield "B7.delete"
        self._namenode.delete(("staging", (self._epoch, batch.nonce)))
        return state

    def _may(self, state: State, starts: dict) -> bool:
        """The claim: the partitions are still ours and stand where the batch begins."""
        mutants, vector = self._log.mutants, state.vector
        return all(
            (vector[p][1] == self._epoch or Mutant.NO_OWNER_CHECK in mutants)
            and (vector[p][0] == start or Mutant.NO_NEXT_CHECK in mutants)
            for p, start in starts.items()
        )

    def _compact(self, choice: int) -> Steps:
        log, namenode = self._log, self._namenode
        state = yield from log.recover()
        dates = state.dates()
        if not dates:
            return
        slot = len(state.vector) - 1
        state = yield from self._fence(state, [slot])
        yield "B1.list"
        date = dates[choice % len(dates)]
        old = tuple(sorted(state.files(date, namenode)))
        data = namenode.folders["data"]
        if not old or any(path[1] not in data for path in old):
            return
        yield "B2.consume"
        if any(path[1] not in data for path in old):
            return
        nonce = namenode.nonce()
        src = yield from self._create(nonce, tuple(each for path in old for each in data[path[1]]))
        files = ((src, ("data", (date, self._epoch, nonce))),)
        draft = Draft(nonce, False, self._epoch, {slot: 0}, files, old)
        state = yield from log.commit(draft, state, lambda found: self._may_remove(found, slot, old))
        yield from log.snapshot_if_due(state)
        yield "B7.delete"
        namenode.delete(("staging", (self._epoch, nonce)))

    def _may_remove(self, state: State, slot: int, old: tuple[Path, ...]) -> bool:
        """The claim of a job: it is still the one, and what it replaces is still live."""
        if state.vector[slot][1] != self._epoch and Mutant.NO_OWNER_CHECK not in self._log.mutants:
            return False
        live = state.files(date_of(old[0]), self._namenode)
        return live.issuperset(old) or Mutant.NO_NEXT_CHECK in self._log.mutants
