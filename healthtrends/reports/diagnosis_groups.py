"""`diagnosis_groups`: patients by chapter, block and category of ICD-10."""

from itertools import pairwise
from typing import Final

from healthtrends.icd.codes import CATEGORY
from healthtrends.reports.columns import (
    PATIENTS,
    PERCENT_OF_VISITS,
    REPEAT_VISITS,
    REPEATS,
    SHARE_OF_VISITS,
    VISITS,
)
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import PLAIN, Counted, Relations, Within
from healthtrends.reports.rounding import percent
from healthtrends.reports.schema import Column, ReportSchema, Row

_LEVELS: Final = ("chapter", "block", "category")
_ALL: Final = "(all)"
"""Block and category of the rows above their level."""


def make(context: ReportContext) -> list[Row]:
    """All groups with a patient: chapters, then blocks, then categories, most patients first."""
    totals, revised = context.totals, _revised(context)
    in_order = sorted(
        totals.groups,
        key=lambda row: (_LEVELS.index(row.level), -row.patients, row.chapter, row.block, row.category),
    )
    return [
        (
            row.level,
            row.chapter,
            row.block or _ALL,
            row.category or _ALL,
            row.patients,
            row.visits,
            percent(row.visits, totals.visits),
            revised.get(row.category),
        )
        for row in in_order
    ]


def _revised(context: ReportContext) -> dict[str, str]:
    """Codes divided at the begin of the year into codes of the date, by category."""
    validity = context.edition.validity
    found: dict[str, set[str]] = {}
    for row in context.totals.diagnoses if validity else ():
        earlier = validity.revised_from(row.diagnosis, context.date) if validity else None
        if earlier is not None:
            found.setdefault(row.diagnosis[:CATEGORY], set()).add(earlier)
    return {category: " ".join(sorted(codes)) for category, codes in found.items()}


REPORT = ReportSchema(
    name="diagnosis_groups",
    rows="Chapters, then blocks, then categories that have a patient; of each the most patients first.",
    columns=(
        Column("level", "text", "", "chapter, block or category", is_key=True),
        Column("chapter", "text", "", "number of the ICD-10 chapter, or unknown", is_key=True),
        Column("block", "text", "", "bounds of the innermost block, as A00-A09, or (all)", is_key=True),
        Column("category", "text", "", "first three characters of the codes, or (all)", is_key=True),
        PATIENTS,
        VISITS,
        PERCENT_OF_VISITS,
        Column(
            "revised_from",
            "text",
            "",
            "codes of the year before that were divided into codes of the date on 1 October",
            null_reason=None,
        ),
    ),
    make=make,
    relations=Relations(
        meanings={
            "patients": Counted("patients"),
            "visits": Counted("visits"),
            "percent_of_visits": SHARE_OF_VISITS,
            "revised_from": PLAIN,
        },
        levels={level: (level, level) for level in _LEVELS},
        parents=(("category", "block"), ("block", "chapter")),
        base="patients",
        order="by count",
        ties=(
            *(
                Within(of, part, group, is_covered=of != REPEATS)
                for of in ("patients", "visits", REPEATS)
                for part, group in pairwise(("diagnosis", *reversed(_LEVELS), None))
                if part
            ),
            REPEAT_VISITS,
        ),
    ),
)
