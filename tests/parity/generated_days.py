"""Days that Hypothesis makes up: canonical lines with all that ever told one engine from another.

Any text the rules let pass, ages at both ends and at the edges of bands, instants that tie, one code with
half of all records, versions of records, and cancellations. Synthetic, all of it.
"""

import datetime as dt
import random
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.golden.random_day import line

DATE = "2025-12-22"
AGES = (0, 1, 4, 5, 17, 17, 17, 89, 90, 94, 95, 129, 130)
CODES = ("E11", "E11.9", "E11.90", "I10", "J45", "U07.1", "Z99.ZZZZ")
HARD = (
    '"', "\\", '\\"', 'A"', "A", "A!", "'", ",", "=1+1", "%3D", "null", "0", "-", "{}", "a\u0301", "\u00e1",
    "\u00df", "\u0130", "\u0131", "\u01c5", "\ufb01", "\u0645\u0631\u064a\u0636", "\u6cbb\u7642",
    "\U0001f600", "\U0001f468\u200d\u2695\ufe0f", "\ufffd", "\uffff", "\ufeffx", "\u202ex", "x\u2028y",
    "x\u00a0y", "x  y",
)  # fmt: skip
"""Quotes and escapes, look-alikes, case that changes length, astral and invisible characters."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a day is made from."""

    seed: int
    count: int
    """Lines."""
    patients: int
    texts: tuple[str, ...]
    """Used for all that may be any text: names of patients and visits too, as where nothing is hidden."""
    ids: bool
    """Whether records have ids, so that there are versions and cancellations."""


def texts(longest: int = 32) -> st.SearchStrategy[str]:
    """Text as the decoder lets it pass."""
    printable = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
    return st.one_of(
        st.sampled_from(HARD),
        st.text(printable, min_size=1, max_size=longest).filter(lambda text: text == text.strip()),
    )


def recipes(least: int, most: int) -> st.SearchStrategy[Recipe]:
    """Recipes of days of so many lines."""
    return st.builds(
        Recipe,
        seed=st.integers(0, 2**32),
        count=st.integers(least, most),
        patients=st.integers(1, 60),
        texts=st.lists(texts(), min_size=1, max_size=20, unique=True).map(tuple),
        ids=st.booleans(),
    )


def lines_of(recipe: Recipe) -> list[str]:
    """Make the day."""
    draw = random.Random(recipe.seed)
    return [_line(draw, recipe) for _ in range(recipe.count)]


def _line(draw: random.Random, recipe: Recipe) -> str:
    number = draw.randrange(recipe.patients)
    # Whole groups of patients share a text, told apart by a number before or behind it.
    text = recipe.texts[number % len(recipe.texts)]
    patient = f"{text}{number}" if number % 2 else f"{number}{text}"
    visit = f"{text}{draw.randrange(3)}" if draw.random() < 0.6 else None
    record = f"{draw.randrange(3)}{text}" if recipe.ids and draw.random() < 0.7 else None
    if recipe.ids and draw.random() < 0.1 and (visit or record):
        return line(patient_id=patient, visit_date=DATE, visit_id=visit, record_id=record,
                    status="cancelled", recorded_at=_time(draw))  # fmt: skip
    return line(
        patient_id=patient,
        age=AGES[(number + draw.choice((0, 0, 0, 1))) % len(AGES)],
        gender=draw.choice("MFOU") if draw.random() < 0.1 else "MFOU"[number % 4],
        diagnosis_code="I10" if draw.random() < 0.5 else draw.choice(CODES),
        visit_date=DATE,
        treatment_code=draw.choice(recipe.texts),
        outcome=draw.choice(("recovered", "ongoing", "deceased", "unknown")),
        visit_id=visit,
        record_id=record,
        recorded_at=_time(draw),
        facility_id=draw.choice((None, *recipe.texts)),
        region=draw.choice((None, *recipe.texts)),
    )


def _time(draw: random.Random) -> str:
    """Few instants, so that they tie: around the limit of `timely`, and far off."""
    day = dt.date.fromisoformat(DATE) + dt.timedelta(days=draw.choice((0, 1, 1, 2, 4000)))
    return f"{day}T{draw.choice(('00:00:00', '23:59:59'))}{draw.choice(('', '', '.5', '.000001'))}Z"
