"""A date's page as a file: its sections, what it loads, what it has without a script, and a copy of it."""

import base64
import dataclasses
import datetime as dt
import hashlib

import pytest

from healthtrends.page.document import DAY, WHOLE
from healthtrends.page.render import IN_PAGE, render_day
from healthtrends.page.shared import shared_files
from healthtrends.page.translations import bundled
from healthtrends.reports.registry import schemas
from tests.browser.alarm_sample import with_alarms
from tests.browser.sample import sample
from tests.unit.parsed_page import EN, LIBRARY, Parsed, render_changed


def test_every_section_is_there_and_has_its_heading():
    """And the links at the top lead to them."""
    page = Parsed(render_day(with_alarms(), EN, LIBRARY))
    ids = {attributes.get("id") for tag, attributes in page.elements if tag == "section"}
    links = {attributes["href"] for attributes, _ in page.named("a") if "href" in attributes}
    assert set(IN_PAGE) <= ids
    assert {f"#{name}" for name in IN_PAGE} <= links


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
    found = render_changed(place_name="Ward 3 <north>")
    assert "Ward 3 <north>" in {
        text for attributes, text in found.named("p") if attributes.get("class") == "house"
    }
    assert "Ward 3 <north>" in found.named("title")[0][1]


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
    expected += [
        EN("nowcast.as_table"),
        EN("ages.as_table"),
        EN("outcomes.as_table"),
        EN("made.sha256"),
        EN("quality.rejected"),
    ]
    expected += [EN("dictionary.heading")] if place.is_whole else []
    assert sorted(labels) == sorted(expected)


def test_a_copy_that_lies_alone_says_of_which_issue_and_when_it_was_made():
    """And leads to no index, for none is beside it."""
    page = dataclasses.replace(sample(), copied_at=dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC))
    found = Parsed(render_day(page, EN, LIBRARY, WHOLE))
    assert "This copy of issue 2 was made 2 January 2026, 03:04 UTC" in found.texts[0]
    assert "Issue 2, made 23 December 2025, 06:05 UTC" in found.texts[0]
    assert not [a for a, _ in found.named("a") if "index.html" in a.get("href", "")]


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
