# ruff: noqa: INP001  a script of the documentation, no package
"""Writes the tables of docs/explanation/scaling.md from the unit costs in docs/scaling.toml (`make docs`).

The page's text is written by hand; each table stands behind a mark, `<!-- table: NAME -->`, and is replaced.
A test compares the page with what this gives, so that no figure of a table is made by hand.
"""

import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from docs.reckon_scaling import DAY, MOST_ENTRIES, YEAR, Costs, Volume, manifest_bytes, recorded
from healthtrends.config.intake import Ingest

PAGE = "scaling.md"
INTERVALS = (10, 60, 300)
SHARDS = (1, 4, 16)
_MARK = re.compile(r"(<!-- table: (\w+) -->)(?:\n\n?\|[^\n]*(?:\n\|[^\n]*)*)?")
_UNITS = (("PB", 15), ("TB", 12), ("GB", 9), ("MB", 6), ("kB", 3))
_SIMULATED = {
    "commits": "commits so far",
    "start_calls": "calls of a start",
    "start_kb": "kB that it reads",
    "state_kb": "kB of a writer's state in memory",
    "commit_ms": "ms of processor of a commit",
    "snapshot_ms": "ms of a snapshot",
    "merge_ms": "ms of merging one day",
    "largest_folder": "entries of the largest folder of `_ht`",
    "data_files": "files of records and rejects",
    "most_files": "of them on one day at most",
    "removed_files": "removed files, in their grace period",
    "log_files": "files of the log",
}


def costs_table(costs: Costs) -> str:
    """Every unit cost with its source."""
    rows = [
        [cost["what"], f"{amount(cost['value'])} {cost['unit']}", _linked(cost["source"])]
        for cost in costs.cost.values()
    ]
    return table(["what", "cost", "measured by"], rows)


def volumes_table(costs: Costs) -> str:
    """A day of each volume."""
    return _beside(costs, [_day(costs.feed, volume) for volume in costs.volumes()])


def _day(feed: Mapping[str, float], of: Volume) -> dict[str, str]:
    copies, hours = f"{feed['replication']:g} copies", f"{feed['report_hours']:g} h"
    return {
        "messages/s on average": amount(of.rate),
        f"cores for ingest of {feed['headroom']:g} times that": amount(of.cores),
        "shards (processes that follow)": amount(of.cores),
        "`ingest.commit_interval`, s": amount(of.commit_interval),
        "`ingest.batch_records`": amount(of.batch_records),
        "`ingest.batch_bytes`": amount(of.batch_bytes),
        "commits a day": amount(of.commits),
        "share of what one log takes": f"{of.log_load:.1%}",
        "files a day before merging": amount(of.files),
        "stored a day, one copy": size(of.stored),
        f"disks for a year, {copies}": size(of.stored * YEAR * feed["replication"]),
        f"topic of {feed['retention_days']:g} days, {copies}": size(of.topic),
        f"cores for the reports in {hours}, embedded": amount(of.report_cores("embedded")),
        f"cores for the reports in {hours}, Spark": amount(of.report_cores("spark")),
    }


def objects_table(costs: Costs) -> str:
    """What stays of a date in the NameNode's memory."""
    columns = []
    for volume in costs.volumes():
        objects = volume.objects()
        heap = sum(objects.values()) * YEAR * costs["object_bytes"]
        columns.append(
            {kind: amount(number) for kind, number in objects.items()}
            | {"**together**": amount(sum(objects.values()))}
            | {"heap after a year": size(heap), "heap after ten years": size(10 * heap)}
        )
    return _beside(costs, columns)


def intervals_table(costs: Costs) -> str:
    """What a follower of one shard leaves of a date, if it gets records of it all day."""
    header = ["commit interval, s", "files of a date", "objects a day before merging", "merging a date takes"]
    header += ["days until a folder is full, never merged"]
    rows = []
    for seconds in INTERVALS:
        files = DAY // seconds
        rows.append(
            [
                amount(seconds),
                amount(files),
                amount(files * 2 * (costs.dates + 1)),
                f"{files * costs['merge_ms_a_file'] / 1000:.0f} s",
                amount(MOST_ENTRIES / files),
            ]
        )
    return table(header, rows)


