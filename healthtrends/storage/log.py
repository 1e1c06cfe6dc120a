"""The commit log on the file store: read its state, commit by compare-and-swap, roll forward.

There is no lock. A writer takes a number by renaming a manifest onto it without overwriting, and reads the
file afterwards to learn who got it. See docs/explanation/commit-protocol.md.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import msgspec

from healthtrends.errors import DamageFound, HdfsUnavailable, Superseded
from healthtrends.observe import debug_event, event
from healthtrends.storage import manifest as manifests
from healthtrends.storage.layout import Layout
from healthtrends.storage.manifest import Manifest, Position, RecordedCube, StoredManifest
from healthtrends.storage.placement import FilePlacement
from healthtrends.storage.seal import ZEROS, Seal
from healthtrends.storage.snapshots import Snapshots
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool

# Heads are kept over so many intervals: a slow writer may still build on the oldest of them.
_HEADS_APART = 10

CommitCheck = Callable[[State], str | None]
"""Returns why a batch may not be committed on this state any more; None: it may."""
CubesToRecord = Callable[[State], dict[str, RecordedCube]]
"""Returns what the commit after this state records of cubes."""


class CommitLog:
    """One log per root; many writers may use it at once."""

    def __init__(
        self,
        pool: StorePool,
        layout: Layout,
        snapshot_every: int,
        retention: int = 10_000,
        seal: Seal | None = None,
    ) -> None:
        """Write a snapshot every so many commits; keep manifests `retention` numbers behind it.

        With a key in `seal` every manifest is sealed.
        """
        self.seal = seal or Seal()
        self.pool = pool
        self.store = pool.store
        self.layout = layout
        self.snapshots = Snapshots(pool, layout, _HEADS_APART * snapshot_every)
        self._snapshot_every = snapshot_every
        self._retention = retention
        self.newest_seen: State = State()
        """Newest state that this process has read or committed."""
        self._placed = 0
        """Number whose files this process has seen in place."""
        self._not_required: set[str] = set()
        self._placement = FilePlacement(pool, layout)

    # Reading -----------------------------------------------------------------------------------

    def read_state(self, since: State | None = None) -> State:
        """Return the newest state; `since` is a state known already, from which reading goes on.

        Raises DamageFound when a number is missing.
        """
        while True:
            snapshot = self.snapshots.newest()
            try:
                state = self._read_above(snapshot, since)
            except (FileNotFoundError, DamageFound):
                # Pruned while it was read, unless the newest snapshot is still the same.
                if self.snapshots.newest() == snapshot:
                    raise
            else:
                # What was just read may have been pruned meanwhile and its name used again.
                if self.snapshots.newest() == snapshot:
                    return self._noted(state)
            since = None

    def _noted(self, state: State) -> State:
        if state.seq >= self.newest_seen.seq:
            self.newest_seen = state
        return state

    def _read_above(self, snapshot: int, since: State | None) -> State:
        if since is not None and since.seq >= snapshot:
            state = since
        else:
            state = self.snapshots.load(snapshot) if snapshot else State()
        for found in self.pool.map(self.read_stored, self._numbers_above(state.seq)):
            state = state.after(found.manifest, found.sha256)
        return state

    def _numbers_above(self, seq: int) -> list[int]:
        first_folder = self.layout.commit_folder(seq + 1)
        folders = [entry.name for entry in self.store.list(self.layout.commits) if entry.name >= first_folder]
        names = (
            entry.name
            for folder in folders
            for entry in self.store.list(f"{self.layout.commits}/{folder}")
            if entry.name.endswith(".json")
        )
        numbers = sorted(number for number in map(_number, names) if number > seq)
        expected = list(range(seq + 1, seq + 1 + len(numbers)))
        if numbers != expected:
            gap = next(want for want, have in zip(expected, numbers, strict=True) if want != have)
            raise DamageFound(
                f"commit {gap} is missing from the log under {self.layout.commits}",
                f"commit {numbers[-1]} is there",
                "restore the folder from a backup; do not ingest before",
            )
        return numbers

    def read_manifest(self, seq: int) -> Manifest:
        """Commit number `seq`. Raises FileNotFoundError, DamageFound."""
        return self.read_stored(seq).manifest

    def read_stored(self, seq: int) -> StoredManifest:
        """Commit number `seq` and the hash of its bytes. Raises FileNotFoundError, DamageFound."""
        path = self.layout.commit(seq)
        content = self.store.read(path)
        found = manifests.decode(content, path)
        if found.seq != seq:
            raise DamageFound(
                f"the manifest {path} calls itself {found.seq}",
                "",
                "restore the file from a backup of the root",
            )
        judged = self.seal.key is not None and found.mac is not None
        sealed = self.seal.fits(content, found.mac or "") if judged else None
        return StoredManifest(found, manifests.digest(content), sealed)

    def sha256_of(self, seq: int) -> str | None:
        """Hash of manifest `seq`; None when it is there no more."""
        try:
            return manifests.digest(self.store.read(self.layout.commit(seq)))
        except FileNotFoundError:
            return None

    def oldest_kept(self, snapshot: int) -> int:
        """Number of the oldest manifest that snapshots up to this one have left in its place."""
        return max(1, self.snapshots.folders_past(snapshot, self._retention) * self.layout.seqs_per_folder)

    # Writing -----------------------------------------------------------------------------------

    def recover(self) -> State:
        """R1: read the state and put the files of its newest commit in place."""
        state = self.read_state()
        self.roll_forward(state)
        return state

    def commit(
        self,
        draft: Manifest,
        epoch: int,
        state: State,
        check: CommitCheck,
        staged: Callable[[], None] = lambda: None,
        cubes: CubesToRecord = lambda _: {},
    ) -> State:
        """B4 and B5: commit `draft` as the next number on `state` or on whatever became of it.

        `staged` returns once the draft's files are closed; the manifest is written aside meanwhile.
        `cubes` is asked anew for each number that is tried.
        `draft.seq`, the positions of partitions that `draft` does not move, and what links it to the commit
        before are filled in here.
        Raises Superseded with the reason of `check`, HdfsUnavailable when the outcome is not known:
        then the next `recover` shows it.
        """
        while True:
            self.roll_forward(state)
            attempt = msgspec.structs.replace(
                draft,
                seq=state.seq + 1,
                version=draft.needed_version,
                parts={**state.parts, **_owned(draft, state)},
                cubes=cubes(state),
                previous=state.head,
                snapshot=state.snapshot_name,
                sealed_since=None if self.seal.key is None else self._sealed_since(state),
                mac=None if self.seal.key is None else ZEROS,
            )
            content = manifests.encode(attempt)
            if attempt.mac is not None:
                content = self.seal.put(content)
            # Without an epoch, as of a fence: under its number nobody collects it before the number is taken.
            unowned = draft.kind == "fence" or not epoch
            aside = self.layout.aside(attempt.seq if unowned else epoch, attempt.nonce)
            failure = self._put(attempt.seq, aside, content, staged)
            if self._has_number(attempt):
                committed = state.after(attempt, manifests.digest(content))
                self.roll_forward(committed)
                return self._noted(committed)
            taken = self.read_state(since=state)
            if failure is not None and taken.seq == state.seq:
                raise HdfsUnavailable(f"commit {attempt.seq} could not be written", str(failure))
            state = taken
            refused = check(state)
            if refused:
                raise Superseded(
                    refused,
                    "another writer took over",
                    "nothing is lost; its messages are stored by the other",
                )

    def _sealed_since(self, state: State) -> int:
        """First of the row of sealed manifests that the one after `state` goes on with."""
        before = self._newest_of(state)
        return before.sealed_since if before and before.sealed_since else state.seq + 1

    def wants_seal(self, state: State) -> bool:
        """Whether there is a key, and the newest commit of `state` has no seal."""
        if self.seal.key is None:
            return False
        newest = self._newest_of(state)
        return newest is not None and newest.mac is None

    def _newest_of(self, state: State) -> Manifest | None:
        """Manifest number `state.seq`; None when there is none, or it was pruned."""
        if state.newest is not None or not state.seq:
            return state.newest
        with suppress(FileNotFoundError):
            return self.read_manifest(state.seq)
        return None

    def _put(self, seq: int, aside: str, content: bytes, staged: Callable[[], None]) -> Exception | None:
        """Try to take the number; an error says nothing: it may have worked, or work later."""
        try:
            self.pool.write(aside, content)
        except HdfsUnavailable as error:
            # Who took the number deletes what else waited for it, also while it is being written.
            if self.store.length(self.layout.commit(seq)) is None:
                raise
            return error
        staged()
        try:
            self.store.rename(aside, self.layout.commit(seq))
        except (OSError, HdfsUnavailable) as error:
            debug_event("commit.rename_unclear", seq=seq, error=type(error).__name__)
            return error
        return None

    def _has_number(self, manifest: Manifest) -> bool:
        try:
            found = self.read_manifest(manifest.seq)
        except FileNotFoundError:
            return False
        return found.nonce == manifest.nonce and self.snapshots.newest() < manifest.seq

    def snapshot_if_due(self, state: State) -> State:
        """Write a snapshot of `state`, whose files are in place, when enough commits lie above the last.

        Its failure is no failure of the commit; the next one tries again.
        """
        newest = self.snapshots.newest()
        if state.seq - newest < self._snapshot_every:
            return state
        try:
            # On another writer's head, where there is one: lists of older heads may be pruned already.
            rebased = state if newest == state.snapshot else self.rebuilt(newest, state.seq)
            return self._noted(self.snapshots.write(rebased, self._retention))
        except (OSError, HdfsUnavailable) as error:
            debug_event("log.snapshot_not_written", seq=state.seq, error=type(error).__name__)
        except DamageFound as damage:
            # What reads the damaged file next raises it; `verify` names it.
            event("log.snapshot_not_written", seq=state.seq, error=str(damage))
        return state

    def rebuilt(self, snapshot: int, seq: int) -> State:
        """Return the state at `seq`, folded from a certain snapshot; 0: from the empty root."""
        state = self.snapshots.load(snapshot) if snapshot else State()
        for found in self.pool.map(self.read_stored, range(snapshot + 1, seq + 1)):
            state = state.after(found.manifest, found.sha256)
        return state

    # Rolling forward ---------------------------------------------------------------------------

    def roll_forward(self, state: State) -> None:
        """B5: bring the newest commit's files to their final places; any writer may do it, twice too."""
        if state.newest is None or state.seq == self._placed:
            return
        gone = [path for path in self._placement.apply(state.newest) if path not in self._not_required]
        if gone and self.read_state().seq == state.seq:
            raise DamageFound(
                f"{gone[0]} is gone",
                f"commit {state.seq} names it, and it is neither staged nor in place",
                f"`healthtrends ingest --restage {gone[0]}` makes it again from Kafka",
            )
        self._placed = state.seq

    def waive(self, paths: Iterable[str]) -> None:
        """Accept that these files are missing when rolling forward: they are about to be made again."""
        self._not_required.update(paths)

    def locate(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Return where files of an older number lie now; see `FilePlacement`."""
        return self._placement.locate(paths)

    # Staging -----------------------------------------------------------------------------------

    def collect(self, fence: State, epoch: int) -> int:
        """R3: delete the staging of epochs that are older than the own and own no partition.

        Returns how many were deleted. Never "all that is not mine": the others may be at work.
        """
        owners = {position.owner for position in fence.parts.values()}
        orphans = [
            entry.name
            for entry in self.store.list(self.layout.staging)
            if entry.name.isdigit() and int(entry.name) < epoch and int(entry.name) not in owners
        ]
        self.pool.delete_all(f"{self.layout.staging}/{name}" for name in orphans)
        return len(orphans)


def _number(name: str) -> int:
    return int(name.removesuffix(".json"))


def _owned(draft: Manifest, state: State) -> dict[int, Position]:
    """Positions that `draft` moves. A fence moves none: it makes its number the owner of its partitions.

    An adoption knows all positions; it is refused when they change.
    """
    if draft.kind != "fence":
        return dict(draft.parts)
    known = state.parts if draft.adoption is msgspec.UNSET else {}
    return {
        partition: msgspec.structs.replace(known.get(partition, first), owner=state.seq + 1, mode=draft.mode)
        for partition, first in draft.parts.items()
    }
