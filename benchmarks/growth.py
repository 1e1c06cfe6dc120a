"""How much does half a year of small days put on HDFS and into the pages, and what does a late record add?

Synthetic records of 208 days are stored, and all days reported by one run. Then one record comes for a day
115 days before the last, and `run --reprocess stale` brings the reports up to date. Counted are the files and
bytes of the root beside the records themselves (`patient_json`), by the folder they lie in, and the local
pages. What the contract promises to readers of the root (CSV, `_meta.json` and `_SUCCESS` of eight reports,
four tables of `cube/`) is counted apart: 28 files a date, whatever the pipeline keeps for itself.

    python benchmarks/growth.py [--days N] [--records N] [--late N]
"""

import argparse
import datetime as dt
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from kit.measure import cli, table
from kit.servers import fresh, own_servers

from healthtrends.adapters.hdfs import HdfsStore

LAST = dt.date(2025, 12, 22)
LATE = 115
RECORDS = "patient_json"
PROMISED = re.compile(r"(reports/(?!page|exports)[^/]+|cube)/date=[^/]+/[^/]+$")
Counts = dict[str, Counter[str]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What half a year of small days puts on disk.")
    parser.add_argument("--days", type=int, default=208)
    parser.add_argument("--records", type=int, default=15_800)
    parser.add_argument("--late", type=int, default=LATE, help="days before the last")
    asked = parser.parse_args()
    first = LAST - dt.timedelta(days=asked.days - 1)
    with own_servers() as servers, tempfile.TemporaryDirectory() as pages:
        root = f"/bench/{fresh('root')}"
        environ = servers.environ(fresh("growth"), root) | {"HEALTHTRENDS_PUBLISH__LOCAL_DIR": pages}
        store = HdfsStore(servers.addresses.hdfs_url, {})
        span = ["--from", str(first), "--to", str(LAST)]
        cli("produce", "--synthetic", str(asked.records), *span, environ=environ)
        print(f"reporting {asked.days} days", file=sys.stderr)
        all_days = cli("run", *span, environ=environ)
        before = found(store, root, Path(pages))
        with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as late:
            json.dump(_record(LAST - dt.timedelta(days=asked.late)), late)
            late.flush()
            cli("produce", late.name, environ=environ)
        again = cli("run", "--reprocess", "stale", "--json", environ=environ)
        after = found(store, root, Path(pages))
    stale = len(json.loads(again.out)["dates"])
    print(f"{asked.days} days in {all_days.seconds:,.1f} s.")
    print(f"A late record made {stale} dates stale, which took {again.seconds:,.1f} s.\n")
    print(table(["below", "files", "kB", "files more", "kB more"], list(rows(before, after))))


def found(store: HdfsStore, root: str, pages: Path) -> Counts:
    """Files and bytes by kind."""
    counts: Counts = {}
    for path, length in tree(store, root):
        name = path.removeprefix(f"{root}/")
        parts = name.split("/")
        kind = "/".join(parts[:2]) if parts[0] in ("_ht", "reports") else parts[0]
        kind = "promised to readers" if PROMISED.fullmatch(name) else kind
        counts.setdefault(kind, Counter()).update(files=1, bytes=length)
    for file in pages.rglob("*"):
        if file.is_file():
            counts.setdefault("pages of this machine", Counter()).update(files=1, bytes=file.stat().st_size)
    return counts


def tree(store: HdfsStore, folder: str) -> Iterator[tuple[str, int]]:
    """Every file below a folder, with its length."""
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        if entry.is_folder:
            yield from tree(store, path)
        else:
            yield path, entry.length


def rows(before: Counts, after: Counts) -> Iterator[list[str]]:
    """A line a kind, then all of them but the records."""
    kinds = sorted(after)
    for kind in kinds:
        yield row(f"`{kind}`", before.get(kind, Counter()), after[kind])
    counted = [kind for kind in kinds if kind != RECORDS]
    sums = [sum((each.get(kind, Counter()) for kind in counted), Counter[str]()) for each in (before, after)]
    yield row(f"all but `{RECORDS}`", *sums)


def row(name: str, before: Counter[str], after: Counter[str]) -> list[str]:
    """What was there, and what came."""
    grown = {part: after[part] - before[part] for part in ("files", "bytes")}
    return [
        name,
        f"{before['files']:,}",
        f"{before['bytes'] / 1000:,.0f}",
        f"{grown['files']:,}",
        f"{grown['bytes'] / 1000:,.1f}",
    ]


def _record(date: dt.date) -> dict[str, object]:
    return {
        "patient_id": "late", "age": 44, "gender": "F", "diagnosis_code": "E11.9", "visit_date": str(date),
        "treatment_code": "T1", "outcome": "recovered", "recorded_at": f"{LAST}T08:00:00Z",
    }  # fmt: skip


if __name__ == "__main__":
    main()
