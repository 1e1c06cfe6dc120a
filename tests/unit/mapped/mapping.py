"""A mapping of a German table, and what a row of it gives; all data is synthetic."""

import datetime as dt
import json

import msgspec

from healthtrends.config.mapping import FieldRule, Mapping
from healthtrends.config.source import Source
from healthtrends.formats.mapped.decoder import MappedDecoder
from healthtrends.model.decoder import DecoderOptions

LATEST = dt.date(2025, 12, 23)
MS = 1_766_392_200_000
ROW = {
    "PatNr": "P-1", "Alter": "41", "Sex": "w", "ICD": "E11.9", "Aufnahme": "20.12.2025 08:30",
    "OPS": "5-470", "Entl": "01",
}  # fmt: skip
RULES = {
    "patient_id": "PatNr",
    "age": "Alter",
    "gender": FieldRule(column="Sex", values={"w": "F", "m": "M", "d": "O"}, default="U"),
    "diagnosis_code": "ICD",
    "visit_date": FieldRule(column="Aufnahme", format="%d.%m.%Y %H:%M"),
    "treatment_code": "OPS",
    "outcome": FieldRule(column="Entl", values={"07": "deceased", "01": "recovered"}, default="ongoing"),
}


def source(timezone="UTC", file=None, **rules) -> Source:
    """The mapping with some rules changed; a dict stands for a rule."""
    changed = {name: FieldRule(**rule) if isinstance(rule, dict) else rule for name, rule in rules.items()}
    return Source(format="mapped", mapping=Mapping(**RULES | changed), timezone=timezone, file=file)


def decoder(pseudonymise=None, **rules):
    """A decoder that gives lines, as for files."""
    return MappedDecoder(DecoderOptions(LATEST, pseudonymise, source=source(**rules)), lines_only=True)


def decode(cells, **rules):
    """What the row with some cells changed gives; a cell that is `...` is left out."""
    row = {name: cell for name, cell in (ROW | cells).items() if cell is not ...}
    return decoder(**rules).decode(json.dumps(row).encode(), MS)


def fields(cells, **rules) -> dict:
    """The one record of a row."""
    (record,) = decode(cells, **rules)
    return msgspec.to_builtins(record)


def value(name, cells, **rules):
    """One field of the one record, or the reason and field of the rejection."""
    found = decode(cells, **rules)
    return getattr(found[0], name) if isinstance(found, tuple) else (found.reason.value, found.field)
