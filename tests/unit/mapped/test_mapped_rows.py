"""Rows become records before they are sent; what cannot is sent as it is."""

import json

from healthtrends.formats.record import RecordDecoder
from healthtrends.sources.mapped_rows import RowMapping
from healthtrends.sources.source_record import SourceRecord
from tests.unit.mapped.mapping import LATEST, MS, ROW, decoder


def sent(*rows, **rules):
    """What is sent of these rows, and the counts."""
    mapping = RowMapping(decoder(**rules))
    found = list(mapping.records_of(SourceRecord(json.dumps(row).encode()) for row in rows))
    return found, mapping


def test_a_row_is_sent_as_the_record_that_the_topic_would_read():
    """With the key of the patient; sent or read by the mapping, it is stored alike."""
    (record,), _ = sent(ROW)
    assert record.key == b"P-1"
    assert RecordDecoder(LATEST, None).decode(record.value, MS) == decoder().decode(
        json.dumps(ROW).encode(), MS
    )


def test_a_row_of_which_no_record_can_be_made_is_sent_as_it_is():
    """And counted by its reason."""
    wrong = {**ROW, "Alter": "x"}
    found, mapping = sent(ROW, wrong)
    assert json.loads(found[1].value) == wrong
    assert (mapping.rows, mapping.records, dict(mapping.as_they_are)) == (2, 1, {"wrong_type age": 1})


def test_a_row_with_a_wrong_code_is_sent_beside_its_other_records():
    """So that the wrong code is a reject of the topic."""
    rule = {"column": "ICD", "split": ";"}
    found, mapping = sent({**ROW, "ICD": "E11;?"}, diagnosis_code=rule)
    assert ["diagnosis_code" in json.loads(each.value) for each in found] == [True, False]
    assert dict(mapping.as_they_are) == {"bad_diagnosis_code diagnosis_code": 1}


def test_a_moved_record_is_sent_once():
    """Its cancellation under the earlier date is made by the ingest."""
    rules = {"record_id": "Nr", "previous_visit_date": "Vorher", "recorded_at": "Zeit"}
    row = {**ROW, "Nr": "7", "Vorher": "2025-12-19", "Zeit": "2025-12-20T08:30:00Z"}
    (record,), _ = sent(row, **rules)
    assert len(RecordDecoder(LATEST, None).decode(record.value, MS)) == 2


def test_a_ruled_out_diagnosis_is_left_out_and_counted():
    """Nothing is sent of it."""
    found, mapping = sent({**ROW, "ICD": "J06.9A"}, diagnosis_code={"column": "ICD", "code_rule": "icd10gm"})
    assert (found, dict(mapping.left_out)) == ([], {"not_present": 1})
