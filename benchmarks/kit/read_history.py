"""Prints the seconds that a history takes in this process: arguments `year` or `month`, URL, root, last date.

From the first call to HDFS: the log is read, then the cubes. The modules are loaded before.
"""

import datetime as dt
import sys
from functools import partial

import pyarrow.parquet  # noqa: F401  loaded at its first use otherwise

from healthtrends import clock
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.orchestrate.history import DayTables, read_history, read_prior_days
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool

YEAR, MONTH = 365, 28


def main() -> None:
    """Measure once and print."""
    what, url, root, last = sys.argv[1:]
    date = dt.date.fromisoformat(last)
    pool = StorePool(HdfsStore(url, {}))
    begin = clock.monotonic()
    state = CommitLog(pool, Layout(root), 200).read_state()
    cubes = Cubes(pool, Layout(root))
    if what == "year":
        found = read_history(state, cubes, date, YEAR)
        whole = "unread" not in found.states and len(found.patients) > 1
    else:
        inputs = InputDigests(state)
        dates = [date - dt.timedelta(days=back) for back in range(MONTH)]
        heads = {day: cubes.find(day, inputs.digest(day) or "") for day in dates}
        days = {
            day: DayTables(head.totals, head.tables, partial(cubes.content, head))
            for day, head in heads.items()
            if head
        }
        counts = read_prior_days(pool, days, date)
        whole = all(heads.values()) and sum(counts.frequency_28) > 0
    seconds = clock.monotonic() - begin
    pool.close()
    if not whole:
        raise SystemExit("a cube is missing")
    print(seconds)


if __name__ == "__main__":
    main()
