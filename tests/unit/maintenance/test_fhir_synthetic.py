"""Synthetic FHIR messages come to the same visits as the synthetic records of the same plan."""

import datetime as dt
import json
from collections import Counter
from dataclasses import replace

import pytest

from healthtrends.config.source import Source
from healthtrends.errors import UsageError
from healthtrends.sources import synthetic_formats
from healthtrends.sources.outbreak import default_outbreak
from healthtrends.sources.synthetic import SyntheticPlan
from tests.unit.maintenance.test_fhir_visits import counts, faults, feed, records, send  # noqa: F401  a fixture

pytestmark = pytest.mark.slow

LAST = dt.date(2025, 12, 20)
PLAN = SyntheticPlan(
    records=1_500, seed=5, first=dt.date(2025, 12, 16), last=LAST, outbreak=default_outbreak(LAST)
)


def messages(name, plan=PLAN):
    return [message.value for message in synthetic_formats.messages(name, plan)]


def test_the_same_people_have_the_same_diagnoses(feed):  # noqa: F811
    """Whatever was corrected, taken back or merged on the way."""
    expected = Counter(
        (
            record["visit_date"],
            record["patient_id"],
            record["diagnosis_code"],
            record["age"],
            record["gender"],
        )
        for record in map(json.loads, messages("record"))
    )
    for value in messages("fhir"):
        feed.topic.send(0, value)
    send(feed)
    found = Counter(
        (day, patient.removeprefix("Patient/"), code, age, gender)
        for day, patient, code, age, gender, _ in records(feed)
    )
    assert found == expected
    assert {name for day in feed.state.files for name in counts(feed, day)} == set()
    assert faults(feed) == []


def test_visits_keep_their_diagnoses_together(feed):  # noqa: F811
    """As many visits as the records have, on each day."""
    expected = {
        (r["visit_date"], r.get("visit_id") or n) for n, r in enumerate(map(json.loads, messages("record")))
    }
    feed.settings = replace(feed.settings, source=Source(format="fhir"))
    for value in messages("fhir"):
        feed.topic.send(0, value)
    send(feed)
    store = feed.pool.store
    lines = [
        json.loads(line)
        for day in feed.state.files
        for path in feed.files(day)
        for line in store.read(path).splitlines()
    ]
    assert len({line["visit_id"] for line in lines}) == len(expected)


def test_the_bytes_of_a_seed_never_change():
    """So that a demo can be sent once."""
    assert messages("fhir") == messages("fhir") != messages("fhir", replace(PLAN, seed=6))


def test_the_feed_has_what_feeds_have():
    """Bundles and resources apart, deletions, corrections, merges, codings in other systems."""
    sent = b"\n".join(messages("fhir"))
    for part in (
        b'"transaction"', b'"DELETE"', b'"entered-in-error"', b'"cancelled"', b'"planned"', b'"refuted"',
        b'"replaced-by"', b"urn:uuid:", b"snomed", b'"versionId":"0"', b"+05:30", b'"exp"',
    ):  # fmt: skip
        assert part in sent


@pytest.mark.parametrize("change", [{"plain": True}, {"bad_share": 0.1}, {"first": dt.date(2024, 12, 1)}])
def test_what_visits_cannot_have_is_refused(change):
    """An age over more than a year, fields left out, rules of records."""
    with pytest.raises(UsageError, match="cannot be made"):
        messages("fhir", replace(PLAN, **change))


def test_a_range_of_a_year_with_a_leap_day_can_be_made():
    """Each birth date gives the age of the record."""
    plan = SyntheticPlan(records=400, seed=2, first=dt.date(2024, 2, 29), last=dt.date(2025, 2, 27))
    assert len(messages("fhir", plan)) > 400
