"""A root that commit d1168b1 wrote is read, verified and continued: no reader of a stored format is broken.

`fixtures/root-d1168b1.tar.xz` has its files (`store`) and its topic (`topic.json`): two partitions with
aborted messages, a marker and an unreadable batch, four dates of synthetic records with replacements,
cancellations, rejects and a replay. Four runs with the embedded engine published them; 2025-12-19 was
unpublished; record and reject files were compacted; the log has snapshots, and commits above the newest.
"""

import datetime as dt
import io
import json
import tarfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from healthtrends.ingest.quarantine import RejectFilter
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.publish.exports import exports
from healthtrends.storage.seal import Seal
from healthtrends.testing import MemoryMessage
from tests.faults.small_root import NOW, CountingPipeline
from tests.unit.ingesting import record

FIXTURE = Path(__file__).parents[1] / "fixtures" / "root-d1168b1.tar.xz"
UNPUBLISHED, *DATES = [dt.date(2025, 12, day) for day in (19, 20, 21, 22)]


@pytest.fixture
def local(tmp_path, monkeypatch):
    """A pipeline on the earlier root and its topic."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    with tarfile.open(FIXTURE) as tar:
        tar.extractall(tmp_path, filter="data")
    local = CountingPipeline(tmp_path / "store", seal=Seal(b"a key of the tests"), compact_above=1)
    topic = json.loads((tmp_path / "topic.json").read_text("utf-8"))
    for partition, text, kind in topic["messages"]:
        messages = local.messages.partitions.setdefault(partition, [])
        content = None if text is None else text.encode()
        messages.append(MemoryMessage(partition, len(messages), content, 1_766_400_000_000, kind))
    local.messages.unreadable = [tuple(batch) for batch in topic["unreadable"]]
    yield local
    local.close()


def faults(local):
    """What `verify` finds wrong, the topic compared too."""
    proof = Pipeline(local).maintenance.verify(None, against_topic=True)
    return [finding for finding in proof.findings if not finding["ok"]]


def test_it_verifies_as_it_is(local):
    """Log, snapshots, files, cubes, issues, run records and the topic agree."""
    assert faults(local) == []


def test_its_status_is_read(local):
    """Commits, dates, issues and the newest run are those that its version printed."""
    found = Pipeline(local).status()
    assert found["commits"] == {
        "skipped": 0, "fact_files": 0, "unresolved_fact_files": 0,
        "last_seq": 42, "records": 122, "rejects": 8,
        "head": "42:fdbf16b56735204cfcc9f5c17a82240155a8a0885c86cfd0d5a154f554191cb2",
    }  # fmt: skip
    assert [(date["report"], date["issue"]) for date in found["dates"]] == [
        ("unpublished", 5), ("final", 5), ("stale", 4), ("stale", 4),
    ]  # fmt: skip
    assert found["last_run"]["exit_code"] == 0


def test_its_rejects_are_read(local):
    """From the compacted file and the newer one; a replay has stored two of ten."""
    reasons = Counter(reject.reason for reject in Pipeline(local).maintenance.rejects(RejectFilter()))
    assert reasons == {"invalid_json": 5, "out_of_range": 3}


def test_every_issue_is_read_and_exported(local):
    """Reports, exports and page of each issue of each date."""
    pipeline = Pipeline(local)
    for date in DATES:
        issues = pipeline.published.all(date)
        assert [issue.number for issue in issues] == list(range(1, issues[-1].number + 1))
        for issue in issues:
            reports = {name: pipeline.published.read(issue, name) for name in issue.reports}
            table = pq.read_table(io.BytesIO(exports(issue, reports)["exports/trend_summary.parquet"]))
            assert table.num_rows == len(reports["trend_summary"].rows) > 0
            assert str(date) in pipeline.page(issue).decode()


def test_a_run_goes_on_and_everything_verifies(local):
    """A late record makes later dates stale; they are published, and the unpublished date stays so."""
    local.messages.send(0, record("new-1", visit_date=str(UNPUBLISHED)))
    local.messages.send(1, b"no record")
    done = local.run([UNPUBLISHED, *DATES])
    assert (done.stored, done.rejected) == (1, 1)
    assert [(row.action, row.issue) for row in done.dates] == [
        ("left out", 5), ("published", 6), ("published", 5), ("published", 5),
    ]  # fmt: skip
    assert [date["files"] for date in Pipeline(local).status()["dates"]] == [1, 1, 1, 1]
    assert faults(local) == []


def test_lost_files_of_it_are_made_again(local):
    """One of records and one of rejects, from the topic."""
    store = local.folder
    lost = [max(store.glob(f"r/{kind}/*/*.jsonl")) for kind in ("patient_json", "rejects")]
    for path in lost:
        path.unlink()
    made = Pipeline(local).maintenance.restage([f"/{path.relative_to(store)}" for path in lost])
    assert len(list(made)) == len(lost)
    assert faults(local) == []
