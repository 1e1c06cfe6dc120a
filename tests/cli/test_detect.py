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
