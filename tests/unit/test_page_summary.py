"""What a date's page says in its first section: changes, open days, gaps, rejected messages, no records."""

import dataclasses

from healthtrends.model.history import History
from healthtrends.page.data import Table
from tests.browser.sample import DATE, sample
from tests.unit.parsed_page import EN, render_changed


def test_the_page_says_what_rose_with_how_much(page):
    """The outbreak of the sample, by its code, title and both changes, each with what it is against."""
    risen = page.part("glance").partition("Rose this week")[2].partition("Fell this week")[0]
    assert "N17" in risen
    assert "Acute kidney failure" in risen
    assert "+47\N{NO-BREAK SPACE}% against 4 Mondays" in risen
    assert "7 days: +53\N{NO-BREAK SPACE}% (2,665 after 1,739, 5 of 7 days known)" in risen


def test_the_page_says_what_fell(page):
    """The code whose counts went down."""
    fallen = page.part("glance").partition("Fell this week")[2].partition("What is provisional")[0]
    assert "I47.1" in fallen


def test_the_page_names_the_provisional_days(page):
    """Those after the last complete date, with the day that ends it."""
    glance = page.part("glance")
    assert "From 21 Dec on the dates may still grow, each until 2 days after it" in glance
    assert "all are complete after 24 December 2025" in glance


def test_a_provisional_state_names_its_last_day_in_every_place(page):
    """Without a script, and years later, these words are as true as on the day they were written."""
    stated = [(a, text) for a, text in page.named("span") if "data-until" in a]
    assert [text for _, text in stated] == [
        "provisional until 24 December 2025",
        "provisional until 24 December 2025",
        "Records of this date are expected until 24 December 2025; until then its numbers may grow.",
    ]
    assert {a["data-until"] for a, _ in stated} == {"2025-12-24"}
    assert {a["data-then"] for a, _ in stated} == {EN("state.final"), EN("state_means.final")}


def test_a_state_that_no_day_ends_is_named_without_one():
    """Such as one that waits for an open transaction."""
    made = dataclasses.replace(sample().provenance, provisional_until=None)
    badges = [
        text for a, text in render_changed(provenance=made).named("span") if "badge" in a.get("class", "")
    ]
    assert badges == ["provisional"] * 2


def test_a_day_without_a_feed_is_named_and_one_not_counted_is_named_apart(page):
    """They are no zeros, and not the same."""
    glance = page.part("glance")
    assert "No feed, nothing is known: 11 Dec." in glance
    assert "Not counted yet: 10 Dec." in glance


def test_the_page_says_how_many_were_rejected_and_why(page):
    """Of how many, and how many had no date."""
    glance = page.part("glance")
    assert "169 of the 104,508 messages of this date (0.16\N{NO-BREAK SPACE}%)." in glance
    assert "27 more, whose date cannot be read" in glance
    assert "not the form of an ICD-10 code" in glance


def test_reasons_that_never_came_are_not_listed(page):
    """Twenty lines of zero tell nothing."""
    assert "text too long" not in page.part("quality")


def test_an_issue_that_does_not_know_its_rejects_says_so():
    """Those of an earlier version, or with a quarantine that cannot be read."""
    made = sample()
    quality = made.reports["quality"]
    table = Table(
        ("metric", "value", "unit", "threshold", "status"),
        [("messages_rejected", "", "messages", "", "info")],
    )
    reports = {**made.reports, "quality": dataclasses.replace(quality, table=table)}
    assert EN("glance.rejected_unknown") in render_changed(reports=reports).part("glance")


def test_a_final_date_without_open_days_says_that_all_is_complete():
    """The box is never empty."""
    made = dataclasses.replace(sample().provenance, state="final", provisional_until=None)
    glance = render_changed(provenance=made, complete_until=DATE).part("glance")
    assert EN("glance.provisional_none") in glance
    assert EN("state_means.final") in glance


def test_two_weeks_that_are_not_known_give_no_verdict():
    """Rather than `nothing rose`."""
    short = sample().history
    history = History(
        short.dates[-3:],
        short.states[-3:],
        short.visits[-3:],
        {code: counts[-3:] for code, counts in short.patients.items()},
    )
    assert EN("glance.rose_unknown") in render_changed(history=history).part("glance")


def without_diagnoses(records):
    """The page of a date for which so many records were read, none of which counts."""
    made = sample()
    empty = {
        name: dataclasses.replace(file, table=dataclasses.replace(file.table, rows=[]))
        for name, file in made.reports.items()
    }
    history = History([DATE], ["none"], [None], {})
    state = "final" if records else "empty"
    how = dataclasses.replace(made.provenance, input_records=records, state=state, provisional_until=None)
    return render_changed(reports=empty, history=history, provenance=how)


def test_a_date_without_records_says_so_in_one_sentence_and_draws_nothing():
    """Neither a zero, nor an empty axis, nor a state that contradicts it: it is called empty."""
    found = without_diagnoses(0)
    sentence = "No record of 22 December 2025 has come, so nothing is known of this date."
    assert found.part("glance") == EN("glance.heading") + sentence
    assert not [a for a, _ in found.named("div") if a.get("class") == "chart"]
    badges = [(a["class"], text) for a, text in found.named("span") if "badge" in a.get("class", "")]
    assert badges == [("badge empty", "empty")]
    links = [a["href"] for a, _ in found.named("a") if a.get("href", "").startswith("#")]
    assert links == ["#content", "#glance", "#quality", "#made"]


def test_a_date_whose_records_were_all_cancelled_says_that():
    """Something is known of it: that it has no diagnosis."""
    assert "All records of 22 December 2025 were cancelled" in without_diagnoses(3).part("glance")
