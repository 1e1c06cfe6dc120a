"""The log folded to one number, as storage/state.py and storage/file_index.py fold it."""

from typing import NamedTuple

from tests.model.namenode import Manifest, NameNode, Path, Unavailable

_UNCHANGED: tuple[frozenset, frozenset] = (frozenset(), frozenset())


class State(NamedTuple):
    """What is true after commit number `seq`."""

    seq: int
    vector: tuple[tuple[int, int], ...]
    """Next offset and owner of every partition, the jobs' last."""
    base: dict
    """Name of the snapshot's file list by date."""
    changes: dict
    """Files added and removed since, by date."""
    newest: Manifest | None
    """Manifest number `seq`; None: a snapshot, whose files are in place."""
    snapshot: int
    """Number of the snapshot that `base` belongs to."""

    def after(self, manifest: Manifest) -> "State":
        """Return the state once `manifest` is committed."""
        changes = self.changes
        if manifest.add or manifest.remove:
            changes = dict(changes)
            for path in manifest.remove:
                added, removed = changes.get(date_of(path), _UNCHANGED)
                changes[date_of(path)] = (added - {path}, removed | {path})
            for _, path in manifest.add:
                added, removed = changes.get(date_of(path), _UNCHANGED)
                changes[date_of(path)] = (added | {path}, removed)
        return State(manifest.seq, manifest.vector, self.base, changes, manifest, self.snapshot)

    def dates(self) -> list[int]:
        """Dates that have or had files."""
        return sorted(self.base.keys() | self.changes.keys())

    def files(self, date: int, namenode: NameNode) -> frozenset:
        """Final paths of one date's live files. Raises Unavailable when the snapshot's list is gone."""
        added, removed = self.changes.get(date, _UNCHANGED)
        if date not in self.base:
            return added
        stored = namenode.folders["lists"].get(self.base[date])
        if stored is None:
            raise Unavailable
        return (stored - removed) | added


class Draft(NamedTuple):
    """A commit that has no number yet."""

    nonce: int
    fence: bool
    epoch: int
    moves: dict
    """Offset after the commit, by partition; a fence moves none but takes them."""
    add: tuple[tuple[Path, Path], ...] = ()
    remove: tuple[Path, ...] = ()

    def on(self, state: State) -> Manifest:
        """Return the manifest that follows `state`."""
        vector = list(state.vector)
        for slot, after in self.moves.items():
            vector[slot] = (vector[slot][0], state.seq + 1) if self.fence else (after, self.epoch)
        return Manifest(state.seq + 1, self.nonce, tuple(vector), self.add, self.remove)


def date_of(path: Path) -> int:
    """Date in a final path."""
    return path[1][0]
