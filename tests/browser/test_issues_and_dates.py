"""What a page says of its own time: final since then, a newer issue, the dates before and after."""

import dataclasses
import datetime as dt

import pytest

from tests.browser.conftest import DRAWN
from tests.browser.controls import choose, written
from tests.browser.sample import DATE, sample

pytestmark = pytest.mark.long

BADGES = "return [...document.querySelectorAll('.badge')].map((badge) => badge.textContent)"
NEWER = "const node = document.getElementById('newer'); return [node.hidden, node.textContent]"
DASHED = "return document.querySelectorAll('#trend-chart path[stroke-dasharray][d]').length"
LONG = 365 * 500
STEPS = (
    "return [...document.querySelectorAll('#steps li')].map((item) => [item.firstChild.textContent, "
    "...[...item.querySelectorAll('a')].map((link) => link.getAttribute('href'))])"
)


def test_a_page_that_was_provisional_is_final_once_that_time_is_over(day):
    """By the clock of the reader; the page is as it was made."""
    assert day.run(BADGES) == ["final", "final"]
    glance = day.run("return document.getElementById('glance').textContent")
    assert (
        "No more records are expected for this date.No more records are expected for the dates before"
        in glance
    )
    assert day.run(DASHED) == 0


def test_provisional_days_are_dashed(window, tmp_path):
    """From the last complete day on, as long as records may still come."""
    window.open(written(tmp_path, sample(6, open_days=LONG)))
    window.wait(DRAWN)
    assert window.run(BADGES)[0].startswith("provisional until ")
    assert (
        window.run("return document.querySelectorAll('#trend-chart path[stroke-dasharray][d]').length") >= 1
    )


def test_an_earlier_issue_says_that_a_newer_one_exists(window, tmp_path):
    """Read from the list beside the index, from disk."""
    window.open(written(tmp_path, sample(6), {DATE: (3, "final")}))
    window.wait(DRAWN)
    says = "A newer issue of this date exists: issue 3. This page is issue 2."
    assert window.run(NEWER) == [False, says]


def test_the_newest_issue_says_that_records_came_after_it(window, tmp_path):
    """As the index says it."""
    window.open(written(tmp_path, sample(6), {DATE: (2, "stale")}))
    window.wait(DRAWN)
    assert window.run(NEWER)[1].startswith("Records of this date came after")


def test_a_page_leads_to_the_dates_before_and_after_that_have_one(day):
    """The next, and those at least a week and a month away; the code that is shown is kept."""
    choose(day, "#code", "I47.1")

    def page(back):
        return f"../date={DATE - dt.timedelta(days=back)}/index.html#code=I47.1"

    assert day.run(STEPS) == [["Day", page(1), page(-3)], ["Week", page(8)], ["Month", page(32)]]


def test_a_page_alone_says_nothing_of_other_issues(window, tmp_path):
    """It works as well, and complains of the missing list only."""
    window.open(written(tmp_path, sample(6)))
    window.wait(DRAWN)
    assert window.run(NEWER) == [True, ""]
    assert all("dates.js" in line for line in window.complaints())


def test_an_empty_date_has_no_chart_and_no_fault(window, tmp_path):
    """One sentence; nothing is drawn over empty axes."""
    page = sample(6)
    made = dataclasses.replace(page.provenance, input_records=0, state="empty", provisional_until=None)
    empty = dataclasses.replace(page, provenance=made)
    window.open(written(tmp_path, empty, {DATE: (3, "empty")}))
    assert window.run("return document.querySelectorAll('.chart, svg.marks').length") == 0
    assert window.run(NEWER)[0] is False
    assert window.complaints() == []
