"""What grows over ten years of commits, dates and late records, and what does not."""

import dataclasses
import sys

import pytest

from tests.scale.ten_years import YEAR, Figures, Pace, TenYears

pytestmark = pytest.mark.timeout(1200)
"""The years are lived in the first test of each form, which may share the machine with others."""

YEARS = 10
SHORT = Pace(commits=1, late=3, days_with_more_files=8, snapshot_every=20, retention=1000, merge_days=14)
LONG = Pace(commits=6, late=6, days_with_more_files=16, snapshot_every=40, retention=4000, merge_days=2)


def lived(pace: Pace) -> list[Figures]:
    with pytest.MonkeyPatch.context() as patch:
        root = TenYears(pace, lambda time: patch.setenv("HEALTHTRENDS_NOW", time))
        try:
            return [told(figures) for figures in root.years(YEARS)]
        finally:
            root.close()


def told(figures: Figures) -> Figures:
    sys.stderr.write(f"{dataclasses.asdict(figures)}\n")
    return figures


@pytest.fixture(
    scope="module",
    params=[SHORT, pytest.param(LONG, marks=pytest.mark.long)],
    ids=["short", "long"],
)
def pace(request):
    return request.param


@pytest.fixture(scope="module")
def years(pace):
    return lived(pace)


def test_a_start_asks_no_more_after_ten_years(years, pace):
    """The newest head, the manifests above it, some folders, and the files that the newest commit moved."""
    moved = 2 * (pace.days_with_more_files + pace.commits * pace.merge_days)
    assert max(year.start_calls for year in years) <= pace.snapshot_every + moved + 16


def test_the_head_of_a_snapshot_grows_with_dates_and_with_nothing_else(years):
    """Two lines a day, for its records and for its rejects, whatever number of commits and files it has."""
    per_day = [1e3 * year.head_kb / (YEAR * year.year) for year in years]
    assert max(per_day) < 400
    assert max(per_day) < 1.1 * min(per_day)


def test_a_writer_holds_the_head_and_no_more(years):
    """No list of files is read to commit."""
    assert years[-1].state_kb < 4 * years[-1].head_kb


def test_no_folder_of_the_pipeline_grows(years):
    """A thousand manifests share one; staging, lists, heads and removed files stay below."""
    assert max(year.largest_folder for year in years) <= 1000


def test_no_day_keeps_more_files_than_the_limit(years, pace):
    """Records of any date, early or late, and rejects: one run after they came, they are merged."""
    since_the_run = pace.commits * pace.merge_days
    assert max(year.most_files for year in years) <= pace.days_with_more_files + since_the_run


def test_removed_files_are_those_of_a_few_days(years, pace):
    """Their grace period is two days."""
    at_most = 3 * pace.commits * (2 + pace.late) * max(pace.days_with_more_files, pace.merge_days)
    assert max(year.removed_files for year in years) <= at_most


def test_files_grow_with_dates_and_not_with_commits(years, pace):
    """Those of the data, and those of the log beside the manifests that are kept."""
    last = years[-1]
    assert last.data_files <= 2 * pace.days_with_more_files * YEAR * YEARS
    manifests = pace.retention + 1000 + 2 * pace.snapshot_every
    assert last.log_files - manifests <= 4 * YEAR * YEARS


def test_a_commit_of_the_tenth_year_costs_what_one_of_the_first_did(years):
    """Processor time; three times leaves room for a noisy machine, growth with the log would be tenfold."""
    early, late = years[0].commit_ms, years[-1].commit_ms
    assert late < 3 * early
