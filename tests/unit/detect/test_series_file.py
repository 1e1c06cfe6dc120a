"""A file of counts: what is read from it, and what is refused."""

import math

import pytest

from healthtrends.cli.series_file import LONGEST, read_series
from healthtrends.detect.series_registry import make_series_detector
from healthtrends.errors import UsageError


@pytest.fixture
def read(tmp_path):
    """Read a file of these lines."""

    def made(*lines):
        file = tmp_path / "series.csv"
        file.write_text("\n".join(lines) + "\n")
        return read_series(file)

    return made


def test_rows_may_come_in_any_order(read):
    """They are sorted by date."""
    found = read("date,count", "2025-03-02,7", "2025-03-01,5")
    assert (found.labels, found.series.counts[:, 0].tolist()) == (["2025-03-01", "2025-03-02"], [5, 7])


def test_a_gap_is_a_day_that_was_not_observed(read):
    """As is an empty count; 0 is neither."""
    counts = read("date,count", "2025-03-01,5", "2025-03-03,", "2025-03-04,0").series.counts[:, 0]
    assert [math.isnan(count) for count in counts] == [False, True, True, False]


def test_totals_are_read_where_there_are_some(read):
    """In any order of the columns."""
    assert read("total,count,date", "80,5,2025-03-01").series.totals.tolist() == [80]
    assert read("date,count", "2025-03-01,5").series.totals is None


def test_a_year_of_53_weeks_counts_on(read):
    """2020-W53 lies between 2020-W52 and 2021-W01."""
    found = read("week,count", "2020-W52,1", "2020-W53,2", "2021-W01,3")
    assert found.labels == ["2020-W52", "2020-W53", "2021-W01"]
    assert found.series.counts[:, 0].tolist() == [1, 2, 3]


def test_a_year_of_52_weeks_leaves_no_gap(read):
    """2022-W01 follows 2021-W52."""
    assert read("week,count", "2021-W52,1", "2022-W01,2").labels == ["2021-W52", "2022-W01"]


def test_weeks_may_be_numbers(read):
    """As in the reference files."""
    assert read("week,count", "7,1", "9,2").labels == ["7", "8", "9"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["date,count", "2025-03-01,1", "2025-03-01,2"], "line 3: the date of line 2 again"),
        (["date,count", "2025-03-01,-1"], "line 2: the count"),
        (["date,count", "2025-03-01,many"], "line 2: the count"),
        (["date,count", "2025-03-01,inf"], "line 2: the count"),
        (["date,count", "2025-02-30,1"], "line 2: this is no date"),
        (["date,count", "2025-03-01,1", "2525-03-01,1"], "days or weeks apart"),
        (["date,count"], "no rows"),
        (["day,count", "2025-03-01,1"], "no column date"),
        (["date,patients", "2025-03-01,1"], "no column count"),
        (["week,count", "2021-W53,1"], "line 2: this is no week"),
        (["week,count", "first,1"], "line 2: this is no week"),
        (["week,count", "1,1", "2025-W07,1"], "line 3: another kind of week than in line 2"),
        (["week,count", "2025-W07,1", "1,1"], "line 3: another kind of week than in line 2"),
        (["date,count", "2025-03-01,5,2"], "line 2: more values than columns"),
        (["date,count", "2025-03-01,2e15"], "line 2: the count is no number from 0 to 1,000,000,000,000,000"),
        (["date,count,total", "2025-03-01,1,-1"], "line 2: the total"),
        (["date;count", "2025-03-01;1"], "no column date .*commas between columns"),
        (["date,count", "22.12.2025,1"], r"line 2: this is no date .*YYYY-MM-DD"),
        (["date,count,count", "2025-03-01,1,2"], "two columns count"),
        (["date,week,count", "2025-03-01,1,2"], "a column date and a column week"),
    ],
)
def test_a_mistake_is_named_by_its_line(read, lines, said):
    """Without the value, which could be a patient's."""
    with pytest.raises(UsageError, match=said):
        read(*lines)


def test_lines_without_a_value_are_passed_over(read):
    """As a spreadsheet leaves them behind; numbers of lines go on."""
    found = read("date,count", "", "2025-03-01,5", ",", "  ", "2025-03-02,7,", ",,")
    assert found.series.counts[:, 0].tolist() == [5, 7]
    with pytest.raises(UsageError, match="line 4: the date of line 3 again"):
        read("date,count", "", "2025-03-01,5", "2025-03-01,5")


def test_the_mark_of_a_spreadsheet_is_no_part_of_the_first_name(read):
    """U+FEFF in front of a file in UTF-8."""
    assert read("\ufeffdate,count", "2025-03-01,5").labels == ["2025-03-01"]


@pytest.mark.slow
def test_no_more_rows_are_read_than_there_may_be_days(read):
    """A file of any size ends there, before its memory is gone."""
    rows = ["2025-03-01,5"] * LONGEST
    with pytest.raises(UsageError, match="line 3: the date of line 2 again"):
        read("date,count", *rows)
    with pytest.raises(UsageError, match=f"line {LONGEST + 2}: too many rows"):
        read("date,count", *rows, "2025-03-02,5")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    """As is one that is not there."""
    (tmp_path / "bytes.csv").write_bytes(b"date,count\n\xff\xfe")
    with pytest.raises(UsageError, match="no CSV file in UTF-8"):
        read_series(tmp_path / "bytes.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_series(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("ears_c9", {}, "no detector ears_c9"),
        ("ears_c1", {"sigma": "1"}, "no parameter sigma"),
        ("ears_c1", {"min_sigma": "-1"}, "min_sigma cannot have"),
        ("ears_c1", {"min_sigma": "nan"}, "min_sigma cannot have"),
        ("ears_c1", {"min_days": "5.5"}, "min_days cannot have"),
    ],
)
def test_parameters_are_those_of_the_detector_and_in_their_range(name, values, said):
    """Before anything is computed."""
    with pytest.raises(UsageError, match=said):
        make_series_detector(name, values)
