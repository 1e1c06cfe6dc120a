"""Releases of a date: when one is made, where it lies, and what is never written."""

import dataclasses
import datetime as dt
import json
import threading

import pytest

from healthtrends import clock
from healthtrends.audit.judge import Finding
from healthtrends.audit.released import Bounds
from healthtrends.config.publish import Release
from healthtrends.errors import QualityGate, ReleaseRefused, UsageError
from healthtrends.ingest.plan import Shard
from healthtrends.model.day_totals import Band, DayTotals, RecordedDay
from healthtrends.observe import attached
from healthtrends.orchestrate import releasing
from healthtrends.orchestrate.dependencies import ReleaseOptions, RunOptions
from healthtrends.orchestrate.pipeline import Pipeline
from tests.unit.test_cubes import LAST, Counting

pytestmark = pytest.mark.slow

PATIENTS = 40
EXPOSED = [Finding("trend_summary.csv: count", {"diagnosis": "E11"}, Bounds(3, 3), True, ["a sum"])]
FOLDER = f"r/release/trend_summary/date={LAST}"


class OneAge(Counting):
    """Its engine counts lines: men of 4 years, one visit each."""

    def compute(self, paths, date):
        cube = super().compute(paths, date)
        patients = cube.totals.patients
        bands = (Band(0, patients, patients, patients, 0, 0), *DayTotals().bands[1:])
        code = [
            dataclasses.replace(row, men=patients, women=0, age_sum=4 * patients, twice_median_age=8)
            for row in cube.totals.diagnoses
        ]
        recorded = (RecordedDay(str(LAST), patients, f"{LAST}T08:00:00.000000"),)
        totals = dataclasses.replace(cube.totals, bands=bands, diagnoses=code, recorded=recorded)
        return dataclasses.replace(cube, totals=totals)


@pytest.fixture
def place(tmp_path):
    """A date with 40 patients of one code."""
    place = OneAge(tmp_path, None)
    place.receive(LAST, PATIENTS)
    place.run([LAST])
    yield place
    place.close()


@pytest.fixture
def release(place):
    """`release` of the date."""
    return lambda **flags: Pipeline(place).releases.release(LAST, ReleaseOptions(**{"force": True, **flags}))


def test_a_release_lies_beside_the_reports_and_explains_itself(place, release):
    """CSV, the mark of Hadoop, and what it was made of."""
    assert release().action == "released"
    folder = place.folder / FOLDER
    assert (folder / "part-00000.csv").read_text() == (
        "diagnosis,count,avg_age,gender_ratio,suppressed\nE11,40,4.0,1.0,\n"
    )
    assert (folder / "_SUCCESS").exists()
    said = json.loads((folder / "_meta.json").read_bytes())["release"]
    assert (said["policy"], said["issue"], said["audit"]["passed"]) == ("cms", 1, True)


def test_a_release_that_stands_is_not_made_again(place, release):
    """Twice changes nothing."""
    release()
    before = (place.folder / FOLDER / "_meta.json").read_bytes()
    assert release().action == "up to date"
    assert (place.folder / FOLDER / "_meta.json").read_bytes() == before


def test_a_date_is_released_once(place, release):
    """A later issue stays inside, unless asked."""
    release()
    place.receive(LAST, 100)
    place.run([LAST])
    assert release().action == "kept"
    assert release(again=True).action == "released"


def test_a_provisional_date_is_refused(place, release, monkeypatch):
    """More records may come; `--force` releases it all the same."""
    monkeypatch.setattr(clock, "today", lambda _zone="UTC": LAST)
    place.receive(LAST)
    place.run([LAST])
    with pytest.raises(UsageError, match="is provisional until 2025-12-24"):
        release(force=False)


def test_what_the_audit_does_not_pass_is_not_written(place, release, monkeypatch):
    """Exit code 3, and no file."""
    monkeypatch.setattr(releasing, "_audit", lambda *_: EXPOSED)
    with pytest.raises(QualityGate, match="1 hidden count can be computed"):
        release()
    assert not (place.folder / "r/release").exists()


def test_what_was_not_judged_in_time_is_not_said_to_be_known(place, release, monkeypatch):
    """It does not pass either."""
    undecided = dataclasses.replace(EXPOSED[0], bounds=Bounds(1, 10), is_exposed=False, is_decided=False)
    monkeypatch.setattr(releasing, "_audit", lambda *_: [undecided])
    with pytest.raises(QualityGate, match="written: 1 hidden count could not be judged in time"):
        release()


