"""Synthetic HL7v2 messages come to the same visits as the synthetic records of the same plan."""

import datetime as dt
import json
from collections import Counter
from dataclasses import replace

import pytest

from healthtrends.config.source import Source
from healthtrends.observe import progress
from healthtrends.sources import synthetic_formats
from healthtrends.sources.outbreak import default_outbreak
from healthtrends.sources.synthetic import SyntheticPlan
from healthtrends.visits.check import check_visits
from healthtrends.visits.resolve import resolve
from tests.unit.maintenance.conftest import place  # noqa: F401  a fixture

LAST = dt.date(2025, 12, 20)
PLAN = SyntheticPlan(
    records=1_500, seed=5, first=dt.date(2025, 12, 16), last=LAST, outbreak=default_outbreak(LAST)
)
FIELDS = "visit_date", "diagnosis_code", "age", "gender", "facility_id", "region"


def messages(name, plan=PLAN):
    return [message.value for message in synthetic_formats.messages(name, plan)]


@pytest.fixture
def feed(place):  # noqa: F811
    """A root whose topic holds HL7v2."""
    place.settings = replace(place.settings, source=Source(format="hl7v2"))
    return place


def lines(feed):
    """Stored records of all dates."""
    store = feed.pool.store
    paths = [path for day in feed.state.files for path in feed.files(day)]
    return [json.loads(line) for path in paths for line in store.read(path).splitlines()]


def ingest(feed, values):
    for value in values:
        feed.topic.send(0, value)
    feed.ingest()
    with progress("t", None, "f") as bar:
        resolve(feed.log, bar)


def test_the_same_people_have_the_same_diagnoses_at_the_same_places(feed):
    """Whatever was corrected, cancelled or merged on the way."""
    ingest(feed, messages("hl7v2"))
    expected = Counter(
        (record["patient_id"], *(record.get(name) for name in FIELDS))
        for record in map(json.loads, messages("record"))
    )
    found = Counter(
        (record["patient_id"].removesuffix("^SYN"), *(record.get(name) for name in FIELDS))
        for record in lines(feed)
    )
    assert found == expected
    assert feed.faults() == []
    assert all(finding["ok"] for finding in check_visits(feed.log, feed.state))


def test_nothing_is_rejected_and_tests_and_other_types_are_skipped(feed):
    """Only those of the two kinds."""
    ingest(feed, messages("hl7v2"))
    counts = [feed.log.read_manifest(seq).counts for seq in range(1, feed.state.seq + 1)]
    skips = sum((Counter(each.skips) for each in counts), Counter())
    assert (feed.state.messages_rejected, set(skips)) == (0, {"test_message", "other_type"})


def test_the_bytes_of_a_seed_never_change():
    """So that a demo can be sent once."""
    assert messages("hl7v2") == messages("hl7v2") != messages("hl7v2", replace(PLAN, seed=6))


def test_the_feed_has_what_feeds_have():
    """Each event and each oddity."""
    sent = b"\n".join(messages("hl7v2"))
    for part in (
        b"ADT^A01", b"ADT^A03", b"ADT^A04", b"ADT^A08", b"ADT^A11", b"ADT^A13", b"ADT^A31", b"ADT^A40",
        b"MRG|",        b"ORU^R01", b"|T|2.5.1", b"8859/99", b"^SCT", b"|F\r", b"\x0bMSH", b"+0530", b"|D\r",
    ):  # fmt: skip
        assert part in sent, part
