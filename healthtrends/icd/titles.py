"""Titles beside ICD-10 codes, in the language of the page.

Titles of an edition are bundled only where its licence allows it. `titles.csv` is from ICD-10-CM, which its
publisher, the National Center for Health Statistics of the CDC, puts in the public domain. The WHO's and the
German edition have terms of their own; for what they have besides, and for German, `own_titles.csv` and
`blocks.csv` hold short titles in plain words, written for this program. An operator with others names a
file of its own.

A code has the title of its own or of the nearest code above it (E11.65, E11.6, E11), where the operator's own
goes first; else that of its group of categories. German pages show no English title where a German one of a
code above, or of the group, is there.
"""

import bisect
import csv
import functools
import importlib.resources
import io
from collections.abc import Mapping
from typing import NamedTuple

from healthtrends.errors import ConfigError
from healthtrends.icd.codes import CATEGORY, parents
from healthtrends.model.rejection import Reason
from healthtrends.model.rules import diagnosis_code

ENGLISH, GERMAN = "en", "de"


class Title(NamedTuple):
    """Title of a code."""

    text: str
    language: str | None
    """None: a title of the operator, in whatever language it chose."""


def find_title(code: str, language: str, own: Mapping[str, str], *, is_icd10cm: bool = True) -> Title | None:
    """Find the title of a code; `own` are those of the operator by code. None: nothing is known of it.

    Titles of ICD-10-CM are used only where it is the edition of the codes.
    """
    language = title_language(language)
    known = bundled_titles(language, is_icd10cm=is_icd10cm)
    for name in (code, *parents(code)):
        if name in own:
            return Title(own[name], None)
        if name in known:
            return Title(known[name], language)
    group = _group(code[:CATEGORY], language)
    return Title(group, language) if group else None


def block_title(block: str, language: str) -> str:
    """Find the title of the group of categories that a block such as A00-A09 begins in; empty: none."""
    return _group(block[:CATEGORY], title_language(language)) or ""


def title_language(language: str) -> str:
    """Language of the titles in pages of a language: there are titles in two."""
    return language if language in (ENGLISH, GERMAN) else ENGLISH


@functools.cache
def bundled_titles(language: str, *, is_icd10cm: bool = True) -> Mapping[str, str]:
    """Titles that come with the program, by code, in English or German; with or without ICD-10-CM."""
    column = "title" if language == ENGLISH else f"title_{language}"
    found = {row["code"]: row[column] for row in _rows("own_titles.csv") if row[column]}
    return {**found, **edition_titles()} if language == ENGLISH and is_icd10cm else found


@functools.cache
def edition_titles() -> Mapping[str, str]:
    """Titles of ICD-10-CM by code."""
    return {row["code"]: row["title"] for row in _rows("titles.csv")}


@functools.cache
def groups(language: str) -> list[tuple[str, str, str]]:
    """First category, last category and title of each group, in order."""
    column = "title" if language == ENGLISH else f"title_{language}"
    return [(row["first"], row["last"], row[column]) for row in _rows("blocks.csv")]


def _group(category: str, language: str) -> str | None:
    found = groups(language)
    index = bisect.bisect_right(found, category, key=lambda group: group[0]) - 1
    _, last, title = found[index] if index >= 0 else ("", "", "")
    return title if category <= last else None


def _rows(name: str) -> list[dict[str, str]]:
    text = importlib.resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def parse_titles(content: bytes, name: str, language: str) -> dict[str, str]:
    """Parse an operator's own titles by code, from the CSV file called `name`, for pages in `language`.

    A title of the column `title_LANGUAGE` goes before that of `title`. Raises ConfigError.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(name, "it is not UTF-8") from error
    lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = lines.fieldnames or []
        if "code" not in columns or "title" not in columns:
            raise _invalid(name, f"its first line is {','.join(columns)!r}")
        found: dict[str, str] = {}
        for row in lines:
            code = diagnosis_code((row["code"] or "").strip())
            if isinstance(code, Reason) or code in found or None in row:
                fault = "has a code twice" if code in found else "is no code and its titles"
                raise _invalid(name, f"line {lines.line_num} {fault}")
            found[code] = (row.get(f"title_{language}") or row["title"] or "").strip()
    except csv.Error as error:
        raise _invalid(name, f"line {lines.line_num}: {error}") from error
    return {code: title for code, title in found.items() if title}


def _invalid(name: str, why: str) -> ConfigError:
    return ConfigError(
        f"{name} is no file of titles",
        why,
        "it is a CSV file in UTF-8 with the columns code and title, and title_de for German pages",
    )
