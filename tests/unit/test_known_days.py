"""The files of known outbreaks and holidays: what they say, and where they are wrong."""

import datetime as dt

import pytest

from healthtrends.errors import ConfigError
from healthtrends.model.known_days import Holiday, KnownOutbreak, parse_holidays, parse_outbreaks

OUTBREAKS = b"code,first,last,note\n"


def test_an_outbreak_is_a_code_its_days_and_a_note():
    """Sorted by their first day; the code in its stored form; the byte order mark of a spreadsheet."""
    lines = b"j101,2025-12-18,,still rising\nA08,2025-03-01,2025-03-09,canteen\n"
    content = b"\xef\xbb\xbf" + OUTBREAKS + lines
    assert parse_outbreaks(content, "known.csv") == [
        KnownOutbreak("A08", dt.date(2025, 3, 1), dt.date(2025, 3, 9), "canteen"),
        KnownOutbreak("J10.1", dt.date(2025, 12, 18), None, "still rising"),
    ]


def test_last_day_and_note_may_be_left_out():
    """Columns in any order."""
    assert parse_outbreaks(b"first,code\n2025-12-18,J10\n", "f") == [
        KnownOutbreak("J10", dt.date(2025, 12, 18))
    ]


def test_a_holiday_is_a_day_and_a_note():
    """Sorted by day."""
    content = b"date,note\n2025-12-26,\n2025-12-25,Christmas\n"
    assert parse_holidays(content, "f") == [
        Holiday(dt.date(2025, 12, 25), "Christmas"),
        Holiday(dt.date(2025, 12, 26)),
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            OUTBREAKS + b"J10,2025-12-18,,\nflu,2025-12-18,,\n",
            "line 3, column code: it is a code or category",
        ),
        (OUTBREAKS + b"J10,2025-02-30,,\n", "line 2, column first: it is a day YYYY-MM-DD"),
        (OUTBREAKS + b"J10,20250218,,\n", "line 2, column first: it is a day YYYY-MM-DD"),
        (OUTBREAKS + b"J10,,,\n", "line 2, column first: it is a day YYYY-MM-DD"),
        (OUTBREAKS + b"J10,2025-12-18,soon,\n", "line 2, column last: it is a day YYYY-MM-DD"),
        (OUTBREAKS + b"J10,2025-12-18,2025-12-17,\n", "line 2, column last: it is before the first day"),
        (OUTBREAKS + b"J10,2025-12-18,,a\x07b\n", "line 2, column note: it is one line of at most 500"),
        (OUTBREAKS + b"J10,2025-12-18,,flu, mild\n", "line 2: it has more than 4 columns"),
        (b"code,last\nJ10,2025-12-18\n", "line 1: there is no column first"),
        (b"code,first,until\n", "line 1, column until: there are code, first, last, note"),
        (OUTBREAKS + b'J10,2025-12-18,,"open\n', "line 2: unexpected end of data"),
        (OUTBREAKS + b"J10,2025-12-18,,Gr\xfcnewald\n", "byte 39 is not UTF-8"),
        (b"", "line 1: there is no column code"),
    ],
)
def test_an_error_of_the_outbreaks_names_line_and_column(content, why):
    """So that it is found in a spreadsheet."""
    with pytest.raises(ConfigError, match=r"known\.csv is no file of known outbreaks") as caught:
        parse_outbreaks(content, "known.csv")
    assert caught.value.why.startswith(why)


def test_a_holiday_is_named_once():
    """The second line is the fault."""
    with pytest.raises(ConfigError, match="is no file of holidays") as caught:
        parse_holidays(b"date,note\n2025-12-25,a\n2025-12-25,b\n", "h.csv")
    assert caught.value.why == "line 3, column date: this day is there already"
