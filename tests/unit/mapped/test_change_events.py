"""Rows of another table inside change events of Debezium; all data is synthetic."""

import json

import msgspec
import pytest

from healthtrends.errors import ConfigError
from healthtrends.formats import open_decoder
from healthtrends.model.decoder import DecoderOptions
from tests.unit.mapped.mapping import LATEST, MS, ROW, source

DAYS = 20_442  # 2025-12-20


def decoder(**rules):
    found = msgspec.structs.replace(source(visit_date="Aufnahme", **rules), envelope="debezium")
    return open_decoder(DecoderOptions(LATEST, source=found))


def event(op, before=None, after=None) -> bytes:
    rows = {
        name: None if row is None else {**ROW, "Aufnahme": DAYS, **row}
        for name, row in (("before", before), ("after", after))
    }
    return json.dumps({**rows, "op": op, "source": {"ts_ms": MS}}).encode()


def test_a_day_counted_since_1970_is_read_in_the_mapped_column():
    """As Debezium writes columns of type date."""
    (record,) = decoder(record_id="Nr").decode(event("c", after={"Nr": 7}), MS)
    assert (record.visit_date, record.record_id) == ("2025-12-20", "7")


def test_a_code_that_is_gone_from_a_changed_row_is_cancelled():
    """By the row before the change, of several codes too."""
    read = decoder(record_id="Nr", diagnosis_code={"column": "ICD", "split": ";"})
    found = read.decode(event("u", {"Nr": 7, "ICD": "E11;I10"}, {"Nr": 7, "ICD": "E11"}), MS)
    assert [type(line).__name__ for line in found] == ["PatientRecord", "Cancellation"]
    gone = read.decode(event("d", {"Nr": 7, "ICD": "E11;I10"}), MS)
    assert [type(line).__name__ for line in gone] == ["Cancellation", "Cancellation"]


def test_several_codes_need_the_id_of_the_row():
    """The content of a change event is none: the row before a change may be incomplete."""
    with pytest.raises(ConfigError, match="no rule for record_id"):
        decoder(diagnosis_code={"columns": ["ICD"]})