def test_no_error_and_no_log_says_which_count_is_exposed(place, release, monkeypatch, capfd):
    """After an erasure it would describe the person; the user's screen may."""
    monkeypatch.setattr(releasing, "_audit", lambda *_: EXPOSED)
    with pytest.raises(ReleaseRefused) as refused:
        release()
    error = refused.value
    assert "E11" not in f"{error} {error.why} {error.next_step} {capfd.readouterr().err}"
    assert refused.value.findings == ("trend_summary.csv: count, diagnosis=E11: is 3, because a sum",)


def test_a_date_that_has_records_and_no_report_is_told_to_be_run(place):
    """It is not said that nothing is stored of it."""
    place.receive(LAST - dt.timedelta(days=1), PATIENTS)
    Pipeline(place).ingest(False, Shard(), threading.Event())
    with pytest.raises(UsageError) as refused:
        Pipeline(place).releases.release(LAST - dt.timedelta(days=1), ReleaseOptions())
    assert "healthtrends run 2025-12-21" in refused.value.next_step


def test_two_releases_that_differ_by_a_few_are_not_written(place, release):
    """The difference is a count of people; the first release stays."""
    release()
    before = (place.folder / FOLDER / "part-00000.csv").read_bytes()
    place.receive(LAST, 3)
    place.run([LAST])
    with pytest.raises(QualityGate, match="written: 19 hidden counts can be computed"):
        release(again=True)
    assert (place.folder / FOLDER / "part-00000.csv").read_bytes() == before


def test_the_audit_of_a_date_reads_what_lies_there(place, release):
    """Somebody took a count out of a file, and left its mean, and the page as it was."""
    release()
    assert not [finding for finding in Pipeline(place).releases.audit(LAST) if finding.is_exposed]
    path = place.folder / FOLDER / "part-00000.csv"
    path.write_bytes(path.read_bytes().replace(b"E11,40,4.0,1.0,", b"E11,,4.0,1.0,count=complementary"))
    exposed = {finding.table for finding in Pipeline(place).releases.audit(LAST) if finding.is_exposed}
    assert exposed == {"trend_summary.csv: count", "page"}


def test_an_audit_without_a_release_is_a_mistake_of_the_user(place):
    """Exit code 2."""
    with pytest.raises(UsageError, match="there is no release of 2025-12-22"):
        Pipeline(place).releases.audit(LAST)


class Gates:
    """What is measured of quality gates, by name."""

    def __init__(self) -> None:
        self.failed = {}

    def write(self, event):
        if event.name == "quality.gate":
            self.failed[event.fields["gate"]] = event.fields["failed"]


@pytest.fixture
def releasing_place(place):
    """Its runs release what is final."""
    place.release = Release(enabled=True)
    return place


def test_a_run_releases_a_final_date_once(releasing_place):
    """A later issue of it stays inside."""
    steps = [step for step in releasing_place.run([LAST]).steps if step.name == "release"]
    assert [step.note for step in steps] == ["released"]
    releasing_place.receive(LAST, 3)
    steps = [step for step in releasing_place.run([LAST]).steps if step.name == "release"]
    assert [step.note for step in steps] == ["kept"]


