"""The metrics of real commands on real servers say what `status --json` says."""

import json
from pathlib import Path

from healthtrends.observe import metrics
from tests.faults.sandbox import DAY, Sandbox, wait_until
from tests.operations.conftest import BAD, RECORDS, RETENTION_SECONDS
from tests.operations.scrape import Scrape, address_of, fetch

FOLLOWER = {
    "RECORDS", "REJECTS", "LAG", "LAG_SECONDS", "HEADROOM", "HEADROOM_SECONDS", "COMMIT_SEQUENCE",
    "COMMIT_SECONDS",
}  # fmt: skip
RUN = FOLLOWER | {
    "LAST_SUCCESS", "DURATION", "EXIT_CODE", "OLDEST_OPEN", "STALE", "GATE", "SILENT", "ALARMS",
}  # fmt: skip


def names(constants: set[str]) -> set[str]:
    return {getattr(metrics, name).name for name in constants}


def status_of(sandbox: Sandbox) -> dict:
    run = sandbox.start("status", "--json")
    run.end()
    return json.loads(run.out)


def check_intake(found: Scrape, status: dict, topic: str) -> None:
    """What both a follower and a run know: the messages, the commits and the partitions."""
    stored = found.values(metrics.RECORDS)
    assert stored[topic, "stored"] == status["commits"]["records"] == RECORDS
    assert stored[topic, "rejected"] == status["commits"]["rejects"] == BAD
    assert sum(found.values(metrics.REJECTS).values()) == BAD
    assert found.values(metrics.COMMIT_SEQUENCE) == {(): status["commits"]["last_seq"]}
    lags = found.values(metrics.LAG)
    assert (len(lags), sum(lags.values())) == (3, status["kafka"]["lag"])
    assert set(found.values(metrics.LAG_SECONDS).values()) == {0.0}
    assert sum(found.values(metrics.HEADROOM).values()) == RECORDS + BAD
    assert set(found.values(metrics.HEADROOM_SECONDS).values()) == {float(RETENTION_SECONDS)}


def test_a_live_follower_tells_what_status_tells(filled):
    """Scraped while it runs; it knows nothing of reports, so it says nothing of them."""
    follower = filled.start("ingest", "--follow", HEALTHTRENDS_METRICS__LISTEN="127.0.0.1:0")
    address = address_of(follower)

    def scraped() -> Scrape:
        return Scrape.of(fetch(address, "/metrics")[1])

    def is_stored() -> bool:
        families = scraped().families
        return metrics.LAG.name in families and sum(scraped().values(metrics.LAG).values()) == 0

    wait_until(is_stored)
    found = scraped()
    found.check_forms()
    assert set(found.families) == names(FOLLOWER)
    check_intake(found, status_of(filled), filled.topic)
    assert fetch(address, "/other")[0] == 404
    follower.terminate()
    follower.end()
    assert fetch(address, "/metrics")[0] == 0


def test_the_file_of_a_run_tells_what_status_tells(filled):
    """All of it: the run knows the reports too."""
    path = Path(filled.folder) / "healthtrends.prom"
    environ = {"HEALTHTRENDS_METRICS__TEXTFILE": str(path)}
    filled.start("run", DAY, **environ).end()
    status, found = status_of(filled), Scrape.of(path.read_text("utf-8"))
    found.check_forms()
    assert set(found.families) == names(RUN)
    check_intake(found, status, filled.topic)
    assert found.values(metrics.EXIT_CODE) == {("run",): 0}
    stale = [date for date in status["dates"] if date["report"] == "stale"]
    assert found.values(metrics.STALE) == {(): len(stale)}
    assert found.values(metrics.OLDEST_OPEN)[()] > 0  # the four dates before DAY are missing
    assert set(found.values(metrics.GATE).values()) == {0}
    assert set(found.values(metrics.LAST_SUCCESS)) == {("run",)}
