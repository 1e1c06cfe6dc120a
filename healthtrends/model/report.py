"""The shape of every report: its name, its columns, and the order in which reports are made.

Interface section 3 in code: what a column means and how it is rounded stands there; who makes the
rows (`analyze`), hides cells (`disclose`) or prints them (`publish`) takes names and order from here.
"""

from collections.abc import Mapping
from types import MappingProxyType

Row = tuple[str, ...]
"""One line of a report, every value as it is written; the empty string is "not known"."""

COLUMNS: Mapping[str, Row] = MappingProxyType(
    {
        "trend_summary": ("diagnosis", "count", "avg_age", "gender_ratio"),
        "diagnosis_detail": (
            "diagnosis",
            "patients",
            "visits",
            "mean_age",
            "median_age",
            "men",
            "women",
            "other",
            "unknown",
            "gender_ratio",
            "percent_of_visits",
            "recovered",
            "ongoing",
            "deceased",
            "outcome_unknown",
        ),
        "top_diagnoses": (
            "rank",
            "diagnosis",
            "patients",
            "visits",
            "percent_of_visits",
            "previous_day",
            "average_7_days",
            "change_vs_7_days",
            "average_same_weekday",
            "change_vs_same_weekday",
        ),
        "age_distribution": ("age_band", "patients", "visits", "men", "women", "other", "unknown"),
        "gender_breakdown": ("gender", "patients", "visits", "percent_of_patients", "mean_age"),
        "treatment_outcomes": (
            "diagnosis",
            "treatment_code",
            "records",
            "recovered",
            "ongoing",
            "deceased",
            "recovered_share",
            "deceased_share",
            "outcome_unknown",
        ),
        "visit_frequency": ("window", "visits_per_patient", "patients"),
        "quality": ("metric", "value", "unit", "threshold", "status"),
    }
)
"""Columns by report, reports in the order in which they are made and published."""

REPORTS: Row = tuple(COLUMNS)
"""All names, in the same order."""

SAME_WEEKDAYS = (7, 14, 21, 28)
"""How many days back the same weekday of the four weeks before lies."""

DAYS_READ: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "top_diagnoses": (*range(1, 7), *SAME_WEEKDAYS),
        "visit_frequency": tuple(range(1, 28)),
        "quality": SAME_WEEKDAYS,
    }
)
"""How many days before its date the days lie that a report reads too; a late record there makes it stale."""
