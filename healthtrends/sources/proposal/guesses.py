"""Guesses of rules: for each field a column by its name, and a reading by what its cells hold."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from healthtrends.config.mapping import CodeRule
from healthtrends.formats.mapped.code_rules import code_reading
from healthtrends.formats.mapped.dates import day_reading
from healthtrends.model import rules
from healthtrends.model.rejection import Reason, Skip
from healthtrends.sources.proposal.columns import Columns
from healthtrends.sources.proposal.names import (
    AMERICAN_DISCHARGES,
    DATE_FORMATS,
    GENDER_NUMBERS,
    GENDERS,
    GERMAN_DISCHARGES,
    OUTCOMES,
    find_column,
    numbered,
)

_SAMPLE: Final = 1_000
_MOST: Final = 0.8
"""Share of cells that must fit a guess."""
_SEPARATORS: Final = (";", "|", ",", "/", " ")
_MOST_WORDS: Final = 12
_CODE_RULES: Final[tuple[CodeRule | None, ...]] = (None, "icd10", "icd10gm")


@dataclass(frozen=True, slots=True)
class Guess:
    """The rule of one field; without a rule the person has to find the column."""

    field: str
    rule: str | Mapping[str, object] | None
    why: str


def guess_rules(columns: Columns) -> list[Guess]:
    """Guess the rule of each field that a column fits, in the order of the record."""
    found = [
        _by_name(columns, "patient_id"),
        _age(columns),
        _gender(columns),
        _diagnosis(columns),
        _date(columns, "visit_date"),
        _by_name(columns, "treatment_code", {"constant": "unknown"}),
        _outcome(columns),
        *(
            _by_name(columns, name, optional=True)
            for name in ("visit_id", "record_id", "facility_id", "region")
        ),
    ]
    if find_column("recorded_at", columns.names):
        found.append(_date(columns, "recorded_at"))
    return [guess for guess in found if guess is not None]


def _by_name(
    columns: Columns, field: str, instead: Mapping[str, object] | None = None, *, optional: bool = False
) -> Guess | None:
    column = find_column(field, columns.names)
    if column is None:
        why = "no column has a name that is known for it"
        return None if optional else Guess(field, instead, why)
    empty = columns.rows - len(columns.texts(column))
    if empty and instead is not None:
        default = instead["constant"]
        return Guess(field, {"column": column, "default": default}, f"by its name; {empty:,} cells are empty")
    return Guess(field, column, "by its name" + (f"; {empty:,} cells are empty" if empty else ""))


def _age(columns: Columns) -> Guess:
    birth = find_column("birth_date", columns.names)
    if birth is not None:
        form, share = date_format(columns.texts(birth))
        rule = {"birth_date": birth, **({"format": form} if form else {})}
        return Guess("age", rule, f"a birth date by its name; {share:.0%} of its cells fit the format")
    column = find_column("age", columns.names)
    if column is None:
        return Guess("age", None, "no column has a name that is known for it")
    oldest = max(
        (int(text) for text in columns.texts(column) if text.isascii() and text.isdigit()), default=0
    )
    if oldest > 130:
        unit = "months" if oldest <= 130 * 12 else "days"
        return Guess(
            "age", {"column": column, "unit": unit}, f"by its name; as the highest is {oldest}, {unit}"
        )
    return Guess("age", column, f"by its name; years, as the highest is {oldest}")


def _gender(columns: Columns) -> Guess:
    column = find_column("gender", columns.names)
    if column is None:
        return Guess("gender", {"constant": "U"}, "no column has a name that is known for it")
    words = columns.words(column)[:_MOST_WORDS]
    is_number = bool(words) and all(word in GENDER_NUMBERS for word in words)
    known = GENDER_NUMBERS if is_number else GENDERS
    values = {word: known[word.casefold()] for word in words if word.casefold() in known}
    why = "by its name; numbers as in ISO/IEC 5218" if is_number else "by its name"
    return Guess(
        "gender", {"column": column, "values": values, "default": "U"}, why + _unknown(words, values)
    )


def _outcome(columns: Columns) -> Guess:
    column = find_column("outcome", columns.names)
    if column is None:
        return Guess("outcome", {"constant": "unknown"}, "no column has a name that is known for it")
    words = columns.words(column)[:_MOST_WORDS]
    values = {word: OUTCOMES[word.casefold()] for word in words if word.casefold() in OUTCOMES}
    why = "by its name"
    if not values and words and all(re.fullmatch(r"[0-9]{2}", word, re.ASCII) for word in words):
        is_american = any(word in AMERICAN_DISCHARGES and word != "01" for word in words)
        values = dict(AMERICAN_DISCHARGES if is_american else GERMAN_DISCHARGES)
        why += "; codes of the NUBC" if is_american else "; codes of § 301 SGB V"
    empty = (
        "; empty is taken as unknown: is it `ongoing`?" if columns.rows > len(columns.texts(column)) else ""
    )
    return Guess(
        "outcome",
        {"column": column, "values": values, "default": "unknown"},
        why + _unknown(words, values) + empty,
    )


def _unknown(words: list[str], values: Mapping[str, str]) -> str:
    left = [word for word in words if word not in values]
    return f"; without a meaning: {', '.join(left)}" if left else ""


def _date(columns: Columns, field: str) -> Guess:
    column = find_column(field, columns.names)
    if column is None:
        return Guess(field, None, "no column has a name that is known for it")
    form, share = date_format(columns.texts(column))
    rule: str | Mapping[str, object] = {"column": column, "format": form} if form else column
    return Guess(field, rule, f"by its name; {share:.0%} of its cells fit {form or 'ISO 8601'}")


def date_format(texts: list[str]) -> tuple[str, float]:
    """The format that most texts fit, and the share of those that do."""
    sample = texts[:_SAMPLE]
    zone = dt.UTC

    def share(form: str) -> float:
        read = day_reading(form, zone)
        fitting = [day for day in map(read, sample) if not isinstance(day, Reason) and day >= "1900"]
        return len(fitting) / len(sample) if sample else 0.0

    best = max(DATE_FORMATS, key=share)
    return best, share(best)


def _diagnosis(columns: Columns) -> Guess:
    column, how = find_column("diagnosis_code", columns.names), "by its name"
    if column is None:
        likely = [name for name in columns.names if code_share(columns.texts(name), None) >= _MOST]
        if not likely:
            return Guess("diagnosis_code", None, "no column has the name or the form of it")
        column, how = likely[0], "by the form of its cells"
    several = [each for each in numbered(columns.names, column) if columns.texts(each)]
    rule: dict[str, object] = {"columns": several} if len(several) > 1 else {"column": column}
    texts = columns.texts(column)[:_SAMPLE]
    separator = max(_SEPARATORS, key=lambda each: _best(_split(texts, each))[0])
    if _best(_split(texts, separator))[0] > _best(texts)[0]:
        rule["split"] = separator
        texts = _split(texts, separator)
    share, code_rule = _best(texts)
    if code_rule is not None:
        rule["code_rule"] = code_rule
    why = f"{how}; {share:.0%} of its codes have the form of ICD-10"
    return Guess("diagnosis_code", column if rule == {"column": column} else rule, why)


def _split(texts: list[str], separator: str) -> list[str]:
    return [code.strip() for text in texts for code in text.split(separator) if code.strip()]


def _best(codes: list[str]) -> tuple[float, CodeRule | None]:
    """The largest share of codes that a rule reads, and the rule; the plainest of equal ones."""
    shares = {rule: code_share(codes, rule) for rule in _CODE_RULES}
    best = max(_CODE_RULES, key=lambda rule: shares[rule])
    return shares[best], best


def code_share(codes: list[str], rule: CodeRule | None) -> float:
    """Share of texts that are a code of ICD-10 under a rule."""
    read = code_reading(rule)
    found = [read(code) for code in codes]
    good = [
        each for each in found if isinstance(each, Skip) or not isinstance(rules.diagnosis_code(each), Reason)
    ]
    return len(good) / len(found) if found else 0.0
