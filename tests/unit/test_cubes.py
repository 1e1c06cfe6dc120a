"""When a run reads records, when it reads cubes, and what it does with a cube that is not right."""

import datetime as dt
import json
from dataclasses import dataclass

import pyarrow as pa
import pytest

from healthtrends.analyze.compute_day import ComputedDay
from healthtrends.analyze.cube_tables import tables, totals
from healthtrends.errors import HdfsUnavailable
from healthtrends.model.day_totals import DayTotals, Diagnosis, Gender, Treatment
from healthtrends.orchestrate.day_cube import DayCube
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.history import read_history
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.cube_head import CubeHead, CubeSource, CubeUnusable
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.log import CommitLog
from tests.golden.local_pipeline import LocalPipeline

LAST = dt.date(2025, 12, 22)
BEFORE = LAST - dt.timedelta(days=3)
LONG_AGO = LAST - dt.timedelta(days=40)


def counted(lines):
    """What an engine would say of so many patients with one code each."""
    ids = [number.to_bytes(16) for number in range(lines)]
    patients = pa.table({"patient": pa.array(ids, pa.binary()), "visits": pa.array([1] * lines, pa.int32())})
    others = tuple(Gender(gender, 0, 0, 0) for gender in "FOU")
    figures = DayTotals(
        lines=lines,
        frequency=(lines, 0, 0, 0, 0),
        treatments=[Treatment("E11", "T", lines, 0, lines, 0, 0, 0, 0, 0, 0)],
        diagnoses=[Diagnosis("E11", lines, lines, 0, 0, lines, 0, 0)],
        genders=(Gender("M", lines, lines, 0), *others),
    )
    return DayCube(figures, tables(ComputedDay(figures, [patients])), "counting", "1")


