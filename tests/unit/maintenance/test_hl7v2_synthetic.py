"""Synthetic HL7v2 messages come to the same records as the synthetic records of the same plan."""

import datetime as dt
import json
from collections import Counter
from dataclasses import replace

import hl7
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from healthtrends.config.source import Source
from healthtrends.errors import UsageError
from healthtrends.model.rejection import Reason
from healthtrends.observe import progress
from healthtrends.sources import synthetic_formats
from healthtrends.sources.outbreak import default_outbreak
from healthtrends.sources.synthetic import SyntheticPlan
from healthtrends.visits.check import check_visits
from healthtrends.visits.resolve import resolve

pytestmark = pytest.mark.slow

LAST = dt.date(2025, 12, 20)
PLAN = SyntheticPlan(
    records=1_000, seed=5, first=dt.date(2025, 12, 16), last=LAST, outbreak=default_outbreak(LAST),
    whole_visits=True,
)  # fmt: skip
SAID = (
    "visit_date", "patient_id", "diagnosis_code", "age", "gender", "treatment_code", "outcome", "facility_id",
    "region",
)  # fmt: skip


def messages(name, plan=PLAN):
    return [message.value for message in synthetic_formats.messages(name, plan)]


@pytest.fixture
def feed(place):
    """A root whose topic holds HL7v2."""
    place.settings = replace(place.settings, source=Source(format="hl7v2"))
    return place


def stored(feed, plan):
    """Send the messages of a plan over three partitions; the records that they come to."""
    for number, value in enumerate(messages("hl7v2", plan)):
        feed.topic.send(number % 3, value)
    feed.ingest()
    with progress("t", None, "f") as bar:
        resolve(feed.log, bar)
    store = feed.pool.store
    return [
        json.loads(line)
        for day in feed.state.files
        for path in feed.files(day)
        for line in store.read(path).splitlines()
    ]


def valid(values, last=LAST):
    """Records of format `record` that its decoder takes."""
    from healthtrends import formats
    from healthtrends.model.decoder import DecoderOptions

    decoder = formats.open_decoder(DecoderOptions(last, None, 1 << 20, Source()))
    records, _ = decoder.decode_all(values, [0] * len(values))
    return records


def said(record):
    fields = {name: record.get(name) for name in SAID}
    return tuple({**fields, "patient_id": record["patient_id"].split("^")[0]}.values())


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        replace(PLAN, bad_share=0.05),
        replace(PLAN, records=300, first=dt.date(2024, 6, 1)),
        replace(PLAN, records=300, first=dt.date(2024, 2, 29), last=dt.date(2025, 2, 27)),
    ],
    ids=["days", "broken", "ages-given", "leap-day"],
)
def test_the_same_people_have_the_same_records(feed, plan):
    """Whatever was corrected, moved, cancelled, merged or broken on the way; and the log verifies."""
    expected = Counter(
        tuple(getattr(record, name) for name in SAID) for record in valid(messages("record", plan))
    )
    found = stored(feed, plan)
    assert Counter(map(said, found)) == expected
    assert [*feed.faults(), *(f for f in check_visits(feed.log, feed.state) if not f["ok"])] == []


def test_visits_keep_their_diagnoses_together(feed):
    """As many visits as the records have."""
    expected = {
        (r["visit_date"], r.get("visit_id") or n) for n, r in enumerate(map(json.loads, messages("record")))
    }
    assert len({record["visit_id"] for record in stored(feed, PLAN)}) == len(expected)


def test_each_broken_record_is_a_reject(feed):
    """And every reason of the broken ones is met."""
    plan = replace(PLAN, bad_share=0.2)
    broken = len(messages("record")) - len(valid(messages("record", plan)))
    stored(feed, plan)
    reasons = Counter(line["reason"] for line in feed.quarantine())
    assert reasons.total() == broken
    assert {*reasons} == {
        *(each.value for each in Reason if each.value.startswith("hl7_")),
        "date_in_future",
        "unmapped_system",
    } - {"hl7_no_prior_id"}


