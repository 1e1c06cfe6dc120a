"""What does a date put on HDFS, in folders, files and bytes, and what does every further issue of it add?

Records of two dates are sent, stored and reported, one date after the other; then a few late ones come for
the second, and it is reported again. What the first date made is left out: some folders are made only once.
A folder and a file are one object each in the NameNode's memory, a block one more; every file here has one
block. docs/explanation/scaling.md reckons with these figures.

    python benchmarks/unit_costs.py [--records N]
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator

from kit.measure import cli, table
from kit.servers import fresh, own_servers

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool

DATES = ("2025-12-21", "2025-12-22")
LATE = 1_000
BAD_SHARE = "0.01"
PARTS = ("folders", "files", "bytes")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a date costs on HDFS.")
    parser.add_argument("--records", type=int, default=100_000)
    asked = parser.parse_args()
    with own_servers() as servers:
        root = f"/bench/{fresh('root')}"
        environ = servers.environ(fresh("costs"), root) | {"HEALTHTRENDS_RELEASE__ENABLED": "true"}
        store = HdfsStore(servers.addresses.hdfs_url, {})
        seen = []
        for seed, (date, records) in enumerate([*((d, asked.records) for d in DATES), (DATES[1], LATE)], 1):
            print(f"{records:,} records of {date}", file=sys.stderr)
            one_day = ["--from", date, "--to", date, "--seed", str(seed), "--bad-share", BAD_SHARE]
            cli("produce", "--synthetic", str(records), *one_day, environ=environ)
            cli("run", date, environ=environ)
            seen.append(found(store, root))
        print(f"{asked.records:,} messages of each date, then {LATE:,} late ones of the second.\n")
        header = ["below", *(f"{part}, {of}" for of in ("a date", "another issue") for part in PARTS)]
        print(table(header, [row(kind, *(each[kind] for each in seen)) for kind in sorted(seen[0])]), "\n")
        print(per_line(store, root))


def row(kind: str, first: Counter[str], second: Counter[str], third: Counter[str]) -> list[str]:
    """What a kind of folder got by the second date, and by its second issue."""
    grown = (
        (later[part] - earlier[part])
        for earlier, later in ((first, second), (second, third))
        for part in PARTS
    )
    return [f"`{kind}`", *(f"{number:,}" for number in grown)]


def found(store: HdfsStore, root: str) -> dict[str, Counter[str]]:
    """Folders, files and bytes, by the folder of the root, and of `_ht`, that they lie in."""
    kinds: dict[str, Counter[str]] = {}
    for path, length in tree(store, root):
        names = path.removeprefix(f"{root}/").split("/")
        kind = "/".join(names[:2]) if names[0] == "_ht" else names[0]
        count = kinds.setdefault(kind, Counter())
        count.update({"folders": 1} if length is None else {"files": 1, "bytes": length})
    return kinds


def tree(store: HdfsStore, folder: str) -> Iterator[tuple[str, int | None]]:
    """Everything below a folder, with its length; None: a folder."""
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        yield path, None if entry.is_folder else entry.length
        if entry.is_folder:
            yield from tree(store, path)


def per_line(store: HdfsStore, root: str) -> str:
    """Bytes of a stored record, and of a reject, over all of them."""
    pool = StorePool(store)
    state = CommitLog(pool, Layout(root), 200).read_state()
    rows = []
    for name, lists in (("a stored record", state.files), ("a reject", state.reject_files)):
        files = [file for day in lists.values() for file in day.values()]
        lines, size = sum(file.lines for file in files), sum(file.bytes for file in files)
        rows.append([name, f"{lines:,}", f"{size / lines:,.1f}"])
    pool.close()
    return table(["what", "lines", "bytes each"], rows)


if __name__ == "__main__":
    main()
