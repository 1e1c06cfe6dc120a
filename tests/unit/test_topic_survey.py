"""`doctor --topic`: what messages are recognised as, what is proposed, and that no value is shown."""

import json
import tomllib

import pytest

from healthtrends.envelopes.content import Content
from healthtrends.orchestrate.wiring.topic_survey import newest_messages
from healthtrends.survey.look import look_at
from healthtrends.survey.proposal import survey
from healthtrends.testing import MemoryMessage, MemoryTopic
from tests.unit.ingesting import record

ROW = json.loads(record(1, patient_id="SECRET-1", record_id="SECRET-2"))
HL7 = (
    rb"MSH|^~\&|A|B|||20251220||ADT^A08^ADT_A01|SECRET|P|2.5" + b"\rEVN|A08|2025\r"
    b"PID|1||SECRET^^^H^MR~SECRET^^^H^SECRET||SECRET^SECRET\rPV1|1|I" + b"|" * 17 + b"SECRET\r"
)
BUNDLE = {"resourceType": "Bundle", "type": "transaction", "entry": [
    {"request": {"method": "PUT"}, "resource": {"resourceType": "Patient", "id": "SECRET",
     "identifier": [{"value": "SECRET"}]}},
    {"request": {"method": "SECRET"}, "resource": {"resourceType": "SECRET"}},
]}  # fmt: skip
CHANGE = {"op": "u", "before": None, "after": ROW, "source": {"ts_ms": 1}}
OTHER = {"PatNr": "SECRET", "Aufnahme": "SECRET", "Diagnosen": "E11", "SECRET-12345": 1}


def looked_at(*values, opener=None):
    """A survey of these messages."""
    looks = [look_at(MemoryMessage(0, n, value, 0), opener) for n, value in enumerate(values)]
    return survey(looks, None, ["record", "hl7v2", "fhir"])


def dumped(value):
    """Its JSON."""
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (dumped(ROW), {"format": "record"}),
        (HL7, {"format": "hl7v2", "charset": "iso-8859-1", "patient_id_type": "MR"}),
        (b"\x0b" + HL7 + b"\x1c\r", {"format": "hl7v2", "charset": "iso-8859-1", "patient_id_type": "MR"}),
        (dumped(BUNDLE), {"format": "fhir"}),
        (dumped(CHANGE), {"format": "record", "envelope": "debezium"}),
        (dumped({"schema": {}, "payload": CHANGE}), {"format": "record", "envelope": "debezium"}),
        (dumped({**ROW, "__op": "d", "__deleted": "true"}), {"format": "record", "envelope": "debezium"}),
        (dumped({"schema": {}, "payload": ROW}), {"format": "record", "envelope": "connect-json"}),
        (
            b"\0\0\0\0\1body",
            {"format": "record", "envelope": "confluent", "registry": {"url": "http://HOST:8081"}},
        ),
        (dumped(OTHER), {"format": "record"}),
    ],
)
def test_each_shape_is_recognised_and_its_settings_are_proposed(value, source):
    """As TOML that the program reads, and without any value of a message."""
    found = looked_at(value, value)
    assert tomllib.loads(found.toml) == {"source": source}
    assert "SECRET" not in repr(found)


def test_a_registry_opens_the_framing():
    """Then what is inside is recognised too."""

    def opener(content):
        return Content(dumped(CHANGE))

    found = looked_at(b"\0\0\0\0\1body", opener=opener)
    assert tomllib.loads(found.toml)["source"]["envelope"] == ["confluent", "debezium"]


def test_names_of_events_and_ids_are_told():
    """Of what the format calls so; others are told as `other`."""
    (kind,) = looked_at(HL7).kinds
    assert (kind.events, kind.ids) == (("ADT^A08",), ("PID-3 MR", "PID-3 of another type", "PV1-19"))
    (kind,) = looked_at(dumped(BUNDLE)).kinds
    assert set(kind.events) == {"Bundle transaction", "PUT Patient", "other"}
    (kind,) = looked_at(dumped(CHANGE)).kinds
    assert (kind.events, kind.ids) == (("op u",), ("patient_id", "record_id"))


def test_json_with_other_names_leads_to_a_mapping():
    """With the names of its fields, but no key that may be an id."""
    found = looked_at(dumped(OTHER))
    assert "healthtrends map --topic" in found.notes[0]
    assert found.kinds[0].ids == ("PatNr",)


@pytest.mark.parametrize("value", [None, b"", b"<ClinicalDocument>", b"\x1f\x8b\x08", b"{", b"[1]", b"\xff"])
def test_what_is_not_known_has_no_settings(value):
    """It is named as far as it is known."""
    found = looked_at(value)
    assert (found.toml, found.kinds[0].format) == ("", "unknown")


def test_tombstones_among_changes_are_told():
    """As what they are, not as rejects."""
    found = looked_at(dumped(CHANGE), dumped(CHANGE), None, b"<x/>")
    assert found.notes[0].startswith("1 null values are tombstones")
    assert found.notes[1].startswith("1 of 4 messages are of another kind")


def test_the_newest_messages_of_each_partition_are_read():
    """Also of a topic that holds fewer."""
    topic = MemoryTopic()
    for number in range(100):
        topic.send(0, record(number))
    topic.send(1, record(1))
    found = newest_messages(topic, 50)
    assert len(found) == 26
    assert min(each.offset() for each in found if each.partition() == 0) == 75
