"""Settings of tables with other names and codings: `[source.mapping]` and `[source.file]`."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

AgeUnit = Literal["years", "months", "weeks", "days"]
CodeRule = Literal["icd10", "icd10gm"]


class FieldRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the value of one of our fields comes from, and how it is read.

    Texts are trimmed. A column is a name of the row, or a path into a JSON message such as `a.b.0.c`.
    """

    column: str | list[str] = ""
    """Of several columns the first that is not empty counts."""
    columns: list[str] = field(default_factory=list)
    """`diagnosis_code` only: each of them that is not empty gives a record of its own."""
    split: str = ""
    """`diagnosis_code` only: text between the codes of one cell; each code gives a record of its own."""
    values: dict[str, str] = field(default_factory=dict)
    """Our word by theirs, compared without case; any other word is unknown."""
    lookup: str = ""
    """CSV file of two columns, theirs and ours, as `values`; loaded once at the start."""
    default: str | int | None = None
    """Stands for a value that is missing, empty or unknown; None: that is a reject."""
    constant: str | int | None = None
    """Value of every row."""
    format: str = ""
    """Form of a date, as for Python's strptime, or `unix`, `unix_ms`, `unix_days`; empty: ISO 8601."""
    birth_date: str = ""
    """`age` only: column of the birth date."""
    unit: AgeUnit = "years"
    """`age` only: unit of the column."""
    unit_column: str = ""
    """`age` only: column that names the unit."""
    units: dict[str, AgeUnit] = field(default_factory=dict)
    """`age` only: our unit by the word of `unit_column`."""
    code_rule: CodeRule | None = None
    """`diagnosis_code` only: which marks behind a code are taken off."""


Rule = str | FieldRule | None
"""A text is the column alone."""


class Mapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule for each field of our record; the first seven are required."""

    patient_id: Rule = None
    age: Rule = None
    gender: Rule = None
    diagnosis_code: Rule = None
    visit_date: Rule = None
    treatment_code: Rule = None
    outcome: Rule = None
    visit_id: Rule = None
    record_id: Rule = None
    status: Rule = None
    recorded_at: Rule = None
    previous_visit_date: Rule = None
    facility_id: Rule = None
    region: Rule = None


class FileForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a file of rows is written."""

    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    charset: Annotated[str, Meta(min_length=1)] = "utf-8"
    decimal: Literal[".", ","] = "."
    quote: Annotated[str, Meta(max_length=1)] = '"'
    """Empty: quotes have no meaning."""
    sheet: str = ""
    """Sheet of a workbook; empty: the first."""
