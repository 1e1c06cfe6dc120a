# ruff: noqa: INP001  a part of the documentation's scripts, no package
"""What an amount of messages a day comes to, by unit costs: cores, commits, files, bytes, heap."""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from healthtrends.config.intake import Ingest
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.compact import LARGEST
from healthtrends.storage.manifest import Manifest, Position, encode
from healthtrends.storage.staged_file import StagedFile

COSTS = Path(__file__).parent / "scaling.toml"
DAY = 86_400
YEAR = 365
BLOCK = 128 * 2**20
"""`dfs.blocksize`, and below the most entries of a folder: defaults of Hadoop 3.5.0 (hdfs-default.xml)."""
MOST_ENTRIES = 1_048_576


@dataclass(frozen=True)
class Costs:
    """docs/scaling.toml: what was measured, and what is assumed of the feed."""

    cost: dict[str, dict[str, Any]]
    feed: dict[str, float]
    volume: list[dict[str, Any]]
    contention: list[dict[str, Any]]
    simulated: list[dict[str, Any]]
    kept: list[dict[str, Any]]

    def __getitem__(self, name: str) -> float:
        return float(self.cost[name]["value"])

    @property
    def dates(self) -> int:
        """Dates that a commit has records of."""
        return int(1 + self.feed["late_dates"])

    def volumes(self) -> "list[Volume]":
        """Each amount of messages that the page is about."""
        return [Volume(self, **given) for given in self.volume]


def recorded() -> Costs:
    """Read the file."""
    return Costs(**tomllib.loads(COSTS.read_text("utf-8")))


class Volume:
    """One amount of messages a day, with the settings recommended for it."""

    def __init__(
        self,
        costs: Costs,
        messages: int,
        commit_interval: int,
        batch_records: int = Ingest().batch_records,
        batch_bytes: int = Ingest().batch_bytes,
    ) -> None:
        feed = costs.feed
        self._costs = costs
        self.messages = messages
        self.commit_interval = commit_interval
        self.batch_records = batch_records
        self.batch_bytes = batch_bytes
        self.rate = messages / DAY
        self.cores = math.ceil(self.rate * feed["headroom"] / costs["ingest_records_a_core"])
        self.records = messages * (1 - feed["reject_share"])
        self.record_bytes = self.records * costs["record_bytes"]
        self.reject_bytes = messages * feed["reject_share"] * costs["reject_bytes"]

    @property
    def commits(self) -> float:
        """A day: a batch is closed by time, by records or by bytes."""
        by_time = self.cores * DAY / self.commit_interval
        return max(by_time, self.messages / self.batch_records, self.record_bytes / self.batch_bytes)

    @property
    def log_load(self) -> float:
        """Share of the commits that one log takes."""
        return self.commits / DAY / self._costs["log_commits_a_second"]

    @property
    def files(self) -> float:
        """A day before merging: one for each date of a commit, and its rejects."""
        return self.commits * (self._costs.dates + 1)

    @property
    def stored(self) -> float:
        """Bytes that a day leaves on HDFS for good, one copy: data, cube, reports, issues, release."""
        costs = self._costs
        published = costs.dates * costs["issue_bytes"] + costs["report_bytes"] + costs["release_bytes"]
        return self.record_bytes + self.reject_bytes + self.records * costs["cube_bytes"] + published

    @property
    def topic(self) -> float:
        """Bytes of the topic, a message taken to be as long as its stored record."""
        feed = self._costs.feed
        return self.messages * self._costs["record_bytes"] * feed["retention_days"] * feed["replication"]

    def report_cores(self, engine: str) -> int:
        """Cores that make a day's reports in the time allowed."""
        seconds = self._costs.feed["report_hours"] * 3600
        return math.ceil(self.records / (self._costs[f"{engine}_records_a_core"] * seconds))

    def objects(self) -> dict[str, float]:
        """What stays of a date in the NameNode's memory: folders, files, blocks."""
        costs, issues = self._costs, self._costs.dates
        cube_blocks = self.records * costs["cube_bytes"] // BLOCK
        return {
            "records of a date": self._data(self.record_bytes),
            "rejects of a day": self._data(self.reject_bytes),
            "its cube": 2 * costs["cube_files"] + costs["cube_folders"] + cube_blocks,
            "folders of its reports": 2 * costs["report_files"] + costs["report_folders"],
            f"its {issues} issues": issues * 2 * costs["issue_files"] + 3,
            "its release": 2 * costs["release_files"] + costs["release_folders"],
            "lists of the log": 2 * 2,
            "a run record": 2,
        }

    def _data(self, held: float) -> float:
        """Of a merged day: its folder, large files, the small ones that no run merges, all blocks."""
        small = min(Ingest().compact_above, self.commits)
        return 1 + math.ceil(held / LARGEST) + math.ceil(held / BLOCK) + 2 * small


def manifest_bytes(partitions: int, shards: int, dates: int) -> int:
    """Length of one commit's manifest, a million messages a partition, by the code that writes them."""
    own = range(max(1, partitions // shards))
    path = "date=2025-12-22/part-000000000001-0123456789abcdef.jsonl"
    file = StagedFile(
        src=f"/healthTrend/_ht/staging/000000000001/0123456789abcdef/{path[5:15]}-0123456789abcdef.jsonl",
        dst=f"/healthTrend/patient_json/{path}",
        date="2025-12-22",
        lines=100_000,
        bytes=28_910_000,
        crc32=1_894_845_077,
        ranges=tuple((partition, 10**9, 10**9 + 10**6) for partition in own),
        min_recorded_at="2025-12-22T15:33:33.02Z",
        max_recorded_at="2025-12-22T15:33:33.02Z",
    )
    made = Manifest(
        seq=10**6,
        nonce="0123456789abcdef",
        kind="data",
        mode="follow",
        cluster_id="0123456789abcdef012345",
        topic="patient-records",
        topic_id="0123456789abcdef012345",
        clock_date="2025-12-22",
        key_id="0123456789abcdef",
        program_version="0.1.0",
        committed_at="2025-12-22T15:34:34.657+00:00",
        parts={partition: Position(10**9, 900_000, "follow") for partition in range(partitions)},
        add=(file,) * dates,
        rejects=(file,),
        counts=Counts(10**6, 10**4, 10**6),
        watermark=1_766_448_000_000,
    )
    return len(encode(made))
