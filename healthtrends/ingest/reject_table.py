"""Rejects as a table: Parquet or CSV for other programs, with or without the messages' bytes.

Rows come and go in small groups, so memory stays flat however many rejects there are.
"""

import base64
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Final, Literal

from healthtrends.ingest.quarantine import Reject
from healthtrends.model.csvtext import csv_bytes, for_spreadsheet
from healthtrends.model.rules import broker_time

TableKind = Literal["parquet", "csv"]
DatedReject = tuple[str, Reject]
"""Day of ingest and reject."""
Row = Mapping[str, object]

COLUMNS: Final = (
    "ingested", "topic", "partition", "offset", "received", "reason", "field", "part",
    "message_bytes", "kept_bytes",
)  # fmt: skip
"""Day of ingest; place on the topic; broker time (UTC); why, and in which field or part; bytes of the message
(null: it had no value), and how many of them are kept."""
CONTENT: Final = {"parquet": "content", "csv": "content_base64"}
"""The column of the kept bytes: in CSV as base64."""
_ROWS: Final = 200
"""Rows of a group: with content some 13 MB at most, as by default 64 KiB are kept of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableForm:
    """What the file looks like."""

    kind: TableKind
    content: bool = False
    """With what is kept of each message."""
    spreadsheet: bool = False
    """CSV whose formulas are mere text: Base64 may begin with a plus."""


def write_table(file: BinaryIO, form: TableForm, rejects: Iterable[DatedReject]) -> int:
    """Write the rejects in their order; return their number."""
    columns = (*COLUMNS, CONTENT[form.kind]) if form.content else COLUMNS
    groups = _groups(rejects, CONTENT[form.kind])
    if form.kind == "parquet":
        return _write_parquet(file, columns, groups)
    return _write_csv(file, columns, groups, spreadsheet=form.spreadsheet)


def _groups(rejects: Iterable[DatedReject], content: str) -> Iterator[Sequence[Row]]:
    rows = ({**_row(*dated), content: dated[1].raw_base64} for dated in rejects)
    while group := tuple(islice(rows, _ROWS)):
        yield group


def _row(day: str, reject: Reject) -> dict[str, object]:
    kept = reject.kept
    return {
        "ingested": dt.date.fromisoformat(day),
        "received": reject.timestamp,
        "message_bytes": kept if reject.raw_bytes is None else reject.raw_bytes,
        "kept_bytes": kept,
        **{name: getattr(reject, name) for name in COLUMNS[1:4] + COLUMNS[5:8]},
    }


def _write_parquet(file: BinaryIO, columns: Sequence[str], groups: Iterable[Sequence[Row]]) -> int:
    import pyarrow as pa  # noqa: PLC0415  a fifth of a second that only this format needs
    import pyarrow.parquet as pq  # noqa: PLC0415

    types = {
        "ingested": pa.date32(), "partition": pa.int32(), "offset": pa.int64(),
        "received": pa.timestamp("ms", "UTC"), "message_bytes": pa.int64(), "kept_bytes": pa.int64(),
        CONTENT["parquet"]: pa.binary(),
    }  # fmt: skip
    schema = pa.schema([(name, types.get(name, pa.string())) for name in columns])
    written = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in groups:
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            written += len(group)
    return written


def _write_csv(
    file: BinaryIO, columns: Sequence[str], groups: Iterable[Sequence[Row]], *, spreadsheet: bool
) -> int:
    header, written = csv_bytes(tuple(columns), ()), 0
    file.write(header)
    for group in groups:
        rows = [tuple(_text(name, row[name]) for name in columns) for row in group]
        shown = for_spreadsheet(rows) if spreadsheet else rows
        file.write(csv_bytes(tuple(columns), shown)[len(header) :])
        written += len(group)
    return written


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return broker_time(value) if name == "received" and isinstance(value, int) else str(value)
