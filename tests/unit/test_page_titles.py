"""Titles of codes: which one a code gets, in which language, and what a file of own titles must be."""

import importlib.resources

import pytest

import healthtrends.icd
from healthtrends.config import load
from healthtrends.errors import ConfigError
from healthtrends.icd.titles import Title, bundled_titles, find_title, parse_titles
from healthtrends.model.rules import diagnosis_code
from healthtrends.orchestrate.wiring.page_resources import chosen_words
from healthtrends.sources.catalogue import catalogue

NONE: dict[str, str] = {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_code_of_the_synthetic_records_has_a_title_in_the_language_of_the_page(language):
    """Codes of the WHO's and the German edition too."""
    found = {code: find_title(code, language, NONE) for code in catalogue().codes}
    assert [code for code, title in found.items() if title is None or title.language != language] == []


@pytest.mark.parametrize(
    ("code", "language", "title"),
    [
        ("R10.4", "en", "Abdominal pain, place not stated"),
        ("R10.4", "de", "Bauchschmerzen, Stelle nicht angegeben"),
        ("R07.4", "de", "Brustschmerzen, Ursache nicht angegeben"),
        ("E11.9", "en", "Type 2 diabetes mellitus without complications"),
    ],
)
def test_a_code_has_its_own_title(code, language, title):
    """As its edition or this program words it."""
    assert find_title(code, language, NONE) == Title(title, language)


@pytest.mark.parametrize(
    ("code", "language", "above"),
    [("E11.65", "en", "E11.6"), ("I10.90", "en", "I10"), ("I10.90", "de", "I10"), ("R10.1", "de", "R10")],
)
def test_a_code_without_a_title_has_that_of_the_nearest_code_above(code, language, above):
    """Other editions have codes of their own below the same categories."""
    assert find_title(code, language, NONE) == Title(bundled_titles(language)[above], language)


@pytest.mark.parametrize(
    ("code", "title"), [("A05.1", "Infektionen des Darms"), ("U69.10", "Zusätzliche Codes")]
)
def test_a_category_without_a_title_has_that_of_its_group(code, title):
    """In German, where not every category has one."""
    assert find_title(code, "de", NONE) == Title(title, "de")


def test_a_code_outside_of_every_group_has_no_title():
    """It stands alone."""
    assert find_title("U98.0", "de", NONE) is None


def test_every_category_of_the_edition_is_in_a_group():
    """So a German page leaves none of them without a title."""
    missing = [code for code in bundled_titles("en") if find_title(code, "de", NONE) is None]
    assert missing == []


def test_groups_are_in_order_and_do_not_overlap():
    """The search for a category's group leans on that."""
    text = importlib.resources.files(healthtrends.icd).joinpath("blocks.csv").read_text("utf-8")
    bounds = [line.split(",")[:2] for line in text.splitlines() if not line.startswith(("#", "first"))]
    edges = [edge for pair in bounds for edge in pair]
    assert edges == sorted(edges)


def test_bundled_titles_belong_to_codes_as_they_are_stored():
    """Spelled as the intake spells them."""
    codes = {code for language in ("en", "de") for code in bundled_titles(language)}
    assert [code for code in codes if len(code) != 3 and diagnosis_code(code) != code] == []


def test_titles_of_the_house_go_first_and_count_for_the_codes_below():
    """But not before a title that fits the code better."""
    own = {"J10": "Flu", "J10.1": "Flu, airways"}
    assert find_title("J10.1", "en", own) == Title("Flu, airways", None)
    assert find_title("J10.9", "de", own) == Title("Flu", None)
    assert find_title("J11.1", "en", own) == find_title("J11.1", "en", NONE)


OWN = "code,title,title_de\nj101,Flu,Grippe\nX99,Something,\n".encode("utf-8-sig")


def test_a_file_of_titles_speaks_the_language_of_the_page_where_it_can():
    """Codes may be spelled as in records, and a spreadsheet's mark at the beginning does no harm."""
    assert parse_titles(OWN, "t.csv", "de") == {"J10.1": "Grippe", "X99": "Something"}
    assert parse_titles(OWN, "t.csv", "en") == {"J10.1": "Flu", "X99": "Something"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"code;title\n", "its first line is 'code;title'"),
        (b"code,title\nJ10,Flu\nj10,Flu\n", "line 3 has a code twice"),
        (b"code,title\nFlu,J10\n", "line 2 is no code and its titles"),
        (b"code,title\nJ10,Flu,a,b\n", "line 2 is no code and its titles"),
        (b"code,title\nJ10,\xff\n", "it is not UTF-8"),
        (b'code,title\nJ10,"Flu\n', "unexpected end of data"),
        (b"", "its first line is ''"),
    ],
)
def test_a_file_that_is_none_of_titles_is_refused_with_the_reason(content, says):
    """Before anything runs."""
    with pytest.raises(ConfigError, match="is no file of titles") as caught:
        parse_titles(content, "t.csv", "en")
    assert says in str(caught.value.why)


def test_the_setting_names_the_file_beside_the_configuration(tmp_path):
    """As every path in it."""
    (tmp_path / "titles.csv").write_bytes(OWN)
    (tmp_path / "healthtrends.toml").write_text('[publish]\ntitles_file = "titles.csv"\n')
    settings = load(tmp_path / "healthtrends.toml", {}, {})
    words = chosen_words(settings.publish.language, settings.publish.titles_file)
    assert words.title("J10.1") == Title("Flu", None)


def test_a_file_of_titles_that_is_not_there_is_named_with_its_setting(tmp_path):
    """Before anything runs."""
    with pytest.raises(ConfigError, match="titles_file names"):
        chosen_words("en", str(tmp_path / "none.csv"))
