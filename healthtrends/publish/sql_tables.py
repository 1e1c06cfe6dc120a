"""SQL for other programs: views of DuckDB, and tables of Spark, Hive and Trino, over published CSV files.

Names and types of columns are those of the reports. A folder `date=D` is a partition; a column of a report
that is called `date` too is `file_date`. Files are read by position, so columns that an earlier version did
not have are null.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from healthtrends.publish.released_tables import releasable, released_schema
from healthtrends.reports.registry import schemas
from healthtrends.reports.schema import Column, Kind, ReportSchema

Dialect = Literal["duckdb", "spark", "hive", "trino"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)

_TYPES: Mapping[Kind, str] = {"text": "string", "whole": "bigint", "number": "double"}
_PARTITION = "date"
_TEXTS = "_text"
"""End of the name of a table of texts.

The character that escapes there is one that no value holds: in these files a backslash is a backslash, and a
quote is doubled.
"""


def statements(dialect: Dialect, location: str, *, released: bool) -> Iterator[str]:
    """Give the statements for all reports below `location`, the address of the root.

    Names of exact reports begin with `internal_`, so that they are not taken for released ones.
    """
    for name, schema in (releasable() if released else schemas()).items():
        table = released_schema(schema) if released else schema
        folder = f"{location}/{'release' if released else 'reports'}/{name}"
        yield from _make(dialect, name if released else f"internal_{name}", table, folder)


def _make(dialect: Dialect, name: str, schema: ReportSchema, folder: str) -> Iterator[str]:
    if dialect == "duckdb":
        yield _duckdb(name, schema, folder)
        return
    if dialect == "spark":
        yield _spark(name, schema, folder)
        yield f"MSCK REPAIR TABLE `{name}`"
        return
    # Their readers of CSV with quotes know texts alone: a table of texts, and a view with the types.
    texts = f"{name}{_TEXTS}"
    if dialect == "hive":
        yield _hive(texts, schema, folder)
        yield f"MSCK REPAIR TABLE `{texts}`"
    else:
        yield _trino(texts, schema, folder)
        yield f"CALL system.sync_partition_metadata(CURRENT_SCHEMA, '{texts}', 'FULL')"
    yield _typed_view(dialect, name, schema)


def _duckdb(name: str, schema: ReportSchema, folder: str) -> str:
    kinds = {each: _TYPES[each.kind].replace("string", "varchar") for each in schema.columns}
    columns = ", ".join(f"'{_name(each)}': '{kind}'" for each, kind in kinds.items())
    shown = ", ".join(f'"{each}"' for each in (_PARTITION, *map(_name, schema.columns)))
    return f"""CREATE OR REPLACE VIEW "{name}" AS
SELECT {shown}
FROM read_csv({_text("duckdb", f"{folder}/date=*/part-00000.csv")}, auto_detect = false, header = true,
  delim = ',', quote = '"', escape = '"', nullstr = '', null_padding = true,
  hive_partitioning = true, hive_types = {{'{_PARTITION}': date}},
  columns = {{{columns}}})"""  # noqa: S608  names of our own reports


def _spark(name: str, schema: ReportSchema, folder: str) -> str:
    return f"""CREATE TABLE IF NOT EXISTS `{name}` (
  {_columns("spark", schema)},
  `{_PARTITION}` date
) USING csv
OPTIONS ('header' 'true', 'quote' '"', 'escape' '"', 'nullValue' '', 'mode' 'FAILFAST')
PARTITIONED BY (`{_PARTITION}`)
LOCATION {_text("spark", folder)}"""


def _hive(name: str, schema: ReportSchema, folder: str) -> str:
    return f"""CREATE EXTERNAL TABLE IF NOT EXISTS `{name}` (
  {_columns("hive", schema, "string")}
)
PARTITIONED BY (`{_PARTITION}` string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
WITH SERDEPROPERTIES ('separatorChar' = ',', 'quoteChar' = '"', 'escapeChar' = '\\u0001')
STORED AS TEXTFILE
LOCATION {_text("hive", folder)}
TBLPROPERTIES ('skip.header.line.count' = '1')"""


def _trino(name: str, schema: ReportSchema, folder: str) -> str:
    return f"""CREATE TABLE IF NOT EXISTS "{name}" (
  {_columns("trino", schema, "varchar")},
  "{_PARTITION}" varchar
)
WITH (
  format = 'CSV', csv_separator = ',', csv_quote = '"', csv_escape = U&'\\0001', skip_header_line_count = 1,
  external_location = {_text("trino", folder)}, partitioned_by = ARRAY['{_PARTITION}']
)"""


def _typed_view(dialect: Dialect, name: str, schema: ReportSchema) -> str:
    """Give the texts of a table their types; an empty one is not known."""
    partition = _quoted(dialect, _PARTITION)
    shown = [f"CAST({partition} AS date) AS {partition}"]
    for each in schema.columns:
        column = _quoted(dialect, _name(each))
        value = f"NULLIF({column}, '')"
        typed = value if each.kind == "text" else f"CAST({value} AS {_TYPES[each.kind]})"
        shown.append(f"{typed} AS {column}")
    columns = ",\n  ".join(shown)
    texts = _quoted(dialect, f"{name}{_TEXTS}")
    return f"CREATE OR REPLACE VIEW {_quoted(dialect, name)} AS\nSELECT\n  {columns}\nFROM {texts}"


def _columns(dialect: Dialect, schema: ReportSchema, kind: str | None = None) -> str:
    """Columns with meaning and unit; all of one type, or each of its own."""
    return ",\n  ".join(
        f"{_quoted(dialect, _name(each))} {kind or _TYPES[each.kind]}{_comment(dialect, each)}"
        for each in schema.columns
    )


def _name(column: Column) -> str:
    return f"file_{_PARTITION}" if column.name == _PARTITION else column.name


def _comment(dialect: Dialect, column: Column) -> str:
    unit = f" ({column.unit})" if column.unit else ""
    return f" COMMENT {_text(dialect, column.meaning + unit)}" if column.meaning else ""


def _quoted(dialect: Dialect, name: str) -> str:
    """Every name is quoted: `rank`, `window` and others are words of some dialect."""
    return f'"{name}"' if dialect in ("duckdb", "trino") else f"`{name}`"


def _text(dialect: Dialect, value: str) -> str:
    if dialect in ("duckdb", "trino"):
        return "'" + value.replace("'", "''") + "'"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
