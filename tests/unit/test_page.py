"""A date's page as data and as a file: what it says, what it leaves out, and what cannot break it."""

import base64
import dataclasses
import datetime as dt
import hashlib
import json
from html.parser import HTMLParser

import pytest

from healthtrends.model.history import History
from healthtrends.page.data import Table
from healthtrends.page.document import DAY, WHOLE, asset
from healthtrends.page.index import render_index
from healthtrends.page.packing import script_json
from healthtrends.page.render import IN_PAGE, render_day
from healthtrends.page.shared import shared_files
from healthtrends.page.sparkline import sparkline
from healthtrends.page.translations import bundled
from healthtrends.reports.registry import schemas
from tests.browser.sample import (
    DATE,
    HIDDEN,
    HOSTILE,
    NO_FEED,
    UNREAD,
    detected,
    sample,
    sample_index,
    unpacked,
)

EN = bundled("en")
LIBRARY = "window.vegaEmbed = () => {};"

CELL = ("th", "td")
ENDS = {
    "li": ("li",), "dt": ("dt", "dd"), "dd": ("dt", "dd"), "option": ("option",),
    "tr": ("tr", *CELL), "th": CELL, "td": CELL, "tbody": ("thead", "tr", *CELL),
}  # fmt: skip
"""Which open elements the begin of one ends."""


class Parsed(HTMLParser):
    """Elements of a page, and the text inside each; one without an end tag ends where HTML ends it."""

    def __init__(self, page) -> None:
        super().__init__()
        self.elements = []
        self.texts = []
        self._open = []
        self.page = page.decode()
        self.feed(self.page)

    def handle_starttag(self, tag, attrs):
        while self._open and self._open[-1][0] in ENDS.get(tag, ()):
            self._open.pop()
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")
        self._open.append((tag, len(self.texts) - 1))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for _, place in self._open:
            self.texts[place] += data

    def named(self, tag):
        """Attributes and text of all elements of one kind."""
        pairs = zip(self.elements, self.texts, strict=True)
        return [(attributes, text) for (name, attributes), text in pairs if name == tag]

    def part(self, name):
        """Text of the element with an id."""
        pairs = zip(self.elements, self.texts, strict=True)
        return next(text for (_, attributes), text in pairs if attributes.get("id") == name)

    @property
    def data(self):
        """What the script gets."""
        return unpacked(self.page)


@pytest.fixture(scope="module")
def page():
    """The page of the sample."""
    return Parsed(render_day(sample(), EN, LIBRARY))


def day(**changes):
    """A page with other data."""
    return Parsed(render_day(detected(dataclasses.replace(sample(), **changes)), EN, LIBRARY))


def test_every_section_is_there_and_has_its_heading(page):
    """And the links at the top lead to them."""
    ids = {attributes.get("id") for tag, attributes in page.elements if tag == "section"}
    links = {attributes["href"] for attributes, _ in page.named("a") if "href" in attributes}
    assert set(IN_PAGE) <= ids
    assert {f"#{name}" for name in IN_PAGE} <= links


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
    badges = [text for a, text in day(provenance=made).named("span") if "badge" in a.get("class", "")]
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
    assert EN("glance.rejected_unknown") in day(reports=reports).part("glance")


def test_a_final_date_without_open_days_says_that_all_is_complete():
    """The box is never empty."""
    made = dataclasses.replace(sample().provenance, state="final", provisional_until=None)
    glance = day(provenance=made, complete_until=DATE).part("glance")
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
    assert EN("glance.rose_unknown") in day(history=history).part("glance")


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


