"""Lines of `quality` about codes: not valid on the day, headers, and codings of other systems."""

import csv
import datetime as dt
import gzip
import json

import pytest

from healthtrends.config.quality import Quality
from healthtrends.icd.table_file import parse_table
from healthtrends.model.day_totals import DayTotals, Treatment
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.reports import quality
from healthtrends.reports.context import IntakeCounts, ReportContext
from healthtrends.reports.quality.limits import failed_lines
from healthtrends.reports.report import make_report
from healthtrends.sources.catalogue import catalogue
from tests.golden.oracle_groups import VALIDITY
from tests.unit.test_cubes import BEFORE, LAST, Counting

DATE = dt.date(2025, 12, 22)
NAMES = ("invalid_on_day", "invalid_on_day_share", "not_billable", "not_billable_share", "unmapped_system")
GERMAN = parse_table("icd10gm", b"code,title,chapter,block\nE11,a,4,E10-E14\n", "gm.csv")


def totals(**records):
    cells = [Treatment(code.replace("_", "."), "T", n, 0, n, 0, 0, 0, 0, 0, 0) for code, n in records.items()]
    return DayTotals(lines=sum(records.values()), treatments=cells)


def report(found, date=DATE, intake=None, **limits):
    context = ReportContext(date, found, intake=intake or IntakeCounts(), limits=Quality(**limits))
    return make_report(quality.REPORT, quality.make(context), is_fed=True)


def lines(*args, **limits):
    rows = csv.DictReader(report(*args, **limits).csv().decode().splitlines())
    return {
        row["metric"]: (row["value"], row["unit"], row["status"]) for row in rows if row["metric"] in NAMES
    }


def test_records_of_codes_that_are_not_valid_on_the_day_are_counted():
    """R10.4 is a code of the WHO; E11 is a header; B88.0 was divided."""
    assert lines(totals(R10_4=1, E11=2, B88_0=1, E11_9=6)) == {
        "invalid_on_day": ("1", "records", "info"),
        "invalid_on_day_share": ("0.1", "share", "info"),
        "not_billable": ("3", "records", "info"),
        "not_billable_share": ("0.3", "share", "info"),
    }


def test_nothing_is_said_where_there_is_nothing_to_count():
    """So that reports of before keep their lines."""
    assert lines(totals(E11_9=6)) == {}


def test_no_code_is_judged_on_a_day_that_the_table_does_not_reach():
    """Fiscal year 2027 is not in it."""
    assert lines(totals(R10_4=1, E11=2), dt.date(2026, 10, 1)) == {}


@pytest.mark.parametrize(("gate", "status"), [("off", "info"), ("warn", "warn"), ("fail", "fail")])
def test_a_share_above_its_limit_has_the_status_of_its_gate(gate, status):
    """As all other limits."""
    found = lines(totals(R10_4=1, E11_9=9), invalid_on_day_gate=gate)
    assert found["invalid_on_day_share"] == ("0.1", "share", status)


def test_a_share_within_its_limit_is_ok():
    """The limit itself is allowed."""
    limits = {"not_billable_gate": "fail", "max_not_billable_share": 0.2}
    assert lines(totals(E11=2, E11_9=8), **limits)["not_billable_share"][2] == "ok"


def test_a_gate_of_codes_fails_a_run():
    """It names value and limit."""
    limits = Quality(invalid_on_day_gate="fail")
    assert failed_lines(report(totals(R10_4=1, E11_9=9)), limits) == ["invalid_on_day_share 0.1, limit 0.05"]


def test_codings_of_other_systems_are_counted_for_records_as_for_messages():
    """Of visits made of facts, these say it themselves, as before."""
    rejected = {"unmapped_system": 3}
    assert lines(totals(E11_9=6), DATE, IntakeCounts(rejected=rejected)) == {
        "unmapped_system": ("3", "codings", "info")
    }
    resolved = IntakeCounts(rejected=rejected, resolved={"unmapped_system": 5})
    assert lines(totals(E11_9=6), DATE, resolved)["unmapped_system"][0] == "5"


@pytest.mark.parametrize("day", ["2016-10-01", "2025-09-30", "2025-10-01", "2025-12-22"])
def test_all_synthetic_codes_are_counted_as_in_the_table_itself(day):
    """The table is read once more, without the program; releases within a year are left to their own test."""
    date = dt.date.fromisoformat(day)
    year = str(date.year + (date.month >= 10))

    def has(text):
        return any(first <= year <= (last or first) for first, _, last in
                   (part.partition("-") for part in text.split(";")) if first)  # fmt: skip

    with gzip.open(VALIDITY, "rt") as table:
        rows = {row["code"]: row for row in csv.DictReader(table)}
    codes = catalogue().codes
    known = {code for code in codes if code in rows and has(rows[code]["fiscal_years"])}
    next_year = {
        code
        for code in set(codes) - known
        if code in rows and str(int(year) + 1) in rows[code]["fiscal_years"]
    }
    billable = {code for code in known if has(rows[code]["billable_years"])}
    found = lines(totals(**{code.replace(".", "_"): 1 for code in codes if code not in next_year}), date)
    expected = {"invalid_on_day": len(set(codes) - known - next_year), "not_billable": len(known - billable)}
    assert {name: int(found[name][0]) if name in found else 0 for name in expected} == expected


@pytest.fixture
def made(tmp_path):
    local = Counting(tmp_path, None)
    local.receive(BEFORE, 2)
    local.receive(LAST, 3)
    local.run([LAST])
    yield local
    local.close()


def test_another_edition_makes_a_published_date_stale(made):
    """All of its reports, until they are published again."""
    issue = Pipeline(made).published.issue(LAST)
    assert InputDigests(made.state(), issue.source.codes).stale(issue) == ()
    assert set(InputDigests(made.state(), GERMAN.identity).stale(issue)) == {*issue.reports}


def test_a_run_with_another_edition_counts_its_dates_anew(made):
    """Cube and issue name it, and the date is up to date afterwards."""
    made.measured.clear()
    made.edition = GERMAN
    made.run([LAST])
    assert made.measured == [BEFORE, LAST]
    assert made.head(LAST).codes == GERMAN.identity
    issue = Pipeline(made).published.issue(LAST)
    assert (issue.number, issue.source.codes) == (2, GERMAN.identity)
    made.measured.clear()
    made.run([LAST])
    assert (made.measured, Pipeline(made).published.issue(LAST).number) == ([], 2)


def test_the_setting_judges_codes_of_a_run(made):
    """E11 is billable in the table of the test, which has no longer code."""
    before = Pipeline(made).published
    rows = {row[0]: row[1] for row in before.read(before.issue(LAST), "quality").rows}
    assert rows["not_billable"] == "3"
    made.edition = GERMAN
    made.run([LAST])
    after = Pipeline(made).published
    assert "not_billable" not in {row[0] for row in after.read(after.issue(LAST), "quality").rows}


def test_icd10cm_stays_what_manifests_do_not_name(made):
    """So those of earlier versions are of it: a cube's head without a name, and an issue, which has none."""
    place = made.layout.cube_head(LAST, InputDigests(made.state()).digest(LAST))
    head = json.loads(made.pool.store.read(place))
    assert head.pop("codes") == "icd10cm"
    (made.folder / place.removeprefix("/")).write_bytes(json.dumps(head).encode())
    assert made.head(LAST).codes == "icd10cm"
    assert b'"codes"' not in made.pool.store.read(made.layout.issue(LAST, 1))
    assert Pipeline(made).published.issue(LAST).source.codes == "icd10cm"
