"""The most frequent diagnoses, each with its last four weeks and its changes."""

from collections.abc import Sequence

from healthtrends.model.comparison import Comparison, is_small, same_weekday, seven_days
from healthtrends.page.comparison import change, sums, weekdays
from healthtrends.page.components import code_link, named_code, section, table
from healthtrends.page.data import DayPage
from healthtrends.page.markup import Content, Html, el, join
from healthtrends.page.sparkline import DAYS, sparkline
from healthtrends.page.translations import Translations

NEEDED = ("rank", "diagnosis", "patients", "percent_of_visits")
COMPARED = "average_same_weekday"
"""A column that an issue of an earlier version lacks, so its changes are not known."""
HEAD = ("rank", "diagnosis", "patients", "change", "week", "curve", "share")


def top_diagnoses(page: DayPage, translations: Translations) -> Html:
    """Give the section; it needs no script, the buttons only lead on to the chart."""
    report = page.table("top_diagnoses")
    heading = translations("top.heading")
    if not report.rows:
        return section("top", heading, el("p", translations("top.empty")))
    head = [translations(f"top.{name}") for name in HEAD]
    until = page.open_until(page.date)
    return section(
        "top",
        heading,
        el("p", translations("top.lead", date=translations.day(page.date)), class_="lead"),
        el("p", translations("top.open", until=translations.short_day(until)), class_="lead")
        if until
        else None,
        table(
            head,
            [_row(page, translations, *row) for row in report.select_columns(*NEEDED)],
            heading,
            (0, 2, 6),
        ),
    )


def _row(page: DayPage, translations: Translations, *row: str) -> list[Content]:
    rank, code, patients, percent = row
    counts = page.history.patients.get(code, ())
    return [
        rank,
        el("a", named_code(code, translations), href=code_link(code)),
        translations.number(int(patients)) if patients else "",
        _change(page, translations, [*counts[:-1], int(patients) if patients else None]),
        _week(page, translations, seven_days(counts)),
        _curve(translations, code, counts[-DAYS:]),
        translations.decimal(float(percent), 2) if percent else "",
    ]


def _curve(translations: Translations, code: str, counts: Sequence[int | None]) -> Html:
    known = [count for count in counts if count is not None]
    if len(known) < 2:
        return el(
            "span", "", class_="spark", role="img", aria_label=translations("top.curve_unknown", code=code)
        )
    return sparkline(
        counts,
        translations(
            "top.curve_says",
            code=code,
            least=translations.number(min(known)),
            most=translations.number(max(known)),
            days=len(counts),
            last=translations.number(known[-1]),
        ),
    )


def _change(page: DayPage, translations: Translations, counts: Sequence[int | None]) -> Content:
    """The date against the same weekdays, and how many they are."""
    compared = same_weekday(counts)
    if compared is None:
        return None
    if COMPARED not in page.table("top_diagnoses").columns:
        return el("small", translations("top.not_known"))
    note = el("small", weekdays(translations, page.date, compared))
    return (
        join([_coloured(change(translations, compared, page.least)), " ", note]) if compared.before else note
    )


def _week(page: DayPage, translations: Translations, compared: Comparison | None) -> Content:
    """Seven days against the seven before, and both sums."""
    if compared is None:
        return None
    note = el("small", sums(translations, compared))
    if is_small(compared, page.least):
        return note
    return join([_coloured(change(translations, compared, page.least)), " ", note])


def _coloured(text: str) -> Content:
    kind = {"+": "up", "\N{MINUS SIGN}": "down"}.get(text[0])
    return el("span", text, class_=kind) if kind else text
