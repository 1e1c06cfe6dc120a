"""The file system of the model: paths, rename without overwriting, and effects that go wrong in every way.

One object holds what a NameNode holds, and beside it what really happened: the manifest that first took each
number. Writers never see that; the checks do.
"""

from typing import Final, Literal, NamedTuple

Path = tuple[str, object]
"""Folder and name; a staged file's name is (epoch, batch folder, file)."""

Fate = Literal[0, 1, 2, 3]
OK: Final = 0
"""Applied and answered."""
UNANSWERED: Final = 1
"""Applied, the answer lost."""
LOST: Final = 2
"""Never applied."""
LATE: Final = 3
"""Applied at any later moment; the caller sees an error now."""

FOLDERS: Final = ("commits", "snapshots", "lists", "staging", "data", "removed")


class Unavailable(Exception):
    """A call that failed: nothing is known about its effect."""


class Missing(Exception):
    """A path that should be there is not."""


class Exists(Exception):
    """The target's name is taken."""


class Violation(Exception):
    """The promise of the protocol is broken."""


class Manifest(NamedTuple):
    """One commit."""

    seq: int
    nonce: int
    vector: tuple[tuple[int, int], ...]
    """Next offset and owner of every partition; the last is the jobs' pseudo-partition."""
    add: tuple[tuple[Path, Path], ...]
    """Staged and final path of each new file."""
    remove: tuple[Path, ...]


class NameNode:
    """All paths, the effects still under way, and the true history of the log."""

    __slots__ = ("_nonces", "fate", "folders", "history", "pending")

    def __init__(self) -> None:
        self.folders: dict[str, dict] = {folder: {} for folder in FOLDERS}
        self.fate: Fate = OK
        """What becomes of the next effect; it is then OK again."""
        self.pending: list[tuple] = []
        self.history: list[Manifest] = []
        """What first took the numbers 1, 2, ..."""
        self._nonces = 0

    def nonce(self) -> int:
        """Return a number never used before."""
        self._nonces += 1
        return self._nonces

    def has(self, path: Path) -> bool:
        """True when the path exists."""
        return path[1] in self.folders[path[0]]

    def newest_snapshot(self) -> int:
        """Return the highest number of a snapshot head; 0: none."""
        return max(self.folders["snapshots"], default=0)

    def create(self, path: Path, content: object) -> None:
        """Write a whole new file. Raises Exists, Unavailable."""
        self._act((self._create, path, content))

    def rename(self, src: Path, dst: Path, *, replace: bool = False) -> None:
        """Move a file. Raises Exists, Missing, Unavailable."""
        self._act((self._rename, src, dst, replace))

    def delete(self, path: Path) -> None:
        """Remove a file; in `staging` the name may be an epoch or (epoch, batch folder), for all below it."""
        self._act((self._delete, path))

    def strike(self, index: int) -> None:
        """Apply one of the effects that were under way."""
        effect, *arguments = self.pending.pop(index)
        try:
            effect(*arguments)
        except (Exists, Missing):
            return

    def _act(self, effect: tuple) -> None:
        fate, self.fate = self.fate, OK
        if fate == LATE:
            self.pending.append(effect)
        elif fate != LOST:
            try:
                effect[0](*effect[1:])
            except (Exists, Missing):
                if fate == OK:
                    raise
        if fate != OK:
            raise Unavailable

    def _create(self, path: Path, content: object) -> None:
        folder, name = path
        if name in self.folders[folder]:
            raise Exists
        self.folders[folder][name] = content

    def _rename(self, src: Path, dst: Path, replace: bool) -> None:
        old, new = self.folders[src[0]], self.folders[dst[0]]
        if src[1] not in old:
            raise Missing
        if dst[1] in new and not replace:
            raise Exists
        new[dst[1]] = old.pop(src[1])
        if dst[0] == "commits" and dst[1] > len(self.history):
            self._note(new[dst[1]])

    def _note(self, manifest: Manifest) -> None:
        if manifest.seq != len(self.history) + 1:
            raise Violation(f"number {manifest.seq} was taken before {len(self.history) + 1}")
        self.history.append(manifest)

    def _delete(self, path: Path) -> None:
        folder, name = path
        names = self.folders[folder]
        if folder != "staging":
            names.pop(name, None)
            return
        below = name if isinstance(name, tuple) else (name,)
        for each in [each for each in names if each[: len(below)] == below]:
            del names[each]
