"""What is true after commit number n: the fold of all manifests up to n, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from healthtrends.storage.manifest import Identity, Manifest, Position, StagedFile


@dataclass(frozen=True, slots=True)
class State:
    """The log folded to one number. Never changed in place: `after` gives the next one."""

    seq: int = 0
    """Number of the newest commit; 0: an empty root."""
    parts: Mapping[int, Position] = field(default_factory=dict)
    """Next offset and owner of each partition ever seen."""
    files: Mapping[str, Mapping[str, StagedFile]] = field(default_factory=dict)
    """Live record files by visit date and final path."""
    rejects: Mapping[str, StagedFile] = field(default_factory=dict)
    """Live reject files by final path."""
    messages_stored: int = 0
    messages_rejected: int = 0
    newest: Manifest | None = None
    """Manifest number `seq`, whose files may not be at their place yet."""

    @property
    def identity(self) -> Identity | None:
        """Topic of the log; None before the first commit."""
        return self.newest.identity if self.newest else None

    @property
    def key_id(self) -> str | None:
        """Key of the newest commit's pseudonyms."""
        return self.newest.key_id if self.newest else None

    def after(self, manifest: Manifest) -> "State":
        """Return the state once `manifest`, number seq + 1, is committed."""
        if manifest.seq != self.seq + 1:
            raise ValueError(f"commit {manifest.seq} does not follow {self.seq}")
        return replace(
            self,
            seq=manifest.seq,
            parts={**self.parts, **manifest.parts},
            files=_files_after(self.files, manifest),
            rejects=_rejects_after(self.rejects, manifest),
            messages_stored=self.messages_stored + manifest.counts.messages_stored,
            messages_rejected=self.messages_rejected + manifest.counts.messages_rejected,
            newest=manifest,
        )

    def paths(self, visit_date: str) -> tuple[str, ...]:
        """Final paths of a date's record files, sorted."""
        return tuple(sorted(self.files.get(visit_date, {})))

    def is_live(self, path: str) -> bool:
        """True when a commit names `path` and none has removed it."""
        return path in self.rejects or any(path in files for files in self.files.values())


def _files_after(
    files: Mapping[str, Mapping[str, StagedFile]], manifest: Manifest
) -> Mapping[str, Mapping[str, StagedFile]]:
    if not manifest.add and not manifest.remove:
        return files
    removed = set(manifest.remove)
    result = dict(files)
    for date, live in files.items():
        if not removed.isdisjoint(live):
            result[date] = {path: file for path, file in live.items() if path not in removed}
    for file in manifest.add:
        result[file.date] = {**result.get(file.date, {}), file.dst: file}
    return {date: live for date, live in result.items() if live}


def _rejects_after(rejects: Mapping[str, StagedFile], manifest: Manifest) -> Mapping[str, StagedFile]:
    if not manifest.rejects and not manifest.remove:
        return rejects
    removed = set(manifest.remove)
    kept = {path: file for path, file in rejects.items() if path not in removed}
    return kept | {file.dst: file for file in manifest.rejects}
