"""Values of the pipeline as Arrow tables with fixed columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from healthtrends.analyze.line_batches import arrow_schema
from healthtrends.analyze.line_schema import NAMES
from healthtrends.errors import UsageError
from healthtrends.model.history import History
from healthtrends.orchestrate.alarm_list import REPORT, AlarmsOfDate
from healthtrends.publish.issue_manifest import Issue
from healthtrends.reports.registry import find_schema
from healthtrends.reports.report import decode_cell

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AlarmsOfDate", "alarm_days", "alarms", "history", "issues", "numbered", "records", "with_issue"]

_ISSUE_PLACE = 1
"""Column of the issue's number, behind the date."""


def with_issue(schema: "pa.Schema") -> "pa.Schema":
    """Add the column of the issue's number to the columns of a report."""
    import pyarrow as pa  # noqa: PLC0415  `import healthtrends` stays cheap

    return schema.insert(_ISSUE_PLACE, pa.field("issue", pa.int64()))


def numbered(table: "pa.Table", number: int) -> "pa.Table":
    """Put the number of the issue into each row."""
    import pyarrow as pa  # noqa: PLC0415  as above

    numbers = pa.array([number] * table.num_rows, pa.int64())
    return table.add_column(_ISSUE_PLACE, pa.field("issue", pa.int64()), numbers)


def issues(found: Sequence[Issue]) -> "pa.Table":
    """One row an issue."""
    import pyarrow as pa  # noqa: PLC0415  as above

    fields = {
        "date": pa.date32(),
        "issue": pa.int64(),
        "published_at": pa.timestamp("ms", "UTC"),
        "reason": pa.string(),
        "sequence": pa.int64(),
        "state": pa.string(),
        "feed": pa.string(),
        "records": pa.int64(),
        "released_issue": pa.int64(),
    }
    rows = [
        (
            each.date,
            each.number,
            each.moment,
            each.source.reason,
            each.source.seq,
            each.source.state,
            "observed" if each.source.fed else "none",
            each.source.input_records,
            each.source.release.issue if each.source.release else None,
        )
        for each in found
    ]
    return _of_rows(fields, rows)


def history(found: History, code: str) -> "pa.Table":
    """One row a day; a code that nobody had has zeros on the days that were observed."""
    import pyarrow as pa  # noqa: PLC0415  as above

    unknown = [None if state != "observed" else 0 for state in found.states]
    patients = found.patients.get(code.upper(), unknown)
    fields = {"date": pa.date32(), "state": pa.string(), "patients": pa.int64(), "visits": pa.int64()}
    return _of_rows(fields, list(zip(found.dates, found.states, patients, found.visits, strict=True)))


def alarms(found: Sequence[AlarmsOfDate]) -> "pa.Table":
    """One row an alarm of a date."""
    import pyarrow as pa  # noqa: PLC0415  as above

    columns = find_schema(REPORT).columns
    types = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64()}
    texts = {name: pa.string() for name in ("kind", "by", "at", "date", "note")}
    fields = {column.name: types[column.kind] for column in columns}
    fields |= {"date": pa.date32(), "since": pa.date32(), "issue": pa.int64(), "days": pa.int64()}
    fields["said"] = pa.list_(pa.struct(texts))
    rows = []
    for listed in found:
        for alarm in listed.alarms:
            document = alarm.to_dict()
            row: dict[str, object] = {
                each.name: decode_cell(each.kind, alarm.row.get(each.name, "")) for each in columns
            }
            row |= {"date": listed.date, "since": alarm.since, "issue": listed.issue, "days": alarm.days}
            rows.append(tuple({**row, "said": document["said"]}[name] for name in fields))
    return _of_rows(fields, rows)


def alarm_days(found: Sequence[AlarmsOfDate]) -> "pa.Table":
    """One row a date."""
    import pyarrow as pa  # noqa: PLC0415  as above

    fields = {
        "date": pa.date32(),
        "issue": pa.int64(),
        "state": pa.string(),
        "answer": pa.string(),
        "alarms": pa.int64(),
    }
    return _of_rows(
        fields, [(each.date, each.issue, each.state, each.answer, len(each.alarms)) for each in found]
    )


def records(columns: Sequence[str] | None) -> "pa.Schema":
    """Columns of stored lines, all or some. Raises UsageError for a name that is none."""
    unknown = sorted(set(columns or ()) - {*NAMES})
    if unknown:
        raise UsageError(f"a record has no {', '.join(unknown)}", f"it has {', '.join(NAMES)}", "")
    return arrow_schema(NAMES if columns is None else columns)


def _of_rows(fields: "dict[str, pa.DataType]", rows: Sequence[tuple[object, ...]]) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415  as above

    columns = zip(*rows, strict=True) if rows else [()] * len(fields)
    arrays = [pa.array(list(values), kind) for values, kind in zip(columns, fields.values(), strict=True)]
    return pa.table(arrays, schema=pa.schema(fields.items()))
