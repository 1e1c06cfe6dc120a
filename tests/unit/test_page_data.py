"""What the script of a page gets: kinds of missing numbers, bounds, and values that cannot break the page."""

import dataclasses
import json

import pytest

from healthtrends.page.document import asset
from healthtrends.page.packing import script_json
from healthtrends.page.render import render_day
from tests.browser.sample import DATE, HIDDEN, HOSTILE, NO_FEED, UNREAD, detected, sample
from tests.unit.parsed_page import EN, LIBRARY, Parsed, render_changed


def test_hidden_zero_no_feed_and_not_counted_stay_apart_in_the_data(page):
    """By state and value: null on an observed day is hidden, 0 is zero."""
    days = [
        (state, page.data["curves"][code][place])
        for code, place in _cases(page)
        for state in _state(page, place)
    ]
    assert days == [("observed", 0), ("none", None), ("unread", None), ("observed", None)]


def _cases(page):
    curves, length = page.data["curves"], len(page.data["days"])
    zero = next((code, curve.index(0)) for code, curve in curves.items() if 0 in curve)
    any_code = zero[0]
    hidden = next(code for code, curve in curves.items() if curve[length - HIDDEN] is None)
    return [zero, (any_code, length - NO_FEED), (any_code, length - UNREAD), (hidden, length - HIDDEN)]


def _state(page, place):
    yield page.data["days"][place][1]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_treatment_code_makes_no_element_and_arrives_as_it_is(value):
    """Tags, quotes, formulas and line separators are text wherever they stand."""
    found = Parsed(render_day(sample(20, hostile=(value,)), EN, LIBRARY))
    assert len(found.named("script")) == 6
    assert not found.named("img")
    rows = found.data["tables"]["treatment_outcomes"]["rows"]
    assert value in {row[1] for row in rows}


def test_a_hostile_code_in_every_place_of_the_page_makes_no_element():
    """Codes are checked at intake; the page does not lean on that."""
    bad = '"><img src=x onerror=alert(1)>'
    history = sample(6).history
    rising = [5] * (len(history.dates) - 7) + [500] * 7
    page = dataclasses.replace(sample(6), history=dataclasses.replace(history, patients={bad: rising}))
    found = Parsed(render_day(detected(page), EN, LIBRARY))
    assert not found.named("img")
    assert bad in found.part("glance")


def test_data_in_a_script_hold_no_character_that_could_end_it():
    """Nor one that old JavaScript takes for a line's end."""
    text = script_json(["</script>", "<!--", "\u2028\u2029&"])
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == ["</script>", "<!--", "\u2028\u2029&"]


def test_a_row_of_a_report_is_cut_and_the_page_says_where_all_of_them_are():
    """More codes than a page may hold: how many there are, and the path of the CSV."""
    table = Parsed(render_day(sample(2500), EN, LIBRARY)).data["tables"]["trend_summary"]
    assert (len(table["rows"]), table["total"]) == (2000, 2500)
    assert table["place"] == f"/healthTrend/reports/trend_summary/date={DATE}/part-00000.csv"


def test_long_values_stop_a_report_before_its_number_of_rows_does():
    """A code point may be six bytes as an escape."""
    found = Parsed(render_day(sample(2500, hostile=("<" * 100,)), EN, LIBRARY))
    rows = found.data["tables"]["treatment_outcomes"]["rows"]
    assert 500 < len(rows) < 2000


def test_an_issue_with_one_report_only_has_a_page():
    """Whatever reports an issue has."""
    made = sample()
    found = render_changed(reports={"trend_summary": made.reports["trend_summary"]})
    assert list(found.data["tables"]) == ["trend_summary"]


def test_a_page_repeats_nothing_that_all_pages_share(page):
    """Texts, titles of codes and charts: only what is of its own issue and history is in it."""
    assert set(page.data) == {
        "date", "issue", "empty", "days", "curves", "first", "tables", "places"
    }  # fmt: skip
    assert len(page.page) < 50_000


def test_scripts_never_make_html_of_text():
    """They build elements; a value cannot become one."""
    for name in ("tools.js", "charts.js", "explore.js", "day.js", "index.js"):
        assert not {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"} & set(
            asset(name).replace("(", " ").replace(".", " ").split()
        )