def test_the_page_loads_what_lies_beside_the_index_and_nothing_else(page):
    """The policy forbids all that it does not need."""
    loaded = [a.get("src") or a.get("href") for tag, a in page.elements if tag in ("script", "link")]
    others = ("licences-", "columns-", "index-")
    shared = [path for path in shared_files(EN, LIBRARY) if not any(name in path for name in others)]
    assert {path for path in loaded if path} == {f"../{path}" for path in (*shared, "dates.js")}
    assert {tag for tag, _ in page.elements} & {"img", "iframe", "object", "embed", "form"} == set()
    policy = next(a["content"] for a, _ in page.named("meta") if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'")


def test_shared_files_are_named_by_their_content():
    """A page never gets the scripts of another version."""
    one, other = shared_files(EN, LIBRARY), shared_files(EN, LIBRARY + " ")
    assert len(set(one) - set(other)) == 1
    assert set(shared_files(bundled("de"), LIBRARY)) != set(one)


def test_a_whole_page_is_made_of_its_own_scripts_alone():
    """Each is named by its digest, otherwise the browser would not run it; no element could load anything."""
    found = Parsed(render_day(sample(), EN, LIBRARY, WHOLE))
    assert not [tag for tag, attributes in found.elements if "src" in attributes or tag == "link"]
    policy = next(a["content"] for a, _ in found.named("meta") if a.get("http-equiv"))
    scripts = [text for attributes, text in found.named("script") if not {"type", "src"} & set(attributes)]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert len(digests) == 4
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert all(f"'sha256-{digest}'" in policy for digest in digests)


def test_the_place_stands_on_the_page_and_in_its_title():
    """As `publish.title` names it."""
    found = day(place_name="Ward 3 <north>")
    assert "Ward 3 <north>" in {
        text for attributes, text in found.named("p") if attributes.get("class") == "house"
    }
    assert "Ward 3 <north>" in found.named("title")[0][1]


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
    return day(reports=empty, history=history, provenance=how)


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


def test_an_issue_with_one_report_only_has_a_page():
    """Whatever reports an issue has."""
    made = sample()
    found = day(reports={"trend_summary": made.reports["trend_summary"]})
    assert list(found.data["tables"]) == ["trend_summary"]


def test_the_page_says_how_it_was_made(page):
    """Issue, commit, engine, versions, digests."""
    made, sample_made = page.part("made"), sample()
    assert "pysail 0.7.2, pyspark 4.2.1" in made
    assert "41" in made
    assert all(file.sha256 in made for file in sample_made.reports.values())


def test_every_column_is_explained_with_its_unit():
    """In a page that lies alone, and in the file that the others share."""
    shared = shared_files(EN, LIBRARY)
    beside = next(Parsed(content) for path, content in shared.items() if "columns-" in path)
    alone = Parsed(render_day(sample(), EN, LIBRARY, WHOLE))
    columns = {column for name in schemas() for column in sample().reports[name].table.columns}
    for explained in (beside.part("content"), alone.part("dictionary")):
        assert all(column in explained for column in columns)


def test_without_a_script_a_page_leads_to_what_the_columns_mean(page):
    """Its own address of the file beside the index."""
    shared = {f"../{path}" for path in shared_files(EN, LIBRARY)}
    (link,) = [a["href"] for a, text in page.named("a") if "columns-" in a.get("href", "")]
    assert link in shared


@pytest.mark.parametrize("place", [DAY, WHOLE])
def test_without_a_script_the_tables_are_there(place):
    """All but the one that is sorted and filtered; what a script fills is not."""
    found = Parsed(render_day(sample(), EN, LIBRARY, place))
    labels = [attributes["aria-label"] for attributes, _ in found.named("table")]
    expected = [EN(f"{name}.heading") for name in ("top", "facilities", "quality")]
    expected += [EN("places.facility_heading"), EN("places.region_heading")]
    expected += [EN("ages.as_table"), EN("outcomes.as_table"), EN("made.sha256"), EN("quality.rejected")]
    expected += [EN("dictionary.heading")] if place.is_whole else []
    assert sorted(labels) == sorted(expected)


def test_a_copy_that_lies_alone_says_of_which_issue_and_when_it_was_made():
    """And leads to no index, for none is beside it."""
    page = dataclasses.replace(sample(), copied_at=dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC))
    found = Parsed(render_day(page, EN, LIBRARY, WHOLE))
    assert "This copy of issue 2 was made 2 January 2026, 03:04 UTC" in found.texts[0]
    assert "Issue 2, made 23 December 2025, 06:05 UTC" in found.texts[0]
    assert not [a for a, _ in found.named("a") if "index.html" in a.get("href", "")]


def test_a_page_repeats_nothing_that_all_pages_share(page):
    """Texts, titles of codes and charts: only what is of its own issue and history is in it."""
    assert set(page.data) == {
        "date", "issue", "empty", "days", "curves", "first", "tables", "places"
    }  # fmt: skip
    assert len(page.page) < 50_000


def test_a_german_page_has_german_titles():
    """In the markup and in the file for the scripts."""
    found = Parsed(render_day(sample(), bundled("de"), LIBRARY))
    spans = [a for a, text in found.named("span") if text == "Akutes Nierenversagen"]
    assert spans
    assert not any("lang" in attributes for attributes in spans)
    shared = shared_files(bundled("de"), LIBRARY)
    titles = next(content.decode() for path, content in shared.items() if "titles-" in path)
    assert '"N17":"Akutes Nierenversagen"' in titles


def test_titles_are_marked_as_english_in_a_page_of_another_language():
    """A screen reader should not read them as that language."""
    french = dataclasses.replace(EN, texts={**EN.texts, "language": "fr"})
    found = Parsed(render_day(sample(), french, LIBRARY))
    spans = [a for a, text in found.named("span") if text == "Acute kidney failure, unspecified"]
    assert spans
    assert all(attributes["lang"] == "en" for attributes in spans)


def test_a_sparkline_leaves_a_gap_where_nothing_is_known():
    """Two lines instead of one; a lone known day is a dot."""
    path = sparkline([1, 2, None, 3, None, 4, 4], "").path
    assert path.count("M") == 3
    assert path.count("h0") == 1


