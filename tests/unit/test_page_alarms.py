"""The alarms of a date's page: first, each with its reason, its picture and what people said of it."""

import re
from dataclasses import replace

import pytest

from healthtrends.page.alarm_picture import WIDTH, alarm_picture, line
from healthtrends.page.render import render_day
from healthtrends.page.sections.alarms import alarms
from healthtrends.page.sparkline import sparkline
from healthtrends.page.translations import bundled
from tests.browser.alarm_sample import curve, entries, with_alarms
from tests.browser.sample import RISING, sample

EN, DE = bundled("en"), bundled("de")


def page_text(page, words=EN):
    return render_day(page, words, "").decode()


def test_alarms_come_before_all_other_sections():
    """And are the first of the links to them."""
    text = page_text(with_alarms())
    assert re.findall(r'<section id="(\w+)"', text)[:2] == ["alarms", "glance"]
    assert re.search(r'<nav .*?href="#(\w+)"', text, re.DOTALL)[1] == "alarms"


def test_the_reason_is_one_sentence():
    """How many, what was expected and up to what, from which days, and since when."""
    outbreak, block = alarms(with_alarms(), EN).entries
    assert outbreak.reason == (
        "50 patients; expected 10.5, upper limit 17; from 24 days up to 19 Dec; day 3, since 20 Dec; "
        "with Category N17."
    )
    assert block.reason == "1,200 patients; first day, 22 Dec."


def test_the_reason_is_in_the_language_of_the_page():
    """The report has an English one for all."""
    assert (
        alarms(with_alarms(), DE).entries[0].reason.startswith("50 Patienten; erwartet 10,5, obere Grenze 17")
    )


def test_an_alarm_says_what_would_have_to_be_lower_and_where_it_comes_from():
    """The greatest count that gives none; detector, parameters, commit and issue; the chance."""
    (found, _) = alarms(with_alarms(), EN).entries
    assert found.no_alarm == "With 17 patients or fewer there would be no alarm."
    assert found.origin == (
        "Found by switch, guard = 2 in commit 41, issue 2. In usual times so many come on 0.02 % of days."
    )


def test_an_alarm_is_compared_with_last_year_where_there_is_one():
    """The same weekdays, 52 weeks before; without it nothing is said."""
    outbreak, block = alarms(with_alarms(), EN).entries
    assert (
        outbreak.last_year
        == "Last 7 days: 160 patients; 52 weeks before, the 7 days up to 23 December 2024: 71."
    )
    assert block.last_year == ""


def test_what_people_said_is_shown_with_who_and_when_as_text():
    """A note is text, whatever it holds."""
    text = page_text(with_alarms())
    assert "Taken on by dr.k, 21 December 2025, 08:30 UTC, of 21 Dec: lab asked &lt;b&gt;" in text


def test_a_day_without_alarms_says_so():
    """That is an ordinary day, and a sentence of its own where nothing was tested."""
    assert (
        alarms(with_alarms([]), EN).none
        == "No alarm: nothing rose beyond the usual. That is an ordinary day."
    )
    untested = alarms(with_alarms([], "too_short", 0), EN)
    assert (untested.none, untested.lead) == (
        "Too few days before are known to say what is usual. No series was tested.", ""
    )  # fmt: skip


@pytest.mark.parametrize("answer", ["quiet_feed", "missing", "too_short", "tested"])
@pytest.mark.parametrize("words", [EN, DE], ids=["en", "de"])
def test_every_answer_has_its_sentence(answer, words):
    """Nobody reads a list that is empty for another reason as good news."""
    assert alarms(with_alarms([], answer), words).none == words(f"alarms.none_{answer}")


def test_an_issue_of_an_earlier_version_has_no_such_section():
    """Nor a link to one."""
    assert alarms(sample(), EN) is None
    assert 'href="#alarms"' not in page_text(sample())


def test_a_code_leads_to_its_curve_and_a_group_does_not():
    """Groups have none further down."""
    outbreak, block = alarms(with_alarms(), EN).entries
    assert (outbreak.is_linked, block.is_linked) == (True, False)
    assert f'<a href="#code={RISING}"><b>{RISING}</b>' in page_text(with_alarms())


def test_an_alarm_without_its_days_says_that_they_are_to_be_counted():
    """In the place of the picture."""
    text = page_text(with_alarms())
    assert text.count('class="alarm-curve"') == 1
    assert EN("alarms.no_curve") in text


def test_the_picture_shows_baseline_guard_and_known_outbreaks():
    """Days 30 to 3 back are the baseline, 2 and 1 the guard, 24 to 22 a known outbreak; 31 days in all."""
    found = alarm_picture(curve(), "x", EN)
    step = WIDTH / 31
    assert [
        (span.kind, round(float(span.left) / step), round(float(span.width) / step)) for span in found.spans
    ] == [
        ("baseline", 0, 28),
        ("guard", 28, 2),
        ("known", 6, 3),
    ]


def test_the_picture_has_a_dot_for_each_day_in_alarm():
    """The last three."""
    dots = alarm_picture(curve(), "x", EN).dots
    assert [round(float(dot.x) / (WIDTH / 31) - 0.5) for dot in dots] == [28, 29, 30]


def test_the_band_breaks_where_a_day_was_not_tested():
    """Two pieces around the day without a feed."""
    assert alarm_picture(curve(), "x", EN).band.count("Z") == 2


def test_a_line_breaks_at_a_day_that_is_not_known():
    """A lone day is a dot."""
    assert line([0.0, None, 10.0, 20.0], 20) == "M75.0 150.0h0M375.0 75.0L525.0 0.0"


def test_the_picture_is_a_table_too():
    """The newest day first; what is not known stays empty, marks are words."""
    (found, _) = alarms(with_alarms(), EN).entries
    assert found.rows[0] == ("2025-12-22", "50", "10.5", "17", "day in alarm")
    assert found.rows[12] == ("2025-12-10", "", "", "", "")
    assert found.rows[24] == ("2025-11-28", "10", "", "", "known outbreak, left out of baselines")


def test_genders_and_ages_are_small_curves_where_they_are_kept():
    """With the number of the date."""
    (found, block) = alarms(with_alarms(), EN).entries
    assert [name for name, _ in found.parts] == ["Men: 25", "0-4 years: 40", "65+ years: 10"]
    assert not block.parts


def test_a_code_of_one_age_group_has_the_title_of_the_code():
    """In the language of the page."""
    (other, *_) = entries()
    listed = [replace(other, level="age_group", code=f"{RISING} 0-4", title="")]
    (found,) = alarms(with_alarms(listed), DE).entries
    assert (found.level, found.name.code, found.is_linked) == ("Altersgruppe", f"{RISING} 0-4", False)
    assert found.name.title == alarms(with_alarms(), DE).entries[0].name.title


def test_small_curves_of_a_kind_have_one_scale():
    """Half as many patients are half as high."""
    (found, _) = alarms(with_alarms(), EN).entries
    _, children, old = (curve for _, curve in found.parts)
    bottom, top = sparkline([0], "").dot, sparkline([1], "").dot
    assert (children.dot, bottom - old.dot) == (top, (bottom - top) // 4)


def test_a_code_that_is_not_on_the_page_is_no_link():
    """Its curve did not come."""
    (other, *_) = entries()
    (found,) = alarms(
        with_alarms(
            [type(other)(**{**{n: getattr(other, n) for n in other.__dataclass_fields__}, "code": "X99"})]
        ),
        EN,
    ).entries
    assert not found.is_linked