def kept_table(costs: Costs) -> str:
    """What a snapshot and an issue keep of a merged date, before names were ranges and now."""
    header = ["commits of a date", "partitions", "commits that have it", "its list before", "its list now"]
    header += ["offsets in it", "names in an issue before", "now"]
    names = ("list_before", "list_now", "offsets", "names_before", "names_now")
    rows = [
        [amount(found["commits"]), str(found["partitions"]), f"{found['share']:.0%}"]
        + [size(1000 * found[name]) for name in names]
        for found in costs.kept
    ]
    return table(header, rows)


def shards_table(costs: Costs) -> str:
    """How many shards a log bears."""
    most = costs["log_commits_a_second"]
    rows = [
        [
            amount(seconds),
            amount(math.floor(most * seconds / 2)),
            *(f"{n / seconds / most:.0%}" for n in SHARDS),
        ]
        for seconds in INTERVALS
    ]
    return table(
        ["commit interval, s", "shards at half load", *(f"load of {_shards(n)}" for n in SHARDS)], rows
    )


def contention_table(costs: Costs) -> str:
    """What writers of one log reach together, and each of them."""
    header = ["writers", "each commits every", "commits/s of the log", "s a commit, median", "s, 99 of 100"]
    names = ("writers", "pace", "commits_a_second", "p50", "p99")
    return table(header, [[str(found[name]) for name in names] for found in costs.contention])


def manifests_table(costs: Costs) -> str:
    """Bytes of one manifest."""
    rows = [
        [amount(partitions), *(size(manifest_bytes(partitions, n, costs.dates)) for n in SHARDS)]
        for partitions in (16, 100, 1_000)
    ]
    return table(["partitions of the topic", *(f"a manifest of {_shards(n)}" for n in SHARDS)], rows)


def heads_table(costs: Costs) -> str:
    """What a start reads, by age."""
    manifests = Ingest().snapshot_every * manifest_bytes(16, 4, costs.dates)
    heads = [(years, years * YEAR * costs["head_bytes_a_day"]) for years in (1, 10, 30)]
    rows = [
        [amount(years), amount(years * YEAR), size(head), size(head + manifests)] for years, head in heads
    ]
    return table(["years", "dates", "head of a snapshot", "a start reads at most"], rows)


def simulated_table(costs: Costs) -> str:
    """The simulation's figures."""
    header = ["at the end of year", *(amount(year["year"]) for year in costs.simulated)]
    rows = [[said, *(amount(year[name]) for year in costs.simulated)] for name, said in _SIMULATED.items()]
    return table(header, rows)


TABLES: dict[str, Callable[[Costs], str]] = {
    "costs": costs_table,
    "volumes": volumes_table,
    "objects": objects_table,
    "intervals": intervals_table,
    "kept": kept_table,
    "shards": shards_table,
    "contention": contention_table,
    "manifests": manifests_table,
    "heads": heads_table,
    "simulated": simulated_table,
}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _beside(costs: Costs, columns: Sequence[Mapping[str, str]]) -> str:
    header = ["messages a day", *(amount(volume["messages"]) for volume in costs.volume)]
    names = list(columns[0])
    return table(header, [[name, *(column[name] for column in columns)] for name in names])


def amount(value: float) -> str:
    """A number; three digits of one that is not whole."""
    return f"{value:.3g}" if value < 1000 and value != int(value) else f"{math.ceil(value):,}"


def size(value: float) -> str:
    """Bytes in decimal units, three digits."""
    unit, digits = next(((unit, digits) for unit, digits in _UNITS if value >= 10**digits), ("B", 0))
    return f"{float(f'{value / 10**digits:.3g}'):,g} {unit}"


def _shards(number: int) -> str:
    return "one shard" if number == 1 else f"{number} shards"


def _linked(source: str) -> str:
    path = Path(__file__).parents[1] / source
    return f"[{path.name}](../../{source})" if path.exists() else source


def page(text: str) -> str:
    """The page with every table made anew."""
    costs = recorded()
    return _MARK.sub(lambda mark: f"{mark[1]}\n\n{TABLES[mark[2]](costs)}", text)


def main() -> None:
    """Write the page anew in a folder."""
    path = Path(sys.argv[1]) / PAGE
    path.write_text(page(path.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