def test_a_sparkline_of_nothing_is_an_empty_picture():
    """No division by zero."""
    assert [sparkline(counts, "").path for counts in ([None, None], [])] == ["", ""]


def test_the_index_links_every_date_with_a_page_and_tells_its_state():
    """In words, not by colour alone."""
    index = sample_index()
    found = Parsed(render_index(index, EN))
    links = {a["href"]: text for a, text in found.named("a") if "data-date" in a}
    assert set(links) == {f"date={entry.date}/index.html" for entry in index.dates}
    assert "provisional, 100,059 records" in links[f"date={DATE}/index.html"]


def test_a_date_without_a_page_is_no_link():
    """Its state is told all the same."""
    index = sample_index()
    entry = dataclasses.replace(index.dates[0], state="missing", issue=None, has_page=False)
    found = Parsed(render_index(dataclasses.replace(index, dates=[entry]), EN))
    assert not [a for a, _ in found.named("a") if "data-date" in a]
    assert "no report, 100,000 records" in found.part("calendar")


def test_months_without_dates_are_not_drawn():
    """A record of 1900 does not make 1,500 months."""
    index = sample_index()
    old = dataclasses.replace(index.dates[0], date=dt.date(1900, 1, 1))
    found = Parsed(render_index(dataclasses.replace(index, dates=[old, *index.dates]), EN))
    assert [text for _, text in found.named("caption")] == [
        "December 2025", "November 2025", "October 2025", "January 1900"
    ]  # fmt: skip


def test_a_provisional_date_of_the_index_names_the_day_that_ends_it():
    """The script puts the final words in its place afterwards."""
    index = sample_index()
    entry = dataclasses.replace(index.dates[-1], provisional_until=dt.date(2025, 12, 24))
    found = Parsed(render_index(dataclasses.replace(index, dates=[entry]), EN))
    (cell,) = [a for a, _ in found.named("a") if "data-date" in a]
    assert "provisional until 24 December 2025, 100,059 records" in cell["title"]
    assert (cell["data-until"], "final, 100,059 records" in cell["data-then"]) == ("2025-12-24", True)


def test_the_index_draws_the_visits_of_all_days_without_a_script():
    """A gap where nothing is known, dashes where days are not complete, and what it shows in words."""
    index = sample_index()
    found = Parsed(render_index(index, EN))
    solid, dashed = [a for a, _ in found.named("path") if "total" in a.get("class", "")]
    assert (solid["d"].count("M"), dashed["d"].count("M"), dashed["class"]) == (2, 1, "total open")
    assert dashed["d"].count("L") == 2
    assert len([a for a, _ in found.named("rect") if a["fill"] == "url(#hatch)"]) == 2
    picture = next(a["aria-label"] for a, _ in found.named("svg") if "aria-label" in a)
    assert picture.startswith("Visits a day from 24 October 2025 to 22 December 2025: between ")
    assert picture.endswith("on the 58 known of 60 days.")


@pytest.mark.parametrize(("days", "labels"), [(1, 1), (4, 4), (13, 5), (366, 6)])
def test_the_curve_of_the_index_names_a_few_days_and_none_twice(days, labels):
    """The last one always."""
    found = Parsed(render_index(sample_index(days), EN))
    named = [text for a, text in found.named("span") if a.get("style", "").startswith("left:")]
    assert (len(named), len(set(named)), named[-1]) == (labels, labels, "22 Dec")


def test_the_index_says_what_rose_on_the_newest_date():
    """With a link to its curve there."""
    found = Parsed(render_index(sample_index(), EN))
    links = [a["href"] for a, text in found.named("a") if text.startswith("N17.9")]
    assert links == [f"date={DATE}/index.html#code=N17.9"]
    assert "+53\N{NO-BREAK SPACE}%" in found.part("overview")


def test_an_empty_date_is_not_the_newest_while_another_is_there():
    """Nothing is known of it, so nothing rose on it."""
    index = sample_index()
    empty = dataclasses.replace(index.dates[-1], date=DATE + dt.timedelta(days=1), state="empty")
    newest = dataclasses.replace(index, dates=[*index.dates, empty]).newest_date
    assert newest == index.dates[-1]


def test_an_index_without_a_page_has_no_overview():
    """Nothing was published."""
    index = sample_index()
    entry = dataclasses.replace(index.dates[0], has_page=False)
    found = Parsed(render_index(dataclasses.replace(index, dates=[entry]), EN))
    assert "overview" not in {a.get("id") for _, a in found.elements}


def test_scripts_never_make_html_of_text():
    """They build elements; a value cannot become one."""
    for name in ("tools.js", "charts.js", "explore.js", "day.js", "index.js"):
        assert not {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"} & set(
            asset(name).replace("(", " ").replace(".", " ").split()
        )
