"""A finished root on disk, made by the pipeline without servers, and ways to change it by hand.

Three dates, five runs, compactions, two snapshots, rejects, several issues of each date. It is made once and
copied for each trial. The engine only counts lines: what it would compute is no matter here.
"""

import datetime as dt
import hashlib
import json
import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from healthtrends.analyze.compute_day import ComputedDay
from healthtrends.analyze.cube_tables import tables
from healthtrends.config.publish import Publish
from healthtrends.model.day_totals import DayTotals
from healthtrends.orchestrate.day_cube import DayCube
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.layout import Layout
from healthtrends.storage.seal import Seal
from healthtrends.storage.verify import Finding, Witness
from healthtrends.testing import MemoryTopic
from tests.golden.local_pipeline import LocalPipeline

NOW = "2025-12-23T12:00:00+00:00"
DATES = [dt.date(2025, 12, day) for day in (20, 21, 22)]
ROUNDS = 5
LAYOUT = Layout("/r")

Json = dict[str, Any]


@dataclass(kw_only=True)
class CountingPipeline(LocalPipeline):
    """A pipeline whose engine counts lines."""

    engine: None = None  # type: ignore[assignment]
    snapshot_every: int = 8
    compact_above: int = 3
    publish: Publish = field(default_factory=lambda: Publish(exports=True))

    def day_computer(self):
        return self

    def compute(self, paths, _date):
        figures = DayTotals(lines=sum(self.pool.store.read(path).count(b"\n") for path in paths))
        nobody = pa.table({"patient": pa.array([], pa.binary()), "visits": pa.array([], pa.int32())})
        return DayCube(figures, tables(ComputedDay(figures, [nobody])), "counting", "1")


@dataclass
class Root:
    """One copy of the root; `messages` is the topic that it was made from."""

    folder: Path
    messages: MemoryTopic = field(default_factory=MemoryTopic)
    seal: Seal = field(default_factory=Seal)
    """With the key of `verify.key_file`; it makes the root without one."""

    def local(self) -> CountingPipeline:
        """The pipeline over it; close it."""
        return CountingPipeline(self.folder, messages=self.messages, layout=LAYOUT, seal=self.seal)

    def verify(self, expect: Witness | None = None) -> list[Finding]:
        """What `healthtrends verify` finds. Raises NothingHere."""
        local = self.local()
        try:
            return Pipeline(local).maintenance.verify(None, expect).findings
        finally:
            local.close()

    def failing(self, expect: Witness | None = None) -> set[str]:
        """Names of the checks that fail."""
        return {finding["check"] for finding in self.verify(expect) if not finding["ok"]}

    def run(self) -> None:
        """`healthtrends run` over all dates, with nothing new in the topic."""
        local = self.local()
        try:
            local.run(DATES)
        finally:
            local.close()

    def go_on(self) -> None:
        """One more ingest, of messages that no other root has stored."""
        local = self.local()
        local.messages = MemoryTopic({part: list(found) for part, found in self.messages.partitions.items()})
        _send(local, ROUNDS + 2)
        local.run(DATES, only="ingest")
        local.close()

    def at(self, path: str) -> Path:
        """A path of the store on the disk."""
        return self.folder / path.lstrip("/")

    def found(self, pattern: str) -> list[Path]:
        """Files or folders below the root, by a pattern; at least one."""
        paths = sorted((self.folder / "r").glob(pattern))
        assert paths, pattern
        return paths

    def record_files(self) -> list[Path]:
        """Of all dates, those of one date together, the newest last."""
        return self.found("patient_json/date=*/*.jsonl")

    def head(self) -> Witness:
        """The newest commit, as somebody may note it elsewhere."""
        return Witness(
            self.last_seq(), hashlib.sha256(self.manifest(self.last_seq()).read_bytes()).hexdigest()
        )

    def last_seq(self) -> int:
        """Number of the newest commit."""
        return int(self.found("_ht/log/commits/*/*.json")[-1].stem)

    def data_commits(self) -> list[int]:
        """Numbers of the commits above the newest snapshot that brought records."""
        numbers = range(self.last_snapshot() + 1, self.last_seq() + 1)
        found = [seq for seq in numbers if b'"kind": "data"' in self.manifest(seq).read_bytes()]
        assert len(found) > 1
        return found

    def last_snapshot(self) -> int:
        """Number of the newest snapshot."""
        return int(self.found("_ht/log/snapshots/*.json")[-1].stem)

    def manifest(self, seq: int) -> Path:
        """Manifest of a commit."""
        return self.at(LAYOUT.commit(seq))

    def issue(self, place: int, date: dt.date = DATES[0]) -> Path:
        """Manifest of an issue of a date, by its place among them: 0 is the oldest, -1 the newest."""
        return self.found(f"_ht/issues/date={date}/*.json")[place]


def make_root(folder: Path) -> Root:
    """Five runs, each with late records of all dates and a reject; an issue asked for; two ingests alone."""
    root = Root(folder)
    local = root.local()
    for turn in range(ROUNDS):
        _send(local, turn)
        local.run(DATES)
    local.run(DATES[:1], reprocess="all")
    local.snapshot_every = 200  # so that some commits lie above the newest snapshot
    for turn in (ROUNDS, ROUNDS + 1):
        _send(local, turn)
        local.run(DATES, only="ingest")
    local.close()
    return root


def _send(local: CountingPipeline, turn: int) -> None:
    for number in range(15):
        local.messages.send(turn % 2, _record(15 * turn + number, DATES[number % 3]))
    local.messages.send(turn % 2, b"no record")


def copied(root: Root, folder: Path) -> Root:
    """Another root with the same content."""
    shutil.copytree(root.folder, folder)
    return Root(folder, root.messages)


def edit(path: Path, change: Callable[[Json], None]) -> None:
    """Put a changed JSON document in a file's place."""
    document = json.loads(path.read_bytes())
    before = json.dumps(document)
    change(document)
    assert json.dumps(document) != before, "nothing was changed"
    path.write_text(json.dumps(document, indent=1) + "\n")


def flip(path: Path) -> None:
    """Change the lowest bit of the byte in the middle: the length stays, and a line end is left alone."""
    content = bytearray(path.read_bytes())
    place = len(content) // 2
    while content[place] in b"\n\x0b":
        place += 1
    content[place] ^= 1
    path.write_bytes(content)


def swap(first: Path, second: Path) -> None:
    """Exchange the content of two files."""
    one, other = first.read_bytes(), second.read_bytes()
    assert one != other
    first.write_bytes(other)
    second.write_bytes(one)


def facts(content: bytes) -> Json:
    """What a manifest says of a file, right for this content."""
    return {
        "lines": content.count(b"\n"),
        "bytes": len(content),
        "crc32": zlib.crc32(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _record(number: int, date: dt.date) -> bytes:
    fields = {
        "patient_id": f"synthetic-{number}", "age": 4, "gender": "F", "diagnosis_code": "E11",
        "visit_date": str(date), "treatment_code": "T", "outcome": "ongoing",
    }  # fmt: skip
    return json.dumps(fields).encode()
