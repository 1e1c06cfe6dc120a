"""A root on disk and a topic in memory, with what the tests of verify, restage and replay do to them."""

import datetime as dt
import json
import shutil
import threading
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from healthtrends import formats
from healthtrends.config.source import Source
from healthtrends.ingest.quarantine import RejectFilter
from healthtrends.ingest.repair import FileRepair
from healthtrends.ingest.replay import Replay, ReplaySummary
from healthtrends.ingest.runner import ingest
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.observe import progress
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.seal import Seal
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import verify
from healthtrends.testing import LocalStore, MemoryTopic

DAY = "2025-12-20"


@dataclass
class Place:
    """One root and one topic; all data is synthetic."""

    pool: StorePool
    topic: MemoryTopic = field(default_factory=MemoryTopic)
    snapshot_every: int = 200
    key: bytes | None = None
    """Of the log's seals."""
    settings: IngestSettings = field(
        default_factory=lambda: IngestSettings(
            batch_records=1000, batch_bytes=10**9, commit_interval=60.0, future_days=1,
            pseudonymise=None, key_id=None,
        )
    )  # fmt: skip

    @property
    def log(self) -> CommitLog:
        """The log as a new process sees it."""
        return CommitLog(self.pool, Layout("/r"), self.snapshot_every, seal=Seal(self.key))

    @property
    def state(self):
        return self.log.read_state()

    def record(self, number, **changes) -> bytes:
        fields = {
            "patient_id": f"synthetic-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11",
            "visit_date": DAY, "treatment_code": "T", "outcome": "ongoing", **changes,
        }  # fmt: skip
        return json.dumps(fields).encode()

    def send(self, *values, partition=0) -> None:
        for value in values:
            self.topic.send(partition, value)

    def ingest(self, **changes) -> None:
        with progress("t", None, "m") as bar:
            ingest(
                self.topic.reader(), self.log, replace(self.settings, **changes), threading.Event(), bar,
                IngestSummary(),
            )  # fmt: skip

    def replay(self, transform=None, dry_run=False, **choice) -> ReplaySummary:
        summary = ReplaySummary()
        with progress("t", None, "m") as bar:
            replay = Replay(self.log, self.settings, transform, RejectFilter(**choice))
            replay.run(summary, bar, dry_run=dry_run)
        return summary

    def restage(self, *paths, transform=None, **changes):
        settings = replace(self.settings, **changes)
        with progress("t", None, "m") as bar:
            job = FileRepair(self.topic.reader(), self.log, settings, transform, bar)
            return [job.make(file) for file in job.begin(paths)]

    def faults(self, days=None):
        """Findings of `verify` that are not ok."""
        return [finding for finding in verify(self.log, days) if not finding["ok"]]

    def files(self, day=DAY):
        return self.state.paths(day)

    def patients(self) -> Counter:
        """Patient ids of all lines that lie in the data folders."""
        store, folder = self.pool.store, self.log.layout.records
        return Counter(
            json.loads(line)["patient_id"]
            for date in store.list(folder)
            for file in store.list(f"{folder}/{date.name}")
            for line in store.read(f"{folder}/{date.name}/{file.name}").splitlines()
        )

    def quarantine(self) -> list[dict]:
        """Lines of all live reject files."""
        return [
            json.loads(line)
            for path in self.state.rejects
            for line in self.pool.store.read(path).splitlines()
        ]

    def rewrite(self, path, change) -> None:
        """Put other content in a file's place."""
        content = self.pool.store.read(path)
        self.pool.store.delete(path)
        self.pool.write(path, change(content))

    def rewrite_json(self, path, change) -> None:
        """Change the members of a JSON file where it stands."""

        def changed(content):
            fields = json.loads(content)
            change(fields)
            return json.dumps(fields).encode()

        self.rewrite(path, changed)

    def drop(self, path, *names) -> None:
        """Take members out of a JSON file, as an earlier version had none."""
        self.rewrite_json(path, lambda fields: [fields.pop(name, None) for name in names])

    def make_old(self) -> None:
        """Take the hashes out of all manifests and of the newest snapshot, as an earlier version had none."""
        state = self.state
        for seq in range(1, state.seq + 1):
            self.drop(self.log.layout.commit(seq), "previous", "snapshot", "issues", "cubes")
        if state.snapshot:
            names = ("file_digests", "reject_digests", "head", "linked_from", "issues", "cubes")
            self.drop(self.log.layout.snapshot(state.snapshot), *names)

    def flip(self, path) -> None:
        """Change one byte; length and line count stay."""
        self.rewrite(path, lambda content: content.replace(b"patient", b"pbtient", 1))

    def crc32(self, path) -> int:
        return zlib.crc32(self.pool.store.read(path))


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty root, on 21 December 2025."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-21T12:00:00+00:00")
    pool = StorePool(LocalStore(tmp_path))
    yield Place(pool)
    pool.close()


@pytest.fixture
def days():
    """The span that holds only the day of the tests' records."""
    return dt.date.fromisoformat(DAY), dt.date.fromisoformat(DAY)


@pytest.fixture
def feed(place, tmp_path, monkeypatch):
    """A root whose topic holds facts."""
    folder = tmp_path / "formats"
    folder.mkdir()
    shutil.copy(Path(__file__).with_name("facts_format.py"), folder / "facts.py")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(folder)])
    place.settings = replace(place.settings, source=Source(format="facts"))
    return place


@pytest.fixture
def filled(place):
    """Two batches of two dates, with rejects."""
    for part in range(2):
        place.send(place.record(2 * part), place.record(2 * part + 1, visit_date="2025-12-19"), b"wrong")
        place.ingest()
    return place
