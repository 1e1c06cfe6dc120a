"""HealthTrends: patient records from Kafka to daily diagnosis trends.

The journey of a record, each step with the module to read first (a test checks that it is there):

    make       sources/synthetic.py     or read records: NDJSON, CSV, standard input
    produce    produce/send.py          send them to the topic, each delivery confirmed
    decode     formats/record.py        one message becomes a record or a rejection, never an exception
    ingest     ingest/runner.py         read the topic by position, stage by date, commit
    store      storage/log.py           the commit log: what is part of the data, and at which number
    analyze    analyze/compute_day.py   PySpark over the files that the log names for a date
    detect     detect/registry.py       history of aggregates in, alarms out
    publish    publish/issue_store.py   reports written aside, checked, renamed, numbered
    run        orchestrate/day.py       drives all of it for a date, retries what is transient

To read what it made from a program: `healthtrends.open("healthtrends.toml")`, see `healthtrends.read`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healthtrends.read import Data as Data
    from healthtrends.read import HealthTrendsError as HealthTrendsError
    from healthtrends.read import Records as Records
    from healthtrends.read import SparkData as SparkData
    from healthtrends.read import Table as Table
    from healthtrends.read import open as open  # noqa: A004  as other libraries have it

__version__ = "0.1.0.dev0"
"""The only place. With `.dev0` it is no release, and everything that names the program's version says so."""

JOURNEY = (
    ("make", "sources/synthetic.py"),
    ("produce", "produce/send.py"),
    ("decode", "formats/record.py"),
    ("ingest", "ingest/runner.py"),
    ("store", "storage/log.py"),
    ("analyze", "analyze/compute_day.py"),
    ("detect", "detect/registry.py"),
    ("publish", "publish/issue_store.py"),
    ("run", "orchestrate/day.py"),
)

READ_API = ("Data", "HealthTrendsError", "Records", "SparkData", "Table", "open")
"""Names of `healthtrends.read` that are here too, and loaded at their first use."""


def __getattr__(name: str) -> object:
    if name not in READ_API:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  only for who reads

    found: object = getattr(import_module("healthtrends.read"), name)
    return found
