"""The section of places: order, those without a place, changes, and what a page leaves out."""

import dataclasses

import pytest

from healthtrends.page.comparison import Change
from healthtrends.page.data import Table
from healthtrends.page.render import render_day
from healthtrends.page.sections.places import MOST, SMALL_CHARTS, place_data, places
from healthtrends.page.translations import bundled
from tests.browser.sample import sample, unpacked

EN, DE = bundled("en"), bundled("de")
SPACE = "\N{NO-BREAK SPACE}"


def with_rows(rows, history=None, **tables):
    """The sample with these rows of `places`, and others of other reports."""
    page = sample()
    reports = dict(page.reports)
    for name, found in {"places": rows, **tables}.items():
        reports[name] = dataclasses.replace(reports[name], table=Table(page.table(name).columns, found))
    days = dataclasses.replace(page.history, places=history or {})
    return dataclasses.replace(page, reports=reports, history=days)


def many(count, level="facility"):
    return [(level, f"H{n:03d}", "5", str(count - n), "0.1") for n in range(count)]


def level_of(page, number=0):
    return places(page, EN).levels[number]


def test_places_are_in_the_order_of_their_visits_and_those_without_one_come_last():
    """Although the report has them by patients; then the whole date, with each patient once."""
    names = [row.name for row in level_of(sample()).rows]
    assert names[:2] == ["H1", "H3"]
    assert names[-2:] == ["not stated", "Whole date"]
    whole = level_of(sample()).rows[-1]
    assert (whole.visits, whole.share, whole.patients) == ("2,745", "100.00", "2,500")


def test_numbers_are_written_as_the_language_has_them():
    """With its separators; the name for none too."""
    *_, unnamed, whole = places(sample(), DE).levels[0].rows
    assert (unnamed.name, unnamed.share) == ("nicht angegeben", "34,61")
    assert whole.visits == "2.745"


def test_a_change_is_against_the_same_weekday_of_the_days_before():
    """100 visits after four Mondays of 80; the date itself is as the report counts it, not as the history."""
    days = len(sample().history.dates)
    counts = [7] * days
    for back in (7, 14, 21, 28):
        counts[-1 - back] = 80
    page = with_rows([("facility", "H1", "90", "100", "3.64")], {"facility": {"H1": counts}})
    (row, _) = level_of(page).rows
    assert row.change == Change(f"+25{SPACE}%", "against 4 Mondays")
    assert level_of(page).places[0].counts[-1] == 100


def test_a_small_count_is_no_percentage():
    """The numbers themselves, as with diagnoses."""
    counts = [2] * len(sample().history.dates)
    page = with_rows([("facility", "H1", "3", "4", "0.15")], {"facility": {"H1": counts}})
    assert level_of(page).rows[0].change == Change("4 (usually 2)", "against 4 Mondays")


def test_a_place_without_a_day_before_says_that_nothing_is_known():
    """Not seen in the history at all."""
    page = with_rows([("facility", "H1", "3", "4", "0.15")])
    assert level_of(page).rows[0].change == Change("", "no Monday of the 4 weeks before is known")


def test_many_places_are_cut_with_the_rest_summed():
    """Visits of the rest and their share; patients have no sum, since one may be in several."""
    rows = level_of(with_rows(many(MOST + 3))).rows
    assert len(rows) == MOST + 2
    assert rows[MOST] == ("Others (3)", "6", "0.22", "", Change())


def test_the_script_gets_all_of_500_places():
    """So that the filter reaches each, although the page lists 20."""
    page = with_rows(many(500))
    data = place_data(places(page, EN), 60)["facility"]
    assert (data["total"], len(data["places"]), data["small"]) == (500, 500, SMALL_CHARTS)
    assert data["places"][499][0] == "H499"


def test_very_many_places_stop_at_a_budget_of_bytes():
    """The page stays bounded; the report has all of them."""
    page = with_rows(many(9_000))
    data = place_data(places(page, EN), 60)["facility"]
    assert 500 < len(data["places"]) < data["total"] == 9_000


def test_a_facility_alone_has_one_row_beside_the_whole_date():
    """And no region part, where no record names a region."""
    found = places(with_rows([("facility", "H1", "2500", "2745", "100.0")]), EN)
    assert [level.name for level in found.levels] == ["facility"]
    assert [row.name for row in found.levels[0].rows] == ["H1", "Whole date"]


@pytest.mark.parametrize("rows", [[], None])
def test_where_no_record_names_a_place_there_is_no_section(rows):
    """Nor a link to one; an issue of an earlier version has no such report."""
    page = with_rows([])
    if rows is None:
        others = {name: file for name, file in page.reports.items() if name != "places"}
        page = dataclasses.replace(page, reports=others)
    assert places(page, EN) is None
    html = render_day(page, EN, "library")
    assert b'"places"' not in html
    assert b'href="#places"' not in html
    assert "places" not in unpacked(html.decode())


def test_a_silent_facility_is_linked_not_repeated():
    """It is in the heat map; without that section there is no link."""
    page = sample()
    assert "H2" in [name for (name,) in page.table("facilities").select_columns("facility")]
    assert "H2" not in [row.name for row in level_of(page).rows]
    assert b'href="#facilities">What each' in render_day(page, EN, "library")
    alone = with_rows(many(1), facilities=[])
    assert b'href="#facilities"' not in render_day(alone, EN, "library")


def test_a_hidden_count_leaves_its_cells_empty():
    """And the sum of the rest, as soon as one of them is hidden."""
    rows = [*many(MOST), ("facility", "A", "", "", ""), ("facility", "B", "", "", "")]
    found = level_of(with_rows(rows)).rows
    assert found[MOST] == ("Others (2)", "", "", "", Change())


def test_a_name_is_text_whatever_it_holds():
    """In the page; the script gets it packed."""
    html = render_day(sample(), EN, "library")
    assert b"<img src=x" not in html
    assert b"&lt;img src=x&gt;&amp;" in html
    assert "\u202e".encode() not in html
