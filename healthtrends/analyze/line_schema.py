"""Schema of a data line, for the engine's reader.

The full schema is given, never inferred: types were checked at ingest, and an inferred type would
depend on what a day happens to hold. The partition column `date` is not read; `visit_date` says the same.
"""

from typing import get_type_hints

from healthtrends.model.record import PatientRecord

NAMES = PatientRecord.__struct_fields__
"""Column names, in the order of the keys of a canonical line."""

LINE_SCHEMA = ", ".join(
    f"{name} {'int' if kind is int else 'string'}" for name, kind in get_type_hints(PatientRecord).items()
)
"""The columns as Spark DDL."""

GENDER_BITS = {"men": ("M", 1), "women": ("F", 2), "other": ("O", 4)}
"""A patient whose records name one of these genders is settled; the bits of several add up."""
OUTCOMES = ("recovered", "ongoing", "deceased")
"""Outcomes that are counted; all other records are of unknown outcome."""
OPTIONAL = ("visit_id", "record_id", "facility_id", "region")
"""Fields whose completeness `quality` tells."""
