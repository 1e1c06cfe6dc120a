"""Two days of synthetic records in a topic, and what the embedded engine makes of them."""

import json
import uuid
from dataclasses import dataclass
from pathlib import Path

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.devstack.stack import StackAddresses
from tests.cluster.standalone import QUICK
from tests.faults.sandbox import Run, Sandbox, new_sandbox

BEFORE, DAY = "2025-12-21", "2025-12-22"
RECORDS = 20_000
PATIENCE = "200"
"""Seconds for the setting `retry.deadline`: the machine may be busy with other tests."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A topic that any number of runs may read, each into a root of its own."""

    sandbox: Sandbox
    expected: dict[str, bytes]
    """Every CSV file of DAY by its path below the reports, by the embedded engine."""

    def start(self, *arguments: str, spark: dict[str, str] | None = None, **environ: str) -> tuple[Run, str]:
        """Start `healthtrends run DAY ARGUMENTS` in an empty root; gives the command and the root.

        `spark` holds Spark's own settings, `environ` more environment variables.
        """
        root = f"{self.sandbox.root}/{uuid.uuid4().hex[:8]}"
        conf = {"spark.driver.extraJavaOptions": QUICK, "spark.executor.extraJavaOptions": QUICK}
        told = {
            "HEALTHTRENDS_HDFS__ROOT": root,
            "HEALTHTRENDS_SPARK__CONF": json.dumps(conf | (spark or {})),
            "HEALTHTRENDS_RETRY__DEADLINE": PATIENCE,
        }
        return self.sandbox.start("run", DAY, *arguments, **(told | environ)), root

    def reports(self, root: str) -> dict[str, bytes]:
        """The same below the root of another run."""
        return reports(self.sandbox.store(), root)


def make_sample(servers: StackAddresses, folder: Path) -> Sample:
    """Produce the records and have the embedded engine report on them, both by the command line."""
    sandbox = new_sandbox(servers, folder)
    sandbox.environ["HEALTHTRENDS_INGEST__BATCH_RECORDS"] = str(RECORDS // 4)  # several files a date
    sandbox.start(
        "produce", "--synthetic", str(RECORDS), "--seed", "6", "--from", BEFORE, "--to", DAY
    ).end()  # fmt: skip
    sandbox.start("run", DAY, "--engine", "embedded").end()
    return Sample(sandbox, reports(sandbox.store(), sandbox.root))


def reports(store: HdfsStore, root: str) -> dict[str, bytes]:
    """Every file of DAY with rows, by its path below the reports."""
    folders = [f"{entry.name}/date={DAY}" for entry in store.list(f"{root}/reports") if entry.is_folder]
    paths = [f"{folder}/{file.name}" for folder in folders for file in store.list(f"{root}/reports/{folder}")]
    return {path: store.read(f"{root}/reports/{path}") for path in paths if path.endswith(".csv")}
