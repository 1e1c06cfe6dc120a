"""SQL for other programs: DuckDB runs it on published files, parsers of the other dialects accept it."""

import duckdb
import pytest
import sqlglot

from healthtrends.cli.main import main
from healthtrends.publish.sql_tables import DIALECTS, statements
from healthtrends.reports.registry import schemas
from tests.unit.test_cubes import LAST

KINDS = {"text": "TEXT", "whole": "BIGINT", "number": "DOUBLE"}


@pytest.fixture
def views(place):
    """A DuckDB with the views of the exact reports of a root."""
    with duckdb.connect() as found:
        for each in statements("duckdb", f"{place.folder}/r", released=False):
            found.sql(each)
        yield found


@pytest.mark.parametrize("name", schemas())
def test_a_view_of_duckdb_has_the_rows_of_the_report(views, data, name):
    """Every report, value for value, with the types of the data dictionary."""
    columns = [column.name for column in schemas()[name].columns if column.name != "date"]
    listed = ", ".join(f'"{column}"' for column in columns)
    found = views.sql(f"select {listed} from internal_{name} where date = '{LAST}'")  # noqa: S608  our names
    kinds = {column.name: KINDS[column.kind] for column in schemas()[name].columns}
    assert [str(kind).replace("VARCHAR", "TEXT") for kind in found.types] == [kinds[each] for each in columns]
    expected = [tuple(row[column] for column in columns) for row in as_published(data, name)]
    assert found.fetchall() == expected


def as_published(data, name):
    """Rows of the file, zeros of a date without feed too."""
    report = data._pipeline.published.read(data._pipeline.published.issue(LAST), name)
    return list(report.records())


def test_a_view_of_duckdb_reads_quotes_and_backslashes_as_they_are(tmp_path):
    """A quote is doubled in the file, and a backslash escapes nothing."""
    for name in schemas():
        folder = tmp_path / "reports" / name / "date=2025-12-22"
        folder.mkdir(parents=True)
        (folder / "part-00000.csv").write_text(",".join(schemas()[name].column_names) + "\n")
    file = tmp_path / "reports" / "treatment_outcomes" / "date=2025-12-22" / "part-00000.csv"
    file.write_text(file.read_text() + 'E11,"a""b,\\",3,1,1,1,0.3333,0.3333,\n')
    with duckdb.connect() as found:
        for each in statements("duckdb", str(tmp_path), released=False):
            found.sql(each)
        columns = "treatment_code, records, outcome_unknown"
        (row,) = found.sql(f"select {columns} from internal_treatment_outcomes").fetchall()  # noqa: S608
    assert row == ('a"b,\\', 3, None)


@pytest.mark.parametrize(("dialect", "escape"), [("hive", r"'\u0001'"), ("trino", r"U&'\0001'")])
def test_nothing_escapes_in_the_files(dialect, escape):
    """Hive would take a backslash for an escape; so a character takes its place that no value can hold."""
    tables = [each for each in statements(dialect, "hdfs://n/r", released=True) if "CREATE" in each]
    assert sum(escape in each for each in tables) == len(tables) / 2


@pytest.mark.parametrize("released", [True, False])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_parser_of_each_dialect_accepts_every_statement(dialect, released):
    """No statement is taken for an unknown command, but those that bring partitions up to date."""
    parsed = [
        sqlglot.parse_one(each, read=dialect)
        for each in statements(dialect, "hdfs://name-node:8020/it's", released=released)
        if not each.startswith(("MSCK", "CALL"))
    ]
    assert {each.key for each in parsed} == {"create"}
    tables = {each.find(sqlglot.exp.Table).name.removesuffix("_text") for each in parsed}
    named = {name if released else f"internal_{name}" for name in schemas()}
    assert tables == named


@pytest.mark.parametrize("dialect", ["hive", "trino"])
def test_texts_become_the_types_of_the_dictionary(dialect):
    """In the view over the table of texts."""
    view = next(
        sqlglot.parse_one(each, read=dialect)
        for each in statements(dialect, "hdfs://n/r", released=True)
        if "VIEW" in each and "trend_summary" in each
    )
    kinds = {each.alias: each.find(sqlglot.exp.Cast) for each in view.find(sqlglot.exp.Select).expressions}
    assert {name: cast.to.this.name if cast else "TEXT" for name, cast in kinds.items()} == {
        "date": "DATE", "diagnosis": "TEXT", "count": "BIGINT", "avg_age": "DOUBLE", "gender_ratio": "DOUBLE",
        "suppressed": "TEXT",
    }  # fmt: skip


def test_other_programs_get_released_tables_unless_the_exact_ones_are_asked_for(capsys):
    """And exact ones have names of their own."""
    assert main(["sql", "--location", "/copy"]) == 0
    released = capsys.readouterr().out
    assert "/copy/release/trend_summary/" in released
    assert "reports/" not in released
    assert main(["sql", "--location", "/copy", "--internal"]) == 0
    internal = capsys.readouterr().out
    assert 'VIEW "internal_trend_summary"' in internal
    assert "release/" not in internal