def releases_of_run(place, date, monkeypatch, now):
    """Dates that a run releases, at a time."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", f"{now}T12:00:00+00:00")
    return [step.date for step in place.run([date]).steps if step.name == "release"]


def test_a_weekly_schedule_releases_all_final_dates_on_its_weekday(place, monkeypatch):
    """2025-12-29 is a Monday; a run on another day, or over another date, is no reason to release one."""
    place.release = Release(enabled=True, schedule="monday")
    after = LAST + dt.timedelta(days=1)
    place.receive(after, PATIENTS)
    assert releases_of_run(place, after, monkeypatch, "2025-12-28") == []
    assert releases_of_run(place, after, monkeypatch, "2025-12-29") == [LAST, after]


def test_a_weekly_schedule_leaves_provisional_dates_to_the_next_week(place, monkeypatch):
    """More records of Sunday may come."""
    place.release = Release(enabled=True, schedule="monday")
    sunday = dt.date(2025, 12, 28)
    place.receive(sunday, PATIENTS)
    assert releases_of_run(place, sunday, monkeypatch, "2025-12-29") == [LAST]
    assert releases_of_run(place, sunday, monkeypatch, "2026-01-05") == [sunday]


def test_a_release_that_does_not_pass_ends_the_run_with_3(releasing_place, monkeypatch):
    """The reports are published all the same."""
    monkeypatch.setattr(releasing, "_audit", lambda *_: EXPOSED)
    record = Pipeline(releasing_place).run_dates([LAST], RunOptions())
    assert (record.exit_code, record.dates[0].action) == (3, "up to date")
    assert not (releasing_place.folder / "r/release").exists()


@pytest.mark.parametrize("found", [EXPOSED, []], ids=["exposed", "nothing"])
def test_a_refused_release_is_a_failed_gate(releasing_place, monkeypatch, found):
    """Its gauge tells whoever watches the metrics; the other gates are looked at all the same."""
    monkeypatch.setattr(releasing, "_audit", lambda *_: found)
    gates = Gates()
    with attached(gates):
        Pipeline(releasing_place).run_dates([LAST], RunOptions())
    assert gates.failed == {"max_reject_share": False, "release": bool(found)}


def test_a_date_that_may_not_be_rounded_ends_the_run_with_2_after_its_other_steps(releasing_place):
    """The day before was released exactly; the reports are published, and the index is written."""
    releasing_place.run([LAST])
    after = LAST + dt.timedelta(days=1)
    releasing_place.receive(after, PATIENTS)
    releasing_place.release = Release(enabled=True, policy="opensafely")
    record = Pipeline(releasing_place).run_dates([LAST, after], RunOptions())
    assert (record.exit_code, [each.action for each in record.dates]) == (2, ["up to date", "published"])
    assert [step.note for step in record.steps if step.name == "release"] == ["kept", ""]


def test_its_page_lies_beside_it_and_shows_what_the_files_say(place, release):
    """One file without a script."""
    release()
    page = (place.folder / f"r/release/pages/date={LAST}/index.html").read_text()
    assert "<script src" not in page
    assert '<td class="number">40' in page


def test_a_threshold_of_ones_own_is_a_release_of_its_own(place, release):
    """40 patients are few where 50 are asked for."""
    release(policy="own", hidden_below=50)
    text = (place.folder / FOLDER / "part-00000.csv").read_text()
    assert text.splitlines()[1].startswith("E11,,,,count=")


@pytest.mark.parametrize(
    ("policy", "line", "word"),
    [
        ("opensafely", "E11,40,4.0,1.0,", "rounded to the nearest 5"),
        ("midpoint6", "E11,39,4.0,1.0,", "1 to 6 show as 3"),
    ],
)
def test_a_policy_that_rounds_is_told_by_files_page_and_meta(place, release, policy, line, word):
    """And its audit by date goes by it."""
    assert release(policy=policy).action == "released"
    assert (place.folder / FOLDER / "part-00000.csv").read_text().splitlines()[1] == line
    assert word in (place.folder / f"r/release/pages/date={LAST}/index.html").read_text()
    said = json.loads((place.folder / FOLDER / "_meta.json").read_bytes())["release"]
    assert said["policy"] == policy
    assert said["rounded"].startswith("counts")
    assert not [finding for finding in Pipeline(place).releases.audit(LAST) if finding.is_exposed]
    assert release(policy=policy).action == "up to date"


def test_a_date_is_not_released_under_two_ways_of_rounding(place, release):
    """Side by side they tell more than either."""
    release(policy="opensafely")
    with pytest.raises(UsageError, match="was released under the policy opensafely"):
        release(policy="cms", again=True)
    assert release(policy="midpoint6").action == "kept"


def test_a_date_is_not_released_under_two_thresholds(place, release):
    """What one hides beside a small count shows in the other."""
    release()
    with pytest.raises(UsageError, match=r"was released under the policy cms \(counts below 11 hidden\)"):
        release(policy="own", hidden_below=6, again=True)


def test_dates_near_each_other_are_rounded_alike(place, release):
    """A week and its days, and days that are compared."""
    release(policy="opensafely")
    before = LAST - dt.timedelta(days=1)
    place.receive(before, PATIENTS)
    place.run([before])
    with pytest.raises(UsageError, match="2025-12-22 was released under opensafely"):
        Pipeline(place).releases.release(before, ReleaseOptions(force=True))