@dataclass
class Counting(LocalPipeline):
    """A house whose engine counts lines, and whose measured dates are kept."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.measured = []

    def day_computer(self):
        return self

    def compute(self, paths, date):
        if not paths:
            return DayCube(DayTotals(), {}, "counting", "1")
        self.measured.append(date)
        return counted(sum(self.pool.store.read(path).count(b"\n") for path in paths))

    def receive(self, date, count=1):
        fields = {
            "patient_id": "P", "age": 4, "gender": "F", "diagnosis_code": "E11",
            "visit_date": str(date), "treatment_code": "T", "outcome": "ongoing",
        }  # fmt: skip
        self.send([json.dumps(fields)] * count)

    def state(self):
        return CommitLog(self.pool, self.layout, 200).read_state()

    def cubes(self):
        return Cubes(self.pool, self.layout)

    def head(self, date) -> CubeHead | None:
        return self.cubes().find(date, InputDigests(self.state()).digest(date) or "")

    def remade(self, capsys):
        """Measured by a forced run of the last date that had no need to read its other dates again."""
        capsys.readouterr()
        self.measured.clear()
        self.receive(LAST)
        self.run([LAST])
        return self.measured, capsys.readouterr().err


@pytest.fixture
def local(tmp_path):
    local = Counting(tmp_path, None)
    yield local
    local.close()


@pytest.fixture
def made(local):
    """Two dates with records and cubes."""
    local.receive(BEFORE, 2)
    local.receive(LAST, 3)
    local.run([LAST])
    return local


def test_a_run_first_makes_the_cubes_of_its_window(local):
    """Those of dates with records, and none of a date further back."""
    for date in (LONG_AGO, BEFORE, LAST):
        local.receive(date)
    local.run([LAST])
    assert local.measured == [BEFORE, LAST]


def test_another_date_reads_no_records_again(made):
    """The day after has none itself and tells of both."""
    made.measured.clear()
    made.run([LAST + dt.timedelta(days=1)])
    assert made.measured == []


def test_late_records_have_only_their_dates_read(made):
    """The cube of their date fits no more."""
    made.measured.clear()
    made.receive(BEFORE)
    made.run([LAST])
    assert made.measured == [BEFORE]


def test_reprocess_all_reads_the_records_of_the_date_itself(made):
    """Asked for is asked for; the days before stay as they are."""
    made.measured.clear()
    made.run([LAST], reprocess="all")
    assert made.measured == [LAST]


def test_compaction_leaves_cubes_as_they_are(made):
    """Their lines are the same ones."""
    made.receive(BEFORE)
    made.run([LAST])
    Pipeline(made).compaction.merge(BEFORE)
    made.measured.clear()
    made.run([LAST + dt.timedelta(days=1)])
    assert made.measured == []


@pytest.mark.parametrize("part", ["diagnosis", "patients-00"])
def test_a_damaged_table_is_made_again_with_a_line_that_says_so(made, capsys, part):
    """Also one that is read only when the reports are made."""
    head = made.head(BEFORE)
    path = made.folder / head.folder.lstrip("/") / f"{part}.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    measured, said = made.remade(capsys)
    assert (BEFORE in measured, f"cube.remade date={BEFORE}" in said) == (True, True)


def test_a_table_that_is_gone_is_made_again(made, capsys):
    """Somebody tidied up."""
    head = made.head(BEFORE)
    (made.folder / head.folder.lstrip("/") / "patients-00.parquet").unlink()
    measured, said = made.remade(capsys)
    assert (BEFORE in measured, "its table patients-00 is gone" in said) == (True, True)


@pytest.mark.parametrize("change", [b"{", b'{"version": 99}'])
def test_a_head_that_cannot_be_read_is_made_again(made, capsys, change):
    """Cut off, or of a form that this program does not know."""
    digest = InputDigests(made.state()).digest(BEFORE)
    (made.folder / made.layout.cube_head(BEFORE, digest).lstrip("/")).write_bytes(change)
    measured, said = made.remade(capsys)
    assert (measured, "cube.remade" in said) == ([BEFORE, LAST], True)


@pytest.mark.parametrize("key", ["version", "program_version"])
def test_a_cube_of_another_version_is_made_again(made, capsys, key):
    """Of the format, or of the program that counted."""
    digest = InputDigests(made.state()).digest(BEFORE)
    path = made.folder / made.layout.cube_head(BEFORE, digest).lstrip("/")
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: 0 if key == "version" else "0.0"}))
    measured, said = made.remade(capsys)
    assert (measured, said.count("cube.remade")) == ([BEFORE, LAST], 1)


def test_cubes_of_older_states_are_deleted(made):
    """One head and one folder of tables are left."""
    made.receive(LAST)
    made.run([LAST])
    names = [entry.name for entry in made.pool.store.list(made.layout.cubes(LAST))]
    assert len(names) == 2


def test_aggregates_lie_where_other_programs_read_them(made):
    """One file a grain, nothing about single patients."""
    names = [entry.name for entry in made.pool.store.list(f"/r/cube/date={LAST}")]
    grains = ("age_band", "diagnosis", "gender", "group", "outcome", "place")
    assert names == [f"{grain}.parquet" for grain in grains]


def test_a_writer_that_comes_late_does_not_delete_a_newer_cube(made):
    """What an older state holds is written under its own name, and only that."""
    newer = made.head(LAST)
    day = counted(1)
    source = CubeSource(LAST, newer.seq - 1, "of-older-inputs", "counting", "1")
    made.cubes().write(source, totals(day.totals), day.tables, {})
    assert made.head(LAST) == newer


def test_a_cube_tells_which_table_is_wrong(made):
    """For the line of the log."""
    head = made.head(LAST)
    with pytest.raises(CubeUnusable, match="it has no table other"):
        made.cubes().content(head, "other")


def test_a_history_has_counts_gaps_and_dates_nobody_counted(made):
    """Zero, no feed and not read stay apart."""
    made.receive(LAST - dt.timedelta(days=1))
    made.run([LAST], only="ingest")
    found = read_history(made.state(), made.cubes(), LAST, 5)
    assert (found.states, found.visits, found.patients) == (
        ["none", "observed", "none", "unread", "observed"],
        [None, 2, None, None, 3],
        {"E11": [None, 2, None, None, 3]},
    )


def test_days_without_a_feed_are_no_zeros_in_the_average(made):
    """Two patients on the one observed day before: 2.0, not a seventh of it."""
    row = made.published(LAST)["top_diagnoses"].decode().splitlines()[1]
    assert row == "1,E11,3,3,100.0,,2.0,0.5,,"


def test_patients_of_a_window_count_once(made):
    """Two come twice in the week, one once."""
    lines = made.published(LAST)["visit_frequency"].decode().splitlines()
    assert lines[6:9] == ["7 days,1,1", "7 days,2,2", "7 days,3,0"]


def test_meta_names_the_days_before_that_a_report_tells_of(made):
    """Seven and three weekdays for `top_diagnoses`, 27 for `visit_frequency`, none for the others."""
    told = {}
    for name in ("trend_summary", "top_diagnoses", "visit_frequency"):
        path = f"{made.layout.report(name, LAST)}/_meta.json"
        told[name] = list(json.loads(made.pool.store.read(path))["days_before"])
    assert told == {"trend_summary": [], "top_diagnoses": [str(BEFORE)], "visit_frequency": [str(BEFORE)]}


def test_a_dry_run_makes_no_cubes(local):
    """It says what it would publish."""
    local.receive(LAST)
    local.run([LAST], only="ingest")
    Pipeline(local).run_dates([LAST], RunOptions(dry_run=True))
    assert local.pool.store.list("/r/_ht/cubes") == []


def test_a_cube_whose_writing_failed_is_written_again_from_what_was_measured(made):
    """The step is tried again; the records are not read twice, and the reports have their cube."""
    create, failed = made.pool.store.create, []

    def refuse_once(path, size=None):
        if "/_ht/cubes/" in path and not failed:
            failed.append(path)
            raise HdfsUnavailable("HDFS is away", "for this one call")
        return create(path, size)

    made.measured.clear()
    made.pool.store.create = refuse_once
    record = made.run([LAST], reprocess="all")
    assert (len(failed), made.measured) == (1, [LAST])
    assert [step.failures != [] for step in record.steps if step.name == "publish"] == [True]
    assert made.head(LAST) is not None


def test_the_average_of_same_weekdays_is_over_those_of_four_weeks_that_were_observed(local):
    """28 days before the date is the last of them; 35 days before and the days between do not count."""
    for back, count in ((35, 9), (28, 4), (15, 9), (7, 2), (0, 6)):
        local.receive(LAST - dt.timedelta(days=back), count)
    local.run([LAST])
    assert local.published(LAST)["top_diagnoses"].decode().splitlines()[1].endswith(",3.0,1.0")


@pytest.mark.parametrize(
    ("back", "stale"),
    [
        (1, ["top_diagnoses", "visit_frequency", "facilities", "alarms", "trends"]),
        (7, ["top_diagnoses", "visit_frequency", "facilities", "quality", "alarms", "trends"]),
        (8, ["visit_frequency", "facilities", "alarms", "trends"]),
        (14, ["top_diagnoses", "visit_frequency", "facilities", "quality", "alarms", "trends"]),
        (27, ["visit_frequency", "facilities", "alarms", "trends"]),
        (28, ["top_diagnoses", "facilities", "quality", "alarms"]),
        (29, ["alarms"]),
        (30, ["alarms"]),
        (31, []),
        (35, []),
    ],
)
def test_a_late_record_makes_the_reports_stale_that_read_its_date(made, back, stale):
    """`top_diagnoses` reads a week and four weekdays, `quality` these, the others 27, 28 or 30 days."""
    issue = Pipeline(made).published.issue(LAST)
    made.receive(LAST - dt.timedelta(days=back))
    made.run([LAST], only="ingest")
    assert list(InputDigests(made.state()).stale(issue)) == stale
