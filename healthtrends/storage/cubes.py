"""Store of daily aggregates (cubes): one for each date and set of input files, Parquet, immutable.

The name of a cube's head is the digest of the date's inputs. So a cube that exists is current, and no folder
is listed to find it. The tables lie in a folder of the attempt that wrote them. The head is renamed into
place last and names the tables with their checksums, so two writers of one cube cannot mix their tables.

Several runs may make the cube of a date at the same time; who comes last has it in place. So a writer looks
again after each of its steps: tables for other programs are those of the cube in place, tables are deleted
that no head in place names or can name any more, and the log gets what `recorder.cube_to_record` says.
"""

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from healthtrends.errors import HdfsUnavailable
from healthtrends.storage.cube_head import (
    HEAD,
    VERSION,
    CubeHead,
    CubeSource,
    CubeUnusable,
    TableFile,
    described,
    fits,
    head_bytes,
)
from healthtrends.storage.layout import SEQ_DIGITS, Layout, new_nonce
from healthtrends.storage.manifest import RecordedCube, digest
from healthtrends.storage.store_pool import StorePool

# Each may hold a table.
_AT_ONCE = 8

PATIENTS = "patients-"
"""Tables of single patients begin so."""
FIGURES_ONLY = "-figures"
"""Attempts that hold none of them end so."""
Note = Callable[[CubeHead, str], None]
"""Called with each cube to record in the log, and the SHA-256 of its head."""


