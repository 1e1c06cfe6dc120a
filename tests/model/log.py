"""storage/log.py and storage/snapshots.py as a step-wise machine.

Every method that touches the NameNode is a generator. It yields the name of what it is about to do, does one
thing, and yields the next name: between any two a writer may stop for ever, sleep, or be overtaken.
"""

from collections.abc import Callable, Generator

from tests.model.mutants import Mutant
from tests.model.namenode import Exists, Manifest, Missing, NameNode, Path, Unavailable, Violation
from tests.model.state import Draft, State

Steps = Generator[str, None, None]
CommitCheck = Callable[[State], bool]

FAILED = (Exists, Missing, Unavailable)
# Older heads serve readers that began before the newest was written.
KEPT_HEADS = 3


class Damage(Exception):
    """What the real code calls DamageFound; a right protocol never gets here."""


class Superseded(Exception):
    """Another writer has the work."""


class Log:
    """One process's view of the log."""

    def __init__(
        self, namenode: NameNode, slots: int, every: int, retention: int, mutants: frozenset[Mutant]
    ) -> None:
        """A snapshot each `every` commits; manifests stay `retention` numbers longer."""
        self.namenode = namenode
        self.mutants = mutants
        self._empty = State(0, ((0, 0),) * slots, {}, {}, None, 0)
        self._every = every
        self._retention = retention
        self._placed = 0

    # Reading -----------------------------------------------------------------------------------

    def read_state(self, since: State | None = None) -> Generator[str, None, State]:
        """Return the newest state; checks it against what really happened."""
        namenode = self.namenode
        begun = len(namenode.history)
        while True:
            yield "R1.snapshots"
            snapshot = namenode.newest_snapshot()
            try:
                state = yield from self._read_above(snapshot, since)
            except (Missing, Damage):
                yield "R1.snapshots"
                if namenode.newest_snapshot() == snapshot:
                    raise
            else:
                if Mutant.NO_SECOND_LOOK in self.mutants:
                    break
                yield "R1.snapshots"
                if namenode.newest_snapshot() == snapshot:
                    break
            since = None
        self._check(state, begun)
        return state

    def _read_above(self, snapshot: int, since: State | None) -> Generator[str, None, State]:
        if since is not None and since.seq >= snapshot:
            state = since
        elif snapshot:
            yield "R1.head"
            state = self._load(snapshot)
        else:
            state = self._empty
        yield "R1.commits"
        commits = self.namenode.folders["commits"]
        numbers = sorted(number for number in commits if number > state.seq)
        if numbers and numbers[-1] - state.seq != len(numbers):
            raise Damage
        for number in numbers:
            yield "R1.manifest"
            if number not in commits:
                raise Missing
            state = state.after(commits[number])
        return state

    def _load(self, snapshot: int) -> State:
        head = self.namenode.folders["snapshots"].get(snapshot)
        if head is None:
            raise Missing
        return State(snapshot, head[0], head[1], {}, None, snapshot)

    def _check(self, state: State, begun: int) -> None:
        """No reader sees anything but a number of the history that was not over when it began."""
        if state.seq < begun:
            raise Violation(f"state {state.seq} was read when {begun} was committed already")
        if state.seq and state.vector != self.namenode.history[state.seq - 1].vector:
            raise Violation(f"a reader saw another state {state.seq}")

    # Writing -----------------------------------------------------------------------------------

    def recover(self) -> Generator[str, None, State]:
        """R1."""
        state = yield from self.read_state()
        yield from self.roll_forward(state)
        return state

    def commit(self, draft: Draft, state: State, claim: CommitCheck) -> Generator[str, None, State]:
        """B4 and B5; a fence is committed the same way."""
        while True:
            if Mutant.NO_HELP not in self.mutants:
                yield from self.roll_forward(state)
            attempt = draft.on(state)
            if Mutant.PUBLISH_FIRST in self.mutants:
                yield from self._move(attempt)
            failed = yield from self._put(attempt, draft)
            if (yield from self._has_number(attempt)):
                return (yield from self._committed(state.after(attempt)))
            taken = yield from self.read_state(state)
            if failed and taken.seq == state.seq:
                raise Unavailable
            state = taken
            if not claim(state):
                raise Superseded

    def _put(self, attempt: Manifest, draft: Draft) -> Generator[str, None, bool]:
        """True when the call failed, which says nothing."""
        folder = (attempt.seq if draft.fence else draft.epoch, (draft.nonce, self.namenode.nonce()))
        aside: Path = ("staging", (*folder, "manifest"))
        yield "B4.create"
        self.namenode.create(aside, attempt)
        yield "B4.rename"
        try:
            self.namenode.rename(aside, ("commits", attempt.seq), replace=Mutant.OVERWRITE in self.mutants)
        except FAILED:
            return True
        return False

    def _has_number(self, attempt: Manifest) -> Generator[str, None, bool]:
        yield "B4.read"
        standing = self.namenode.folders["commits"].get(attempt.seq)
        if standing is None or standing.nonce != attempt.nonce:
            return False
        if Mutant.ROLL_BEFORE_LOOK in self.mutants:
            yield from self._move(attempt)
        if Mutant.NO_SNAPSHOT_LOOK in self.mutants:
            return True
        yield "B4.snapshots"
        return self.namenode.newest_snapshot() < attempt.seq

    def _committed(self, state: State) -> Generator[str, None, State]:
        if Mutant.SNAPSHOT_UNPLACED in self.mutants:
            state = yield from self.snapshot_if_due(state)
        yield from self.roll_forward(state)
        return state

    # Rolling forward ---------------------------------------------------------------------------

    def roll_forward(self, state: State) -> Steps:
        """B5."""
        if state.newest is None or state.seq == self._placed:
            return
        gone = yield from self._move(state.newest)
        if gone and (yield from self.read_state()).seq == state.seq:
            raise Damage
        self._placed = state.seq

    def _move(self, manifest: Manifest) -> Generator[str, None, bool]:
        """Move all files of a commit; True when one is nowhere."""
        gone = False
        for src, dst in manifest.add:
            gone |= yield from self._place(src, dst)
        for path in manifest.remove:
            gone |= yield from self._place(path, ("removed", (manifest.seq, path)))
        return gone

    def _place(self, src: Path, dst: Path) -> Generator[str, None, bool]:
        namenode, failed = self.namenode, False
        yield "B5.look"
        if namenode.has(src):
            yield "B5.rename"
            try:
                namenode.rename(src, dst)
            except FAILED:
                failed = True
            else:
                return False
        yield "B5.look"
        if namenode.has(dst):
            return False
        if failed and namenode.has(src):
            raise Unavailable
        return True

    # Staging and snapshots ---------------------------------------------------------------------

    def collect(self, fence: State) -> Steps:
        """R3."""
        owners = {owner for _, owner in fence.vector}
        yield "R3.list"
        epochs = {name[0] for name in self.namenode.folders["staging"]} - {fence.seq}
        if Mutant.COLLECT_OTHERS not in self.mutants:
            epochs = {epoch for epoch in epochs if epoch < fence.seq and epoch not in owners}
        for epoch in sorted(epochs):
            yield "R3.delete"
            self.namenode.delete(("staging", epoch))

    def snapshot_if_due(self, state: State) -> Generator[str, None, State]:
        """S; its failure is no failure of the commit."""
        if state.seq - state.snapshot < self._every:
            return state
        yield "S.look"
        if self.namenode.newest_snapshot() >= state.seq:
            return state
        try:
            return (yield from self._write_snapshot(state))
        except FAILED:
            return state

    def _write_snapshot(self, state: State) -> Generator[str, None, State]:
        namenode, base = self.namenode, dict(state.base)
        for date in sorted(state.changes):
            yield "S.create"
            name = (date, state.seq, namenode.nonce())
            namenode.create(("lists", name), state.files(date, namenode))
            base[date] = name
        aside: Path = ("staging", (state.seq, namenode.nonce(), "head"))
        yield "S.create"
        namenode.create(aside, (state.vector, base))
        yield "S.rename"
        try:
            namenode.rename(aside, ("snapshots", state.seq))
        except Exists:
            return self._load(state.seq)._replace(newest=state.newest)
        yield from self._prune()
        return state._replace(base=base, changes={}, snapshot=state.seq)

    def _prune(self) -> Steps:
        namenode, folders = self.namenode, self.namenode.folders
        yield "S.look"
        numbers = sorted(folders["snapshots"])
        for number in numbers[:-KEPT_HEADS]:
            yield "S.delete"
            namenode.delete(("snapshots", number))
        yield from self._prune_lists(numbers[-KEPT_HEADS:])
        yield "S.look"
        for number in [each for each in folders["commits"] if each <= numbers[-1] - self._retention]:
            yield "S.delete"
            namenode.delete(("commits", number))

    def _prune_lists(self, kept: list[int]) -> Steps:
        folders, named = self.namenode.folders, set()
        yield "S.look"
        for number in kept:
            named |= set(self._load(number).base.values())
        for name in [name for name in folders["lists"] if name not in named and name[1] <= kept[-1]]:
            yield "S.delete"
            self.namenode.delete(("lists", name))
