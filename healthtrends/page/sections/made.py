"""How the numbers were made: provenance and digests."""

from collections.abc import Iterator

from healthtrends.page.data import DayPage
from healthtrends.page.document import Place
from healthtrends.page.markup import Content, Html, el
from healthtrends.page.parts import folded, section, table
from healthtrends.page.shared import licences
from healthtrends.page.words import Words


def made(page: DayPage, words: Words, place: Place) -> Html:
    """Issue, commit, engine, versions, digests; and the licences of the page's own parts."""
    files: list[list[Content]] = [
        [words.of("report", name), el("code", report.place), el("code", report.sha256)]
        for name, report in page.reports.items()
    ]
    head = [words("explore.report"), words("made.file"), words("made.sha256")]
    return section(
        "made",
        words("made.heading"),
        el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in _facts(page, words))),
        table(head, files, words("made.sha256")),
        _licences(words, place),
    )


def _licences(words: Words, place: Place) -> Html:
    text = licences()
    if place.whole:
        return folded(words("made.licences"), el("pre", text.content, tabindex="0"))
    return el("p", el("a", words("made.licences"), href=place.up + text.path))


def _facts(page: DayPage, words: Words) -> Iterator[tuple[str, str]]:
    made = page.made
    read = words(
        "made.input_is", records=words.number(made.input_records), files=words.number(made.input_files)
    )
    yield words("made.date"), page.date.isoformat()
    yield words("made.state"), words(f"state.{made.state}")
    yield words("made.issue"), str(made.issue)
    yield words("made.seq"), str(made.seq)
    yield words("made.reason"), words.of("reason_made", made.reason)
    yield words("made.time"), words.moment(made.published_at)
    yield words("made.input"), read
    yield words("made.engine"), f"{made.engine}, {made.engine_version}"
    yield words("made.program"), f"HealthTrends {made.program_version}"
    yield words("made.run"), made.run_id
