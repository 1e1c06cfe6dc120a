"""The most frequent diagnoses, each with its last four weeks and its change."""

from healthtrends.page.data import DayPage
from healthtrends.page.markup import Content, Html, el
from healthtrends.page.parts import code_link, named_code, section, table
from healthtrends.page.spark import DAYS, sparkline
from healthtrends.page.words import Words

NEEDED = ("rank", "diagnosis", "patients", "percent_of_visits", "change_vs_7_days")


def top(page: DayPage, words: Words) -> Html:
    """Give the section; it needs no script, the buttons only lead on to the chart."""
    report = page.table("top_diagnoses")
    heading = words("top.heading")
    if not report.rows:
        return section("top", heading, el("p", words("top.empty")))
    head = [words(f"top.{name}") for name in ("rank", "diagnosis", "patients", "change", "curve", "share")]
    return section(
        "top",
        heading,
        el("p", words("top.lead", date=words.day(page.date)), class_="lead"),
        table(head, [_row(page, words, *row) for row in report.picked(*NEEDED)], heading, (0, 2, 3, 5)),
    )


def _row(page: DayPage, words: Words, *row: str) -> list[Content]:
    rank, code, patients, percent, change = row
    return [
        rank,
        el("a", named_code(code, words), href=code_link(code), title=words("top.show", code=code)),
        words.number(int(patients)) if patients else "",
        _change(words, change),
        _curve(page, words, code),
        words.decimal(float(percent), 2) if percent else "",
    ]


def _curve(page: DayPage, words: Words, code: str) -> Html:
    counts = page.history.patients.get(code, ())[-DAYS:]
    known = [count for count in counts if count is not None]
    if len(known) < 2:
        return el("span", "", class_="spark", role="img", aria_label=words("top.curve_unknown", code=code))
    return sparkline(
        counts,
        words(
            "top.curve_says",
            code=code,
            least=words.number(min(known)),
            most=words.number(max(known)),
            days=len(counts),
            last=words.number(known[-1]),
        ),
    )


def _change(words: Words, share: str) -> Html:
    if not share:
        return el("span", words("top.new"), class_="note")
    text = words.change(float(share))
    direction = {"+": "up", "\N{MINUS SIGN}": "down"}.get(text[0])
    return el("span", text, class_=direction)
