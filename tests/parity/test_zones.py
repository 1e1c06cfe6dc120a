"""Days of a place on every engine: those that Python's zones give, over both ends of summer time."""

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from healthtrends.analyze.compute_day import compute_day
from tests.golden.random_day import line
from tests.parity.engines import NAMES, Engines

DATE = dt.date(2025, 10, 26)
"""A day of 25 hours in Berlin."""
BEGIN = dt.datetime(2025, 10, 24, 20, 30, tzinfo=dt.UTC)
TIMES = [BEGIN + dt.timedelta(minutes=37 * n, microseconds=n % 2) for n in range(150)]
SPRING = [
    dt.datetime(2025, 3, 30, 0, 59, 59, tzinfo=dt.UTC) + dt.timedelta(hours=11 * n) for n in range(-3, 4)
]


def stored(at: dt.datetime) -> str:
    """A time as records have it."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Auckland", "America/St_Johns"])
@pytest.mark.parametrize("engine", NAMES)
def test_records_fall_on_the_days_of_the_place(engines: Engines, engine: str, zone: str, tmp_path) -> None:
    """And are timely up to 24 hours after its midnight."""
    times = TIMES + SPRING
    lines = [
        line(
            patient_id=f"synthetic-{n}", age=40, gender="F", diagnosis_code="E11", visit_date=str(DATE),
            treatment_code="T", outcome="ongoing", recorded_at=stored(at),
        )
        for n, at in enumerate(times)
    ]  # fmt: skip
    file = tmp_path / "part.jsonl"
    file.write_text("".join(each + "\n" for each in lines), "utf-8")
    figures = compute_day(engines[engine], [file.as_uri()], DATE, zone).figures
    place = ZoneInfo(zone)
    days = Counter(at.astimezone(place).date().isoformat() for at in times)
    assert {each.day: each.records for each in figures.recorded} == days
    midnight = dt.datetime.combine(DATE + dt.timedelta(days=1), dt.time(), place).astimezone(dt.UTC)
    last = midnight + dt.timedelta(hours=24)
    assert sum(cell.timely for cell in figures.treatments) == sum(at <= last for at in times)
