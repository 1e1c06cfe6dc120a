"""Provenance of the numbers: issue, commit, engine, versions, digests; and the licences of what is used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from healthtrends.page.data import DayPage
from healthtrends.page.document import PageLocation
from healthtrends.page.shared import licences
from healthtrends.page.translations import Translations


class PublishedFile(NamedTuple):
    """A report's file on HDFS."""

    report: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The section."""

    facts: Sequence[tuple[str, str]]
    head: Sequence[str]
    files: Sequence[PublishedFile]
    licences: str
    """The licences themselves, in a page that lies alone; else empty."""
    licences_address: str


def provenance(page: DayPage, translations: Translations, location: PageLocation) -> Provenance:
    """Make the section."""
    text = licences()
    return Provenance(
        facts=list(_facts(page, translations)),
        head=[translations("explore.report"), translations("made.file"), translations("made.sha256")],
        files=[
            PublishedFile(translations.of("report", name), report.path, report.sha256)
            for name, report in page.reports.items()
        ],
        licences=text.content if location.is_whole else "",
        licences_address=location.up + text.path,
    )


def _facts(page: DayPage, translations: Translations) -> Iterator[tuple[str, str]]:
    origin = page.provenance
    yield translations("made.date"), page.date.isoformat()
    yield translations("made.state"), translations(f"state.{origin.state}")
    yield translations("made.issue"), str(origin.issue)
    yield translations("made.seq"), str(origin.seq)
    yield translations("made.reason"), translations.of("reason_made", origin.reason)
    yield translations("made.time"), translations.time(origin.published_at)
    records, files = translations.number(origin.input_records), translations.number(origin.input_files)
    yield translations("made.input"), translations("made.input_is", records=records, files=files)
    yield translations("made.engine"), f"{origin.engine}, {origin.engine_version}"
    yield translations("made.program"), f"HealthTrends {origin.program_version}"
    yield translations("made.run"), origin.run_id