class Cubes:
    """All cubes under one root."""

    def __init__(self, pool: StorePool, layout: Layout, note: Note = lambda _, __: None) -> None:
        """`note` is called with each cube that should be recorded in the log."""
        self._note = note
        self.pool = pool
        self._layout = layout

    def find(self, date: dt.date, inputs: str, recorded: RecordedCube | None = None) -> CubeHead | None:
        """Return the cube made of these inputs; None when there is none.

        Raises CubeUnusable when it is damaged, of another format, or not the one that the log has on record.
        """
        try:
            content = self.pool.store.read(self._layout.cube_head(date, inputs))
            head = HEAD.decode(content)
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise CubeUnusable(date, "its head cannot be read") from error
        if head.version != VERSION:
            raise CubeUnusable(date, f"its format is {head.version}, this program's is {VERSION}")
        if (head.date, head.inputs) != (date, inputs):
            raise CubeUnusable(date, "its head belongs to another cube")
        if recorded is not None and recorded != (head.attempt, digest(content)):
            raise CubeUnusable(date, "the log has another one on record")
        if recorded is None:  # of an earlier version, or of a run that died
            self._note(head, digest(content))
        return head

    def is_there(self, date: dt.date, inputs: str) -> bool:
        """Whether a cube of these inputs was written; `find` also checks that it can be used."""
        return self.pool.store.length(self._layout.cube_head(date, inputs)) is not None

    def heads(self, date: dt.date) -> list[tuple[CubeHead, str]]:
        """Every cube of a date that can be read, with the hash of its head."""
        folder = self._layout.cubes(date)
        found = []
        for entry in self.pool.store.list(folder):
            if entry.name.endswith(".json"):
                with contextlib.suppress(FileNotFoundError, ValueError):  # replaced meanwhile, or damaged
                    content = self.pool.store.read(f"{folder}/{entry.name}")
                    found.append((HEAD.decode(content), digest(content)))
        return found

    def current(self, date: dt.date) -> tuple[CubeHead, str] | None:
        """Newest cube of a date that is in place, with the hash of its head."""
        return max(self.heads(date), key=lambda each: each[0].seq, default=None)

    def wrong(self, head: CubeHead, shown: Iterable[str]) -> list[tuple[str, str]]:
        """Files of a cube that are not what was written, with what is wrong; also those for readers."""
        places = {f"{head.folder}/{name}.parquet": table for name, table in head.tables.items()}
        places |= {self._layout.cube_table(head.date, name): head.tables[name] for name in shown}
        problems = self.pool.stream(lambda place: self._problem(*place), places.items(), _AT_ONCE)
        return [(path, problem) for path, problem in zip(places, problems, strict=True) if problem]

    def _problem(self, path: str, table: TableFile) -> str | None:
        try:
            return None if fits(self.pool.store.read(path), table) else "it is not what was written"
        except FileNotFoundError:
            return "it is missing"

    def content(self, head: CubeHead, table: str) -> bytes:
        """One table as it was written. Raises CubeUnusable when it is not."""
        known = head.tables.get(table)
        if known is None:
            raise CubeUnusable(head.date, f"it has no table {table}")
        try:
            found = self.pool.store.read(f"{head.folder}/{table}.parquet")
        except FileNotFoundError:
            raise CubeUnusable(head.date, f"its table {table} is gone") from None
        if not fits(found, known):
            raise CubeUnusable(head.date, f"its table {table} is damaged")
        return found

    def write(
        self,
        source: CubeSource,
        totals: Mapping[str, Sequence[int]],
        tables: Mapping[str, bytes],
        shown: Mapping[str, bytes],
    ) -> CubeHead:
        """Write a cube of Parquet files, and those `shown` where other programs read them.

        Cubes and attempts of older states of the date are deleted. Raises HdfsUnavailable.
        """
        folder = self._layout.cube_tables(source.date, source.seq, new_nonce())
        head = CubeHead(
            **source._asdict(),
            totals={name: list(values) for name, values in totals.items()},
            folder=folder,
            tables={name: described(content) for name, content in tables.items()},
        )
        copies = {f"{folder}/{name}.shown": content for name, content in shown.items()}
        files = {f"{folder}/{name}.parquet": content for name, content in tables.items()}
        self._stage(head, {**files, **copies})
        self._install(head, shown)
        self._note(head, digest(head_bytes(head)))
        return head

    def show(self, head: CubeHead, shown: Mapping[str, bytes]) -> None:
        """Put tables where other programs read them, once more. Raises HdfsUnavailable."""
        self._show(head, shown)
        self._show_current(head, shown)

    def _show(self, head: CubeHead, shown: Mapping[str, bytes]) -> None:
        for name, content in shown.items():
            aside = f"{head.folder}/{name}-{new_nonce()}.shown"
            self.pool.write(aside, content)
            self.pool.store.rename(aside, self._layout.cube_table(head.date, name), replace=True)

    def drop_patients(self, date: dt.date, inputs: str) -> None:
        """Put a cube without tables of single patients in the place of the one of these inputs.

        What is there already stays; it goes on record once more, in case that its writer died before.
        """
        folder = self._layout.cubes(date)
        head, sha256 = next(
            ((each, sha256) for each, sha256 in self.heads(date) if each.inputs == inputs), (None, "")
        )
        if head is None:
            return
        if not head.attempt.endswith(FIGURES_ONLY):
            kept = [name for name in head.tables if not name.startswith(PATIENTS)]
            place = self._layout.cube_tables(date, head.seq, f"{new_nonce()}{FIGURES_ONLY}")
            files = {f"{place}/{name}.parquet": self.content(head, name) for name in kept}
            head = msgspec.structs.replace(
                head, folder=place, tables={name: head.tables[name] for name in kept}
            )
            sha256 = digest(head_bytes(head))
            self._stage(head, files)
            self._put(head)
        others = (entry.name for entry in self.pool.store.list(folder) if not entry.name.endswith(".json"))
        self._delete_attempts(date, [name for name in others if name != head.attempt])
        self._note(head, sha256)

    def delete_before(self, date: dt.date, seq: int) -> None:
        """Delete what was computed of states of a date before number `seq`. Raises HdfsUnavailable."""
        folder = self._layout.cubes(date)
        attempts = [
            entry.name
            for entry in self.pool.store.list(folder)
            if not entry.name.endswith(".json") and int(entry.name[:SEQ_DIGITS]) < seq
        ]
        self._delete_waiting(date, attempts)
        heads = [f"{folder}/{head.inputs}.json" for head, _ in self.heads(date) if head.seq < seq]
        newer = len(self.heads(date)) > len(heads)
        shown = [] if newer else [self._layout.cube_date(date)]
        self.pool.delete_all([*heads, *(f"{folder}/{name}" for name in attempts), *shown])

    def _stage(self, head: CubeHead, files: Mapping[str, bytes]) -> None:
        """Write an attempt. Its head comes first, so who sees the folder can delete the head; see below."""
        content = head_bytes(head)
        waiting = self.pool.store.create(f"{head.folder}/head.json", len(content))
        waiting.write(content)
        writes: list[Callable[[], None]] = [
            waiting.close,
            *(partial(self.pool.write, *file) for file in files.items()),
        ]
        list(self.pool.map(lambda write: write(), writes))

    def _install(self, head: CubeHead, shown: Iterable[str]) -> None:
        self._put(head)
        for name in shown:
            self._move(head, f"{name}.shown", self._layout.cube_table(head.date, name))
        self._show_current(head, shown)
        self._drop_older(head)

    def _put(self, head: CubeHead) -> None:
        """Put a cube in place."""
        self._move(head, "head.json", self._layout.cube_head(head.date, head.inputs))

    def _move(self, head: CubeHead, name: str, place: str) -> None:
        try:
            self.pool.store.rename(f"{head.folder}/{name}", place, replace=True)
        except FileNotFoundError:
            raise HdfsUnavailable(
                f"the cube of {head.date} was written for commit {head.seq}",
                "meanwhile another run wrote one for a later commit",
            ) from None

    def _show_current(self, head: CubeHead, shown: Iterable[str]) -> None:
        """Put the tables of the cube in place where those of `head` are, as long as it is another one."""
        names = [*shown]
        while (found := self.current(head.date)) and found[0].attempt != head.attempt:
            is_same, head = found[0].is_same_as(head), found[0]
            if not is_same:
                with contextlib.suppress(CubeUnusable):  # replaced meanwhile, or damaged
                    exact = {name: self.content(head, name) for name in names if name in head.tables}
                    self._show(head, exact)

    def _drop_older(self, head: CubeHead) -> None:
        """Delete what was written for older states; heads of those name tables that go."""
        folder = self._layout.cubes(head.date)
        names = [entry.name for entry in self.pool.store.list(folder)]
        attempts = {
            name: int(name[:SEQ_DIGITS]) for name in names if name[SEQ_DIGITS : SEQ_DIGITS + 1] == "-"
        }
        if any(seq > head.seq for seq in attempts.values()):
            return
        heads = [name for name in names if name.endswith(".json") and name != f"{head.inputs}.json"]
        older = [name for name, seq in attempts.items() if seq < head.seq]
        self.pool.delete_all(f"{folder}/{name}" for name in heads)
        self._delete_attempts(head.date, older)

    def _delete_attempts(self, date: dt.date, names: Sequence[str]) -> None:
        """Delete attempts, but for one that another run has put in place.

        An attempt whose own head was deleted, or is in place, cannot be put in place any more, as no head is
        written twice. So tables that no head in place names after that are named by none ever.
        """
        if not names:
            return
        self._delete_waiting(date, names)
        kept = {head.attempt for head, _ in self.heads(date)}
        self.pool.delete_all(f"{self._layout.cubes(date)}/{name}" for name in names if name not in kept)

    def _delete_waiting(self, date: dt.date, names: Iterable[str]) -> None:
        """Delete heads of attempts that are not in place."""
        self.pool.delete_all(f"{self._layout.cubes(date)}/{name}/head.json" for name in names)
