"""The rows of every report, from the exact figures of a day. No engine, no I/O: data in, text out.

Columns, units, rounding and order are those of interface section 3. Columns that need other dates
(`previous_day`, `average_7_days`, `change_vs_7_days`, the windows of 7 and 28 days) are empty until the
history is there.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from healthtrends.analyze.figures import Age, DayFigures, Diagnosis
from healthtrends.analyze.numbers import mean, percent, quotient, share
from healthtrends.analyze.schema import OUTCOMES
from healthtrends.model.report import Row

TOP = 20
BAND_YEARS = 5
LAST_BAND = 90
WINDOWS = ("day", "7 days", "28 days")
VISIT_CLASSES = ("1", "2", "3", "4", "5+")


def trend_summary(day: DayFigures) -> list[Row]:
    """Codes by patients, most frequent first."""
    return [
        (row.diagnosis, str(row.patients), mean(row.age_sum, row.patients), _gender_ratio(row))
        for row in _by_patients(day)
    ]


def diagnosis_detail(day: DayFigures) -> list[Row]:
    """Everything about each code; outcomes count records."""
    outcomes = _outcomes(day)
    return [
        (
            row.diagnosis,
            str(row.patients),
            str(row.visits),
            mean(row.age_sum, row.patients),
            quotient(row.twice_median_age, 2, 2),
            *_counts(row.men, row.women, row.other, row.unknown),
            _gender_ratio(row),
            percent(row.visits, day.visits),
            *_counts(*outcomes[row.diagnosis]),
        )
        for row in _by_patients(day)
    ]


def top_diagnoses(day: DayFigures) -> list[Row]:
    """First 20 codes by patients."""
    return [
        (
            str(rank),
            row.diagnosis,
            str(row.patients),
            str(row.visits),
            percent(row.visits, day.visits),
            *("", "", ""),
        )
        for rank, row in enumerate(_by_patients(day)[:TOP], 1)
    ]


def age_distribution(day: DayFigures) -> list[Row]:
    """All bands of five years, youngest first, the last open."""
    bands: dict[int, list[Age]] = {start: [] for start in range(0, LAST_BAND + 1, BAND_YEARS)}
    for row in day.ages:
        bands[min(row.age, LAST_BAND) // BAND_YEARS * BAND_YEARS].append(row)
    return [
        (
            f"{start}+" if start == LAST_BAND else f"{start}-{start + BAND_YEARS - 1}",
            *_counts(
                _total(rows, lambda row: row.patients),
                _total(rows, lambda row: row.visits),
                _total(rows, lambda row: row.men),
                _total(rows, lambda row: row.women),
                _total(rows, lambda row: row.other),
                _total(rows, lambda row: row.patients - row.men - row.women - row.other),
            ),
        )
        for start, rows in bands.items()
    ]


def gender_breakdown(day: DayFigures) -> list[Row]:
    """M, F, O, U, each patient settled over the whole date."""
    known = {
        "M": [(row.age, row.men, row.men_visits) for row in day.ages],
        "F": [(row.age, row.women, row.women_visits) for row in day.ages],
        "O": [(row.age, row.other, row.other_visits) for row in day.ages],
        "U": [
            (
                row.age,
                row.patients - row.men - row.women - row.other,
                row.visits - row.men_visits - row.women_visits - row.other_visits,
            )
            for row in day.ages
        ],
    }
    rows: list[Row] = []
    for gender, cells in known.items():
        patients = sum(count for _, count, _ in cells)
        visits = sum(count for _, _, count in cells)
        age_sum = sum(age * count for age, count, _ in cells)
        rows.append(
            (
                gender,
                str(patients),
                str(visits),
                percent(patients, day.patients),
                mean(age_sum, patients),
            )
        )
    return rows


def treatment_outcomes(day: DayFigures) -> list[Row]:
    """Code and treatment by records, most frequent first."""
    cells = sorted(day.treatments, key=lambda cell: (-cell.records, cell.diagnosis, cell.treatment_code))
    return [
        (
            cell.diagnosis,
            cell.treatment_code,
            *_counts(cell.records, cell.recovered, cell.ongoing, cell.deceased),
            share(cell.recovered, cell.records),
            share(cell.deceased, cell.records),
        )
        for cell in cells
    ]


def visit_frequency(day: DayFigures) -> list[Row]:
    """Patients by number of visits, in each window that ends with the date."""
    of_day = [str(sum(row.frequency[index] for row in day.ages)) for index in range(len(VISIT_CLASSES))]
    of_window = {"day": of_day}
    unknown = [""] * len(VISIT_CLASSES)
    return [
        (window, visits, patients)
        for window in WINDOWS
        for visits, patients in zip(VISIT_CLASSES, of_window.get(window, unknown), strict=True)
    ]


def quality(day: DayFigures) -> list[Row]:
    """What a reader must know about the input, in a fixed order; no limits are set yet (`info`)."""
    records = day.records
    set_aside = day.lines - day.cancellations - records
    metrics = [
        ("stored_lines", str(day.lines), "lines"),
        ("cancellation_lines", str(day.cancellations), "lines"),
        ("repeated_lines", str(day.repeated), "lines"),
        ("records_replaced_or_cancelled", str(set_aside), "records"),
        ("records", str(records), "records"),
        ("patients", str(day.patients), "patients"),
        ("visits", str(day.visits), "visits"),
        ("diagnoses", str(len(day.diagnoses)), "codes"),
        ("gender_conflicts", str(_total(day.ages, lambda row: row.conflicts)), "patients"),
    ]
    parts = {
        "visit_id_completeness": sum(cell.visit_id for cell in day.treatments),
        "record_id_completeness": sum(cell.record_id for cell in day.treatments),
        "facility_id_completeness": sum(cell.facility_id for cell in day.treatments),
        "region_completeness": sum(cell.region for cell in day.treatments),
        "recorded_within_24_h": sum(cell.timely for cell in day.treatments),
    }
    metrics += [(name, share(part, records), "share") for name, part in parts.items()]
    return [(*metric, "", "info") for metric in metrics]


MAKERS: Mapping[str, Callable[[DayFigures], list[Row]]] = MappingProxyType(
    {
        "trend_summary": trend_summary,
        "diagnosis_detail": diagnosis_detail,
        "top_diagnoses": top_diagnoses,
        "age_distribution": age_distribution,
        "gender_breakdown": gender_breakdown,
        "treatment_outcomes": treatment_outcomes,
        "visit_frequency": visit_frequency,
        "quality": quality,
    }
)
"""Who makes the rows of which report."""


def _by_patients(day: DayFigures) -> list[Diagnosis]:
    return sorted(day.diagnoses, key=lambda row: (-row.patients, row.diagnosis))


def _gender_ratio(row: Diagnosis) -> str:
    return share(row.men, row.men + row.women)


def _outcomes(day: DayFigures) -> dict[str, list[int]]:
    """Records by outcome of each code."""
    totals: dict[str, list[int]] = {}
    for cell in day.treatments:
        found = totals.setdefault(cell.diagnosis, [0] * len(OUTCOMES))
        for index, count in enumerate((cell.recovered, cell.ongoing, cell.deceased)):
            found[index] += count
    return totals


def _total(rows: Iterable[Age], value: Callable[[Age], int]) -> int:
    return sum(value(row) for row in rows)


def _counts(*values: int) -> Row:
    return tuple(str(value) for value in values)
