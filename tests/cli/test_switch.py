"""Another engine by one flag: on a real Kafka and HDFS it changes no byte of what is published."""

import json
import uuid
from collections.abc import Iterator

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.reports.registry import schemas
from tests.parity.published_files import engines_of, unsigned

FIRST, LAST = "2025-12-21", "2025-12-22"
QUICK = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
"""Java's quick compiler: for a process this short it halves the time."""


def files(store: HdfsStore, folder: str) -> Iterator[str]:
    """Paths of all files below a folder of HDFS."""
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        yield from files(store, path) if entry.is_folder else (path,)


def published(cli_on_stack, *engine: str) -> dict[str, bytes]:
    """All that a run leaves below `reports/` of an empty root, by path; pages tell its name: taken out."""
    root = f"/test/{uuid.uuid4().hex}"
    cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"] = root
    done = cli_on_stack(
        "run", "--from", FIRST, "--to", LAST, *engine, HEALTHTRENDS_SPARK__CONF=json.dumps(QUICK)
    )
    assert done.code == 0, done.err
    store = HdfsStore(cli_on_stack.environ["HEALTHTRENDS_HDFS__URL"], {})
    reports = f"{root}/reports"
    found = {path.removeprefix(f"{reports}/"): store.read(path) for path in files(store, reports)}
    return {path: content.replace(root.encode(), b"/root") for path, content in found.items()}


def test_another_engine_changes_no_byte_of_a_report(cli_on_stack):
    """CSV, exports, pages and what stands beside them, but for the names of engine and run."""
    sent = cli_on_stack("produce", "--synthetic", "400", "--seed", "6", "--from", FIRST, "--to", LAST)
    assert sent.code == 0, sent.err
    embedded, spark = published(cli_on_stack), published(cli_on_stack, "--engine", "spark")
    assert (engines_of(embedded), engines_of(spark)) == ({"embedded"}, {"spark"})
    assert unsigned(embedded) == unsigned(spark)
    assert len([path for path in embedded if path.endswith("part-00000.csv")]) == 2 * len(schemas())
