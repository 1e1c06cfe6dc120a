"""A synthetic table as an export of a hospital's system has it: other column names, dates, words, code lists.

One row a visit, and a share of them twice. A mapping reads the file: `healthtrends map` proposes one.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from healthtrends.errors import UsageError
from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.synthetic import SyntheticPlan
from healthtrends.sources.synthetic_visits import Visit, visits

HEADER: Final = (
    "Row ID", "Case ID", "MRN", "Sex", "Date of birth", "Admission", "Diagnosis", "Procedure",
    "Discharge status", "Hospital",
)  # fmt: skip
_SEXES: Final = {"M": "male", "F": "female", "O": "other", "U": ""}
_IMPOSSIBLE: Final = "31.02.2025 08:00"
_REPEATED: Final = 0
"""Of the 64 numbers that a visit may draw."""


def messages(plan: SyntheticPlan) -> Iterator[SourceRecord]:
    """Yield the header and the rows of the plan, a line each. Raises UsageError."""
    if (plan.last - plan.first).days >= 365:
        raise UsageError(
            "this synthetic table cannot be made",
            "its visits are of more than a year, and people have one birth date",
            "choose a shorter range with --from and --to",
        )
    yield _line(HEADER)
    for stretch in visits(plan):
        for visit in stretch:
            yield from _rows(visit)


def _rows(visit: Visit) -> Iterator[SourceRecord]:
    row = _row(visit)
    yield row
    if visit.bits >> 2 & 63 == _REPEATED:
        yield row


def _row(visit: Visit) -> SourceRecord:
    minute = visit.second // 60
    admission = f"{visit.day:%d.%m.%Y} {minute // 60:02}:{minute % 60:02}"
    return _line(
        (
            f"{visit.day:%y%m%d}{visit.number:09}",
            f"C{visit.day:%y%m%d}-{visit.number:09}",
            visit.patient,
            _SEXES[visit.gender],
            f"{visit.birth_date:%d.%m.%Y}",
            _IMPOSSIBLE if any(visit.are_broken) else admission,
            ",".join(visit.codes),
            visit.treatments[0],
            visit.outcome,
            "" if visit.facility is None else f"F{visit.facility:02}",
        )
    )


def _line(cells: Sequence[str]) -> SourceRecord:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="").writerow(cells)
    return SourceRecord(text.getvalue().encode(), None)
