"""The data dictionary: type, unit and meaning of every column of every report, for people and for programs.

The JSON Schema, the data package and the types of the Parquet files are made from it. Names and order are
those of `report.COLUMNS`; a test holds both together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["text", "whole", "number"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a report."""

    name: str
    kind: Kind
    """text; whole: a count, 0 or more; number: any."""
    unit: str
    """What one of it is; empty for text."""
    meaning: str
    is_key: bool = False
    """Whether it is part of what tells the rows of the report apart."""


_CODE = Column("diagnosis", "text", "", "full ICD-10 code as stored", is_key=True)
_PATIENTS = Column("patients", "whole", "patients", "distinct patients of the date")
_VISITS = Column(
    "visits", "whole", "visits", "distinct visits: a visit_id of a patient, or one record without it"
)
_GENDERS = (
    Column("men", "whole", "patients", "patients whose records agree on M"),
    Column("women", "whole", "patients", "patients whose records agree on F"),
    Column("other", "whole", "patients", "patients whose records agree on O"),
    Column("unknown", "whole", "patients", "patients whose records name no gender, or two"),
)
_RATIO = Column(
    "gender_ratio", "number", "share, 0 to 1", "men / (men + women); empty when there are neither"
)
_OUTCOMES = (
    Column("recovered", "whole", "records", "records with outcome recovered"),
    Column("ongoing", "whole", "records", "records with outcome ongoing"),
    Column("deceased", "whole", "records", "records with outcome deceased"),
)
_OUTCOME_UNKNOWN = Column("outcome_unknown", "whole", "records", "records whose outcome is not known")
_PERCENT = Column("percent_of_visits", "number", "percent, 0 to 100", "of all visits of the date")

DICTIONARY: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "trend_summary": (
            _CODE,
            Column("count", "whole", "patients", "distinct patients with that code on the date"),
            Column("avg_age", "number", "years", "mean age of these patients"),
            _RATIO,
        ),
        "diagnosis_detail": (
            _CODE,
            _PATIENTS,
            _VISITS,
            Column("mean_age", "number", "years", "mean age of the patients"),
            Column("median_age", "number", "years", "median age of the patients"),
            *_GENDERS,
            _RATIO,
            _PERCENT,
            *_OUTCOMES,
            _OUTCOME_UNKNOWN,
        ),
        "top_diagnoses": (
            Column("rank", "whole", "", "place by patients, ties by code"),
            _CODE,
            _PATIENTS,
            _VISITS,
            _PERCENT,
            Column("previous_day", "whole", "patients", "patients of the day before; empty without a feed"),
            Column(
                "average_7_days", "number", "patients", "mean over the observed ones of the 7 days before"
            ),
            Column("change_vs_7_days", "number", "share", "patients / average_7_days - 1"),
            Column(
                "average_same_weekday",
                "number",
                "patients",
                "mean over the observed ones of the same weekday of the 4 weeks before",
            ),
            Column("change_vs_same_weekday", "number", "share", "patients / average_same_weekday - 1"),
        ),
        "age_distribution": (
            Column("age_band", "text", "", "ages in years, both ends included", is_key=True),
            _PATIENTS,
            _VISITS,
            *_GENDERS,
        ),
        "gender_breakdown": (
            Column("gender", "text", "", "M, F, O (other), U (unknown)", is_key=True),
            _PATIENTS,
            _VISITS,
            Column("percent_of_patients", "number", "percent, 0 to 100", "of all patients of the date"),
            Column("mean_age", "number", "years", "mean age of the patients"),
        ),
        "treatment_outcomes": (
            _CODE,
            Column("treatment_code", "text", "", "as it came; free text of 1 to 32 characters", is_key=True),
            Column("records", "whole", "records", "records with this code and treatment"),
            *_OUTCOMES,
            Column("recovered_share", "number", "share, 0 to 1", "recovered / records of known outcome"),
            Column("deceased_share", "number", "share, 0 to 1", "deceased / records of known outcome"),
            _OUTCOME_UNKNOWN,
        ),
        "visit_frequency": (
            Column("window", "text", "", "days that end with the date", is_key=True),
            Column("visits_per_patient", "text", "", "visits in the window; 5+ is five or more", is_key=True),
            Column("patients", "whole", "patients", "distinct patients over the window"),
        ),
        "quality": (
            Column("metric", "text", "", "what is told; see the how-to on quality", is_key=True),
            Column("value", "text", "", "a number, or a time in UTC"),
            Column("unit", "text", "", "unit of value and threshold"),
            Column("threshold", "text", "", "limit; empty: none"),
            Column("status", "text", "", "ok, warn, fail; empty: nothing to judge; info: no limit"),
        ),
    }
)


def keys(report: str) -> tuple[str, ...]:
    """Columns that tell the rows of a report apart."""
    return tuple(column.name for column in DICTIONARY[report] if column.is_key)
