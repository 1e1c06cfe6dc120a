"""Datasets of a run while it goes on: what was read and written of each so far."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from healthtrends.adapters.lineage.events import (
    Facet,
    Facets,
    InputDataset,
    OutputDataset,
    facet,
    input_subset,
    output_subset,
)
from healthtrends.model.record_schema import fields as record_fields
from healthtrends.reports.registry import find_schema

_MOST_DATES = 100
"""Named one by one; a run over years would send them with each of its reports."""
_TYPES = {"text": "string", "whole": "integer", "number": "number"}


@dataclass(slots=True)
class Dataset:
    """A topic, or a folder of all dates."""

    namespace: str
    name: str
    columns: list[Facet] = field(default_factory=list)
    rows: int = 0
    size: int | None = None
    """Bytes; None: not known."""
    files: int | None = None
    """None: it has none, or not known."""
    dates: set[str] = field(default_factory=set)
    version: int | None = None
    """Newest commit that was read or written."""
    gates: dict[str, bool] = field(default_factory=dict)
    """Whether each gate was passed."""

    def count(self, rows: int, size: int | None = None, files: int | None = None) -> None:
        """Add what was read or written."""
        self.rows += rows
        self.size = _sum(self.size, size)
        self.files = _sum(self.files, files)

    def note(self, seq: int, dates: Iterable[str]) -> None:
        """Note the commit and the dates."""
        self.version = max(seq, self.version or 0)
        self.dates.update(dates)

    def as_input(self) -> InputDataset:
        """What was read."""
        found = facet("inputStatistics", **self._statistics()) | self._subset(input_subset)
        if self.gates:
            gates = [{"assertion": name, "success": passed} for name, passed in sorted(self.gates.items())]
            found |= facet("dataQualityAssertions", assertions=gates)
        return InputDataset(self.namespace, self.name, self._facets(), found)

    def as_output(self) -> OutputDataset:
        """What was written."""
        found = facet("outputStatistics", **self._statistics()) | self._subset(output_subset)
        return OutputDataset(self.namespace, self.name, self._facets(), found)

    def _facets(self) -> Facets:
        schema = facet("schema", fields=self.columns) if self.columns else {}
        version = {} if self.version is None else facet("version", datasetVersion=str(self.version))
        return schema | version

    def _statistics(self) -> Facet:
        found = {"rowCount": self.rows, "size": self.size, "fileCount": self.files}
        return {name: number for name, number in found.items() if number is not None}

    def _subset(self, make: Callable[[Facet], Facets]) -> Facets:
        if not self.dates or len(self.dates) > _MOST_DATES:
            return {}
        partitions = [
            {"identifier": f"{self.name}/date={date}", "dimensions": {"date": date}}
            for date in sorted(self.dates)
        ]
        return make({"type": "partition", "partitions": partitions})


class Datasets:
    """Those of one direction, by their names."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Dataset] = {}

    def get(self, namespace: str, name: str, columns: Callable[[], list[Facet]] = list) -> Dataset:
        """Find a dataset, or begin it."""
        key = namespace, name
        if key not in self._found:
            self._found[key] = Dataset(namespace, name, columns())
        return self._found[key]

    def all(self) -> list[Dataset]:
        """In the order in which they came."""
        return list(self._found.values())


def topic_namespace(servers: str) -> str:
    """Namespace of a cluster's topics: its first broker."""
    return f"kafka://{servers.split(',', maxsplit=1)[0]}"


def hdfs_namespace(url: str) -> str:
    """Namespace of the files of a NameNode or name service."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def record_columns() -> list[Facet]:
    """Fields of a stored record."""
    return [{"name": each.name, "type": each.type, "description": each.rule} for each in record_fields()]


def report_columns(report: str) -> list[Facet]:
    """Columns of a report, as the registry has them."""
    return [
        {"name": column.name, "type": _TYPES[column.kind], "description": column.meaning}
        for column in find_schema(report).columns
    ]


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)
