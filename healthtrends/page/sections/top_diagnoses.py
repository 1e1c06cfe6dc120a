"""The most frequent diagnoses, each with its last four weeks and its changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.model.comparison import Comparison, is_small, same_weekday, seven_days
from healthtrends.page.comparison import Change, change, day_change, sums
from healthtrends.page.components import NamedCode, named_code
from healthtrends.page.data import DayPage
from healthtrends.page.sparkline import DAYS, Sparkline, sparkline
from healthtrends.page.translations import Translations

NEEDED = ("rank", "diagnosis", "patients", "percent_of_visits")
COMPARED = "average_same_weekday"
"""A column that an issue of an earlier version lacks, so its changes are not known."""
HEAD = ("rank", "diagnosis", "patients", "change", "week", "curve", "share")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopDiagnosis:
    """A row of the table."""

    rank: str
    name: NamedCode
    patients: str
    change: Change
    week: Change
    curve: Sparkline
    share: str


@dataclass(frozen=True, slots=True)
class TopDiagnoses:
    """The section; without a row it says only that there is none."""

    lead: str
    open: str
    """Until when the date may grow; empty: it is complete."""
    head: Sequence[str]
    rows: Sequence[TopDiagnosis]


def top_diagnoses(page: DayPage, translations: Translations) -> TopDiagnoses:
    """Make the section; it needs no script, the links only lead on to the chart."""
    report = page.table("top_diagnoses")
    until = page.open_until(page.date)
    return TopDiagnoses(
        translations("top.lead", date=translations.day(page.date)),
        translations("top.open", until=translations.short_day(until)) if until else "",
        [translations(f"top.{name}") for name in HEAD],
        [_row(page, translations, *row) for row in report.select_columns(*NEEDED)] if report.rows else [],
    )


def _row(page: DayPage, translations: Translations, *row: str) -> TopDiagnosis:
    rank, code, patients, percent = row
    counts = page.history.patients.get(code, ())
    return TopDiagnosis(
        rank=rank,
        name=named_code(code, page.date, translations),
        patients=translations.number(int(patients)) if patients else "",
        change=_change(page, translations, [*counts[:-1], int(patients) if patients else None]),
        week=_week(page, translations, seven_days(counts)),
        curve=_curve(translations, code, counts[-DAYS:]),
        share=translations.decimal(float(percent), 2) if percent else "",
    )


def _curve(translations: Translations, code: str, counts: Sequence[int | None]) -> Sparkline:
    known = [count for count in counts if count is not None]
    if len(known) < 2:
        return Sparkline(translations("top.curve_unknown", code=code), is_known=False)
    label = translations(
        "top.curve_says",
        code=code,
        least=translations.number(min(known)),
        most=translations.number(max(known)),
        days=len(counts),
        last=translations.number(known[-1]),
    )
    return sparkline(counts, label)


def _change(page: DayPage, translations: Translations, counts: Sequence[int | None]) -> Change:
    """The date against the same weekdays, and how many they are."""
    compared = same_weekday(counts)
    if compared is not None and COMPARED not in page.table("top_diagnoses").columns:
        return Change(note=translations("top.not_known"))
    return day_change(translations, page.date, compared, page.least)


def _week(page: DayPage, translations: Translations, compared: Comparison | None) -> Change:
    """Seven days against the seven before, and both sums."""
    if compared is None:
        return Change()
    shown = "" if is_small(compared, page.least) else change(translations, compared, page.least)
    return Change(shown, sums(translations, compared))