def test_the_bytes_of_a_seed_never_change():
    """So that a demo can be sent once."""
    assert messages("hl7v2") == messages("hl7v2") != messages("hl7v2", replace(PLAN, seed=6))


def test_the_feed_has_what_feeds_have():
    """Corrections, cancellations, merges, all types of diagnoses, repeats, tests, other types, charsets."""
    values = messages("hl7v2")
    assert max(Counter(values).values()) == 2
    assert len({value.split(b"|")[9] for value in values}) < len(values)
    sent = b"\r".join(values)
    for event in ("A01", "A03", "A04", "A05", "A08", "A11", "A13", "A23", "A31", "A35", "A37", "A38", "A40"):
        assert f"|ADT^{event}^".encode() in sent
    for part in (
        b"|ORU^R01^", b"|T|2.5.1", b"|D|2.5.1", b"|||A\r", b"|||W\r", b"|||F\r", b"21612-7", b"|mo^^UCUM",
        b"^^SCT|", b"UNICODE UTF-16\r", "Pérson".encode(), "Sünthetic".encode("iso-8859-1"), b"\\T\\",
        b"+0530", b"-0330", b"^MR\r", b"~", b"|R69^^", b"\r\n",
    ):  # fmt: skip
        assert part in sent, part
    withdrawn = [line for value in values for line in value.splitlines() if line.endswith(b"|D")]
    assert withdrawn
    assert all(line.startswith(b"DG1|") and line.count(b"|") == 21 for line in withdrawn)


def text_of(value):
    """Characters of a message with its segments ended by CR, as the parsers of others want them."""
    charset = "utf-8" if b"UNICODE UTF-8" in value else "iso-8859-1"
    return value.decode(charset).replace("\r\n", "\r").replace("\n", "\r")


def record_number(ids):
    """The only id of type MR."""
    (found,) = (str(each[0]) for each in ids if str(each[4]) == "MR")
    return found


def test_the_parser_of_another_program_finds_the_same_people():
    """Of all messages with diagnoses by `hl7`: each person of the records has each of its codes."""
    expected = {(r["patient_id"], r["diagnosis_code"]) for r in map(json.loads, messages("record"))}
    persons, codes, undone = {}, {}, set()
    for value in messages("hl7v2"):
        parsed = hl7.parse(text_of(value))
        if str(parsed["MSH"][0][11]) != "P":
            continue
        patient = record_number(parsed["PID"][0][3])
        event = str(parsed["MSH"][0][9][0][1])
        if event == "A40":
            persons[record_number(parsed["MRG"][0][1])] = patient
        elif event == "A37":
            undone.add((record_number(parsed["PID"][1][3]), patient))
        for segment in (each for each in parsed if str(each[0]) == "DG1"):
            codes.setdefault(patient, set()).add(str(segment[3][0][0]).replace(".", ""))
    merged = dict(persons.items() - undone)
    for prior, survivor in merged.items():
        codes.setdefault(merged.get(survivor, survivor), set()).update(codes.get(prior, ()))
    assert {pair for pair in expected if pair[1].replace(".", "") not in codes[pair[0]]} == set()


def test_messages_keep_the_rules_of_their_version():
    """Segments, fields, components and tables of one message of each event, as hl7apy has them."""
    met = set()
    for value in messages("hl7v2"):
        event = value.split(b"|")[8]
        if event in met or b"A37" in event:  # hl7apy does not know that an A37 has two PID
            continue
        met.add(event)
        parsed = parse_message(text_of(value), validation_level=VALIDATION_LEVEL.STRICT)
        assert parsed.validate(), event
    assert len(met) == 13


def test_a_visit_without_an_id_is_refused():
    """As messages of visits always name one."""
    with pytest.raises(UsageError, match="cannot be made"):
        messages("hl7v2", replace(PLAN, plain=True))
