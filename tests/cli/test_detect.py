"""`detect` from the outside: CSV in, CSV out, and how a mistake ends."""

import json

import pytest


@pytest.fixture
def detect(cli):
    """The command on a file of these lines."""

    def run(*lines, detector="ears_c1", more=()):
        file = cli.folder / "series.csv"
        file.write_text("\n".join(lines) + "\n")
        return cli("detect", str(file), "--detector", detector, *more)

    return run


DAYS = [f"2025-03-{day:02},{day % 3}" for day in range(1, 11)]


def test_numbers_come_as_csv_on_stdout(detect):
    """1,2,0,1,2,0,1 have mean 1 and sd 0.8165; the limit is 1 + 3.0902 * 0.8165."""
    done = detect("date,count", *DAYS)
    assert (done.code, done.out.splitlines()[0]) == (0, "date,count,upper,alarm")
    assert done.out.splitlines()[1] == "2025-03-08,2,3.52316411226,0"


def test_a_series_that_is_too_short_says_so(detect):
    """With the header on stdout, as there is no row; it is no error."""
    done = detect("date,count", *DAYS[:7])
    assert (done.code, done.out) == (0, "date,count,upper,alarm\n")
    assert "ears_c1 has a number from the 8th date on; too few are here" in done.err


def test_json_has_the_rows(detect):
    """One document."""
    document = json.loads(detect("date,count", *DAYS, more=["--json"]).out)
    assert document["rows"][0]["date"] == "2025-03-08"


@pytest.mark.parametrize(
    ("lines", "detector", "more", "said"),
    [
        (DAYS, "ears_c9", [], "no detector ears_c9"),
        (DAYS, "ears_c1", ["--set", "min_sigma"], "has no value"),
        (["2025-03-01,-1"], "ears_c1", [], "line 2: the count"),
    ],
)
def test_a_mistake_ends_with_2_and_says_where(detect, lines, detector, more, said):
    """Names of columns and lines, no value of the file."""
    done = detect("date,count", *lines, detector=detector, more=more)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_weeks_are_not_for_a_daily_detector(cli):
    """It says what the file has."""
    file = cli.folder / "weeks.csv"
    file.write_text("week,count\n1,1\n")
    done = cli("detect", str(file), "--detector", "ears_c1")
    assert (done.code, "needs a column date" in done.err) == (2, True)


def test_days_of_a_known_outbreak_are_left_out_of_baselines(detect, cli):
    """2,0,1,2,0,1 are left of the seven: mean 1, sd sqrt(0.8). An outbreak of another code is not of it."""
    (cli.folder / "known.csv").write_text("code,first,last\nJ10,2025-03-01,2025-03-01\nA01,2025-03-02,\n")
    done = detect("date,count", *DAYS, more=["--known-outbreaks", "J10.1", "known.csv"])
    assert done.out.splitlines()[1] == "2025-03-08,2,3.76398780114,0"


def test_a_holiday_is_a_missing_day_to_the_regression(detect, cli):
    """As an empty count of that day, which is not tested then."""
    weeks = [f"2025-{3 + day // 28:02}-{1 + day % 28:02},{10 + day % 7}" for day in range(28)]
    (cli.folder / "holidays.csv").write_text("date,note\n2025-03-05,Ash Wednesday\n")
    usual, known = (
        detect("date,count", *weeks, detector="regression", more=more)
        for more in ([], ["--holidays", "holidays.csv"])
    )
    gap = detect("date,count", *weeks[:4], *weeks[5:], detector="regression")
    assert known.out.splitlines()[-1] == gap.out.splitlines()[-1] != usual.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--known-outbreaks", "J10", "known.csv"], "line 2, column first: it is a day"),
        (["--holidays", "none.csv"], "none.csv cannot be read"),
    ],
)
def test_a_mistake_in_the_known_days_ends_with_2(detect, cli, more, said):
    """It names line and column."""
    (cli.folder / "known.csv").write_text("code,first\nJ10,soon\n")
    done = detect("date,count", *DAYS, more=more)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
