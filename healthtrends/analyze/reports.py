"""The rows of every report, from the exact figures of a day. No engine, no I/O: data in, text out.

Columns, units, rounding and order are those of interface section 3. Columns that need other dates
(`previous_day`, averages and changes, the windows of 7 and 28 days) come from `Past`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from healthtrends.analyze.figures import BAND_STARTS, BAND_YEARS, DayFigures, Diagnosis, Past, SomeDays
from healthtrends.analyze.numbers import mean, percent, quotient, share
from healthtrends.model.report import Row

TOP = 20
VISIT_CLASSES = ("1", "2", "3", "4", "5+")


def trend_summary(day: DayFigures, _: Past) -> list[Row]:
    """Codes by patients, most frequent first."""
    return [
        (row.diagnosis, str(row.patients), mean(row.age_sum, row.patients), _gender_ratio(row))
        for row in _by_patients(day)
    ]


def diagnosis_detail(day: DayFigures, _: Past) -> list[Row]:
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


def top_diagnoses(day: DayFigures, past: Past) -> list[Row]:
    """First 20 codes by patients."""
    return [
        (
            str(rank),
            row.diagnosis,
            str(row.patients),
            str(row.visits),
            percent(row.visits, day.visits),
            *_compared(row, past),
        )
        for rank, row in enumerate(_by_patients(day)[:TOP], 1)
    ]


def age_distribution(day: DayFigures, _: Past) -> list[Row]:
    """All bands of five years, youngest first, the last open."""
    return [
        (
            f"{row.start}+" if row.start == BAND_STARTS[-1] else f"{row.start}-{row.start + BAND_YEARS - 1}",
            *_counts(row.patients, row.visits, row.men, row.women, row.other, row.unknown),
        )
        for row in day.bands
    ]


def gender_breakdown(day: DayFigures, _: Past) -> list[Row]:
    """M, F, O, U, each patient settled over the whole date."""
    return [
        (
            row.gender,
            *_counts(row.patients, row.visits),
            percent(row.patients, day.patients),
            mean(row.age_sum, row.patients),
        )
        for row in day.genders
    ]


def treatment_outcomes(day: DayFigures, _: Past) -> list[Row]:
    """Code and treatment by records, most frequent first; shares are of the known outcomes."""
    cells = sorted(day.treatments, key=lambda cell: (-cell.records, cell.diagnosis, cell.treatment_code))
    return [
        (
            cell.diagnosis,
            cell.treatment_code,
            *_counts(cell.records, cell.recovered, cell.ongoing, cell.deceased),
            share(cell.recovered, cell.outcome_known),
            share(cell.deceased, cell.outcome_known),
            str(cell.outcome_unknown),
        )
        for cell in cells
    ]


def visit_frequency(day: DayFigures, past: Past) -> list[Row]:
    """Patients by number of visits, in each window that ends with the date."""
    windows = {"day": day.frequency, "7 days": past.frequency_7, "28 days": past.frequency_28}
    return [
        (window, visits, str(patients))
        for window, counts in windows.items()
        for visits, patients in zip(VISIT_CLASSES, counts, strict=True)
    ]


def quality(day: DayFigures, _: Past) -> list[Row]:
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
        ("gender_conflicts", str(day.conflicts), "patients"),
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


MAKERS: Mapping[str, Callable[[DayFigures, Past], list[Row]]] = MappingProxyType(
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


def _compared(row: Diagnosis, past: Past) -> Row:
    """`previous_day`, and average and change against two sets of days; empty where nothing was observed."""
    return (
        "" if past.previous is None else str(past.previous.get(row.diagnosis, 0)),
        *_against(row, past.week),
        *_against(row, past.same_weekday),
    )


def _against(row: Diagnosis, days: SomeDays) -> Row:
    """Mean of the patients a day, and the change of the row's against it."""
    patients = days.patients.get(row.diagnosis, 0)
    change = share(row.patients * days.observed - patients, patients)
    return mean(patients, days.observed), change


def _gender_ratio(row: Diagnosis) -> str:
    return share(row.men, row.men + row.women)


def _outcomes(day: DayFigures) -> dict[str, list[int]]:
    """Records of each code: recovered, ongoing, deceased, of unknown outcome."""
    totals: dict[str, list[int]] = {}
    for cell in day.treatments:
        counts = (cell.recovered, cell.ongoing, cell.deceased, cell.outcome_unknown)
        found = totals.setdefault(cell.diagnosis, [0] * len(counts))
        for index, count in enumerate(counts):
            found[index] += count
    return totals


def _counts(*values: int) -> Row:
    return tuple(str(value) for value in values)
