"""How the numbers were made: provenance and digests."""

from collections.abc import Iterator

from healthtrends.page.components import folded, section, table
from healthtrends.page.data import DayPage
from healthtrends.page.document import Place
from healthtrends.page.markup import Content, Html, el
from healthtrends.page.shared import licences
from healthtrends.page.translations import Translations


def provenance(page: DayPage, translations: Translations, place: Place) -> Html:
    """Issue, commit, engine, versions, digests; and the licences of the page's own parts."""
    files: list[list[Content]] = [
        [translations.of("report", name), el("code", report.place), el("code", report.sha256)]
        for name, report in page.reports.items()
    ]
    head = [translations("explore.report"), translations("made.file"), translations("made.sha256")]
    return section(
        "made",
        translations("made.heading"),
        el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in _facts(page, translations))),
        table(head, files, translations("made.sha256")),
        _licences(translations, place),
    )


def _licences(translations: Translations, place: Place) -> Html:
    text = licences()
    if place.whole:
        return folded(translations("made.licences"), el("pre", text.content, tabindex="0"))
    return el("p", el("a", translations("made.licences"), href=place.up + text.path))


def _facts(page: DayPage, translations: Translations) -> Iterator[tuple[str, str]]:
    provenance = page.provenance
    read = translations(
        "made.input_is",
        records=translations.number(provenance.input_records),
        files=translations.number(provenance.input_files),
    )
    yield translations("made.date"), page.date.isoformat()
    yield translations("made.state"), translations(f"state.{provenance.state}")
    yield translations("made.issue"), str(provenance.issue)
    yield translations("made.seq"), str(provenance.seq)
    yield translations("made.reason"), translations.of("reason_made", provenance.reason)
    yield translations("made.time"), translations.moment(provenance.published_at)
    yield translations("made.input"), read
    yield translations("made.engine"), f"{provenance.engine}, {provenance.engine_version}"
    yield translations("made.program"), f"HealthTrends {provenance.program_version}"
    yield translations("made.run"), provenance.run_id
