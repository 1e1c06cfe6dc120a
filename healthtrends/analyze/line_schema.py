"""Schema of a data line, for the engine's reader.

The full schema is given, never inferred: types were settled at ingest, and an inferred type would
depend on what a day happens to hold. The partition column `date` is not read; `visit_date` says the same.
"""

COLUMNS = (
    ("patient_id", "string"),
    ("age", "int"),
    ("gender", "string"),
    ("diagnosis_code", "string"),
    ("visit_date", "string"),
    ("treatment_code", "string"),
    ("outcome", "string"),
    ("visit_id", "string"),
    ("record_id", "string"),
    ("status", "string"),
    ("recorded_at", "string"),
    ("previous_visit_date", "string"),
    ("facility_id", "string"),
    ("region", "string"),
)

NAMES = tuple(name for name, _ in COLUMNS)
"""Column names, in the order of the keys of a canonical line."""

LINE_SCHEMA = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
"""The same as Spark DDL."""

GENDER_BITS = {"men": ("M", 1), "women": ("F", 2), "other": ("O", 4)}
"""A patient whose records name one of these genders is settled; the bits of several add up."""
OUTCOMES = ("recovered", "ongoing", "deceased")
"""Outcomes that are counted; all other records are of unknown outcome."""
OPTIONAL = ("visit_id", "record_id", "facility_id", "region")
"""Fields whose completeness `quality` tells."""
