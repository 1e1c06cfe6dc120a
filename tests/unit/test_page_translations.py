"""The texts of the pages: every language says everything, and writes numbers and dates its own way."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest

import healthtrends.page
from healthtrends.errors import ConfigError
from healthtrends.model.day_totals import DayTotals
from healthtrends.model.rejection import Reason
from healthtrends.page.translations import bundled, languages, parse_translations, placeholders
from healthtrends.reports.context import IntakeCounts, ReportContext
from healthtrends.reports.quality.metrics import all_lines
from healthtrends.reports.registry import schemas

FOLDER = Path(healthtrends.page.__file__).parent
LANGUAGES = languages()
DAY = dt.date(2025, 12, 22)


def test_english_and_german_come_with_the_program():
    """And whatever else lies in the folder."""
    assert {"en", "de"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts(language):
    """Otherwise a page would stop half-way."""
    assert set(bundled(language).texts) == set(bundled("en").texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_the_same_places_to_fill_in(language):
    """A translation that lost one would lose a number."""
    english = bundled("en").texts
    assert {key: placeholders(text) for key, text in bundled(language).texts.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["column", "meaning", "unit"])
def test_every_column_has_its_words(language, kind):
    """A heading, a meaning and a unit."""
    texts = bundled(language).texts
    assert [
        c for schema in schemas().values() for c in schema.column_names if f"{kind}.{c}" not in texts
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_report_and_reason_has_its_words(language):
    """None is shown by its name in the code."""
    texts = bundled(language).texts
    assert [name for name in schemas() if f"report.{name}" not in texts] == []
    assert [reason for reason in Reason if f"reason.{reason.value}" not in texts] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_of_the_quality_report_has_its_word(language):
    """A German page said "lines" and "share"."""
    texts = bundled(language).texts
    units = {line.unit for line in all_lines(ReportContext(DAY, DayTotals()), IntakeCounts(hidden=1))}
    assert [unit for unit in units if f"quality.unit.{unit}" not in texts] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("key", "count"),
    [
        ("weekdays", 7),
        ("weekdays_plural", 7),
        ("weekdays_short", 7),
        ("months", 12),
        ("months_short", 12),
    ],
)
def test_lists_of_words_are_complete(language, key, count):
    """Names are parted by blanks, so none may hold one."""
    assert len(bundled(language).listed(key)) == count


def test_every_text_is_used_and_every_used_text_is_there():
    """By its own key, or by one that is put together from a kind and a name."""
    patterns = ("**/*.py", "**/*.js", "**/*.html", "assets/*.json")
    files = (file for pattern in patterns for file in FOLDER.glob(pattern))
    code = "".join(file.read_text("utf-8") for file in files)
    begins = {
        found.split("{", maxsplit=1)[0] for found in re.findall(r'translations\.?\w*\(f"([\w.]+)', code)
    }
    begins |= set(re.findall(r"WORDS\[`([\w.]+)\$", code))
    begins |= set(re.findall(r"\bt\(['\"]([\w.]+)['\"] ~", code))
    of = {f"{kind}." for kind in re.findall(r'translations\.of\("([\w.]+)"', code)}
    prefixes = tuple(begins | of | {"number.", "date.", "meaning.", "unit."})
    used = set(re.findall(r'"([a-z_0-9]+(?:\.[a-z_0-9]+)+|[a-z_]+)"', code))
    used |= set(re.findall(r"\bt\(['\"]([\w.]+)['\"]\)", code))
    used |= {f"js.{name}" for name in re.findall(r"WORDS\.(\w+)", code)}
    used |= {f"js.{name}" for name in used}
    texts = set(bundled("en").texts)
    assert sorted(key for key in texts if key not in used and not key.startswith(prefixes)) == []


@pytest.mark.parametrize(("language", "written"), [("en", "1,234,567"), ("de", "1.234.567")])
def test_whole_numbers_are_grouped(language, written):
    """As the language does it."""
    assert bundled(language).number(1234567) == written


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        (1234.56, 1, "1,234.6"),
        (-0.04, 1, "0.0"),
        (-1.5, 0, "\u22122"),
        (0.4, 0, "0"),
        (-3.25, 2, "\u22123.25"),
    ],
)
def test_decimal_numbers_have_a_true_minus_and_no_negative_zero(value, places, written):
    """A hyphen is no minus."""
    assert bundled("en").decimal(value, places) == written


@pytest.mark.parametrize(
    ("share", "written"), [(0.804, "+80"), (-0.5, "\u221250"), (0.0, "0"), (0.001, "0"), (-0.001, "0")]
)
def test_a_change_always_has_its_sign_unless_it_is_nothing(share, written):
    """In percent."""
    assert bundled("en").change(share) == f"{written}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("language", "written"), [("en", "Monday, 22 December 2025"), ("de", "Montag, 22. Dezember 2025")]
)
def test_a_date_is_written_in_full(language, written):
    """Without the machine's locale."""
    assert bundled(language).day(DAY) == written


def test_an_own_message_file_replaces_what_it_names_and_the_rest_is_english():
    """A file with one text is a language."""
    words = parse_translations(json.dumps({"brand": "Klinik"}).encode(), "own.json")
    assert (words("brand"), words("all_dates")) == ("Klinik", "All dates")


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"\xff", b'{"brand": 1}', b'{"brnad": "x"}', b'{"title": "no date"}', b'{"title": "{date"}',
     b'{"title": "{date.__class__}"}', b'{"title": "{0}"}'],
)  # fmt: skip
def test_an_own_message_file_with_a_fault_is_refused(content):
    """No JSON, no text, an unknown key, other places to fill in: never a page that stops half-way."""
    with pytest.raises(ConfigError, match=r"own\.json"):
        parse_translations(content, "own.json")


def test_a_name_without_words_is_shown_as_words():
    """A metric of a later version."""
    assert bundled("en").of("metric", "brand_new_metric") == "brand new metric"
