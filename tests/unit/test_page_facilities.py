"""The section of facilities: quiet ones first, a heat map of 28 days, nothing where no facility is known."""

import dataclasses
import datetime as dt

from healthtrends.page.data import Table
from healthtrends.page.render import render_day
from healthtrends.page.sections.facilities import MOST, facilities
from healthtrends.page.translations import bundled
from tests.browser.sample import sample

EN, DE = bundled("en"), bundled("de")


def with_rows(page, rows):
    report = dataclasses.replace(
        page.reports["facilities"], table=Table(page.table("facilities").columns, rows)
    )
    return dataclasses.replace(page, reports={**page.reports, "facilities": report})


def test_quiet_facilities_come_first():
    """One that usually sends and is silent, one far below; then the others by name."""
    found = facilities(sample(), EN)
    assert [(row.name, row.is_quiet) for row in found.rows] == [
        ("H2", True), ("H3", True), ("(not given)", False), ("H1", False),
    ]  # fmt: skip


def test_cells_are_written_as_the_language_has_them():
    """Shares in percent; rejects of all groups together; what is not known stays empty."""
    (h1,) = [row for row in facilities(sample(), DE).rows if row.name == "H1"]
    assert list(h1.cells) == [
        "790",
        "801,5",
        "99\N{NO-BREAK SPACE}%",
        "0,4",
        "75\N{NO-BREAK SPACE}%",
        "0,0",
        "7",
    ]
    (other,) = [row for row in facilities(sample(), EN).rows if row.name == "(not given)"]
    assert list(other.cells) == ["38", "", "", "1.2", "50\N{NO-BREAK SPACE}%", "0.0", ""]


def test_the_heat_of_a_day_is_against_the_best_day_of_the_facility():
    """No record is a class of its own, and so is a day that is not known."""
    page = sample()
    counts = [None] * (len(page.history.dates) - 4) + [None, 0, 1, 100]
    history = dataclasses.replace(page.history, facilities={"H1": counts})
    found = facilities(dataclasses.replace(page, history=history), EN)
    (heat,) = [row.heat for row in found.rows if row.name == "H1"]
    assert len(heat) == 28
    assert [day.kind for day in heat[-4:]] == ["unknown", "h0", "h1", "h4"]
    assert [day.says for day in heat[-2:]] == ["21 Dec: 1 records", "22 Dec: 100 records"]


def test_many_facilities_are_cut_and_the_page_says_so():
    """The report has all of them."""
    rows = [(f"H{n:03d}", "5", "5", "0", "0", "0", "", "", "1.0", "0.5", "0.0") for n in range(MOST + 2)]
    found = facilities(with_rows(sample(), rows), EN)
    assert (len(found.rows), found.left_out) == (MOST, "2 more are in the report.")


def test_without_a_facility_there_is_no_section():
    """Nor a link to one; a name is text, whatever it holds."""
    page = with_rows(sample(), [])
    assert facilities(page, EN) is None
    assert b'id="facilities"' not in render_day(page, EN, "library")
    assert b'href="#facilities"' not in render_day(page, EN, "library")
    hostile = [("<img src=x onerror=alert(1)>", "5", "5", "0", "0", "0", "", "", "1.0", "0.5", "0.0")]
    assert b"<img src=x" not in render_day(with_rows(sample(), hostile), EN, "library")


def test_the_limits_of_the_settings_decide_who_is_quiet():
    """As in `quality`."""
    mild = dataclasses.replace(sample(), quiet=(1000.0, 0.5))
    assert not any(row.is_quiet for row in facilities(mild, EN).rows)
    assert mild.date == dt.date(2025, 12, 22)


def test_records_without_a_facility_have_the_name_that_the_section_of_places_gives_them():
    """In the words of the page; the report has its own."""
    (row,) = [row for row in facilities(sample(), DE).rows if row.name == "(not given)"]
    assert row.shown == "nicht angegeben"
    assert b"(not given)" not in render_day(sample(), EN, "library").partition(b'id="quality"')[0]
