"""Synthetic canonical lines of one day that meet every rule of the reports, seeded."""

import datetime as dt
import json
import random

DATE = "2025-12-22"
TREATMENTS = ("T1", "T1!", 'T1"', "T,2", "=1+1", "Ä-Salbe", "治療", "T 3", "\\n", "'q'", "T1")


def line(**fields: object) -> str:
    """One canonical line: no blanks, raw UTF-8, absent fields left out."""
    given = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(given, separators=(",", ":"), ensure_ascii=False)


def random_lines(seed: int, count: int, *, patients: int, ids: bool, date: str = DATE) -> list[str]:
    """`count` lines over `patients` patients; with `ids` also replacements and cancellations."""
    draw = random.Random(seed)
    codes = [f"{letter}{number:02d}{dot}" for letter in "EJI" for number in range(20) for dot in ("", ".9")]
    codes[5:5] = ["B88.0", "B88.01", "B88.09", "C7A.1", "U98.0"]
    lines = [_line(draw, codes, patients, date, ids=ids) for _ in range(count)]
    draw.shuffle(lines)
    return lines


def _line(draw: random.Random, codes: list[str], patients: int, date: str, *, ids: bool) -> str:
    number = draw.randrange(patients)
    patient, visit = f"{number:032x}", None
    if draw.random() < 0.7:
        visit = f"{number * 4 + draw.randrange(4):032x}"
    record = f"{draw.randrange(6):032x}" if ids and draw.random() < 0.6 else None
    at = _time(draw, date)
    if ids and draw.random() < 0.1 and (visit or record):
        return line(patient_id=patient, visit_date=date, visit_id=visit, record_id=record,
                    status="cancelled", recorded_at=at)  # fmt: skip
    return line(
        patient_id=patient,
        age=min(130, number % 131 + draw.choice((0, 0, 0, 1))),
        gender=draw.choice("MFOU") if draw.random() < 0.1 else "MFMFMFOU"[number % 8],
        diagnosis_code=codes[min(int(draw.expovariate(0.1)), len(codes) - 1)],
        visit_date=date,
        treatment_code=draw.choice(TREATMENTS),
        outcome=draw.choice(("recovered", "ongoing", "ongoing", "deceased", "unknown")),
        visit_id=visit,
        record_id=record,
        recorded_at=at,
        facility_id=draw.choice((None, "H1", "H2")),
        region=draw.choice((None, "R")),
    )


def _time(draw: random.Random, date: str) -> str:
    """Few enough instants that ties happen, with and without a fraction, around the 24 h limit."""
    day = dt.date.fromisoformat(date) + dt.timedelta(days=draw.choice((0, 1, 1, 2)))
    fraction = draw.choice(("", "", ".5", ".25", ".000001"))
    return f"{day}T00:00:0{draw.randrange(3)}{fraction}Z"
