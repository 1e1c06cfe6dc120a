"""FHIR resources become records: bundled or apart, in any order, corrected and deleted."""

import json
from collections import Counter
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthtrends.config.source import Source
from healthtrends.observe import progress
from healthtrends.testing import MemoryTopic
from healthtrends.visits.check import check_visits
from healthtrends.visits.resolve import resolve
from tests.unit.fhir.samples import (
    SNOMED,
    bundle,
    coding,
    condition,
    deletion,
    encounter,
    meta,
    patient,
    without,
)

DAY, NEXT = "2025-12-20", "2025-12-21"
EXAMPLES = settings().max_examples
NOON = 1_766_232_000_000
"""20 December 2025, 12:00 UTC, in ms."""
ENDED = {"coding": [{"code": "entered-in-error"}]}
WHOLE = [(DAY, "Patient/p1", "J10.1", 45, "F", "unknown")]


@pytest.fixture
def feed(place):
    """A root whose topic holds FHIR."""
    place.settings = replace(place.settings, source=Source(format="fhir"))
    return place


def send(feed, *resources, ms=NOON):
    """Send messages, store them and compute the records; the dates that changed."""
    for each in resources:
        feed.topic.send(0, json.dumps(each).encode(), ms)
    feed.ingest()
    with progress("t", None, "f") as bar:
        return resolve(feed.log, bar).dates


def records(feed):
    """Records of all dates as the data folders hold them."""
    store, folder = feed.pool.store, feed.log.layout.records
    found = [
        json.loads(line)
        for date in store.list(folder)
        for file in store.list(f"{folder}/{date.name}")
        for line in store.read(f"{folder}/{date.name}/{file.name}").splitlines()
    ]
    names = "visit_date", "patient_id", "diagnosis_code", "age", "gender", "outcome"
    return sorted(tuple(record[name] for name in names) for record in found)


def counts(feed, day=DAY):
    total = Counter()
    for file in feed.state.files.get(day, {}).values():
        total.update(file.resolved)
    return dict(+total)


def faults(feed):
    return [*feed.faults(), *(f for f in check_visits(feed.log, feed.state) if not f["ok"])]


def later(minute, version="2"):
    return meta(f"2025-12-20T10:{minute:02}:00Z", version)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_parts_that_come_apart_are_joined_in_any_order(feed, order):
    """The same record as from one bundle; the log verifies after each part."""
    parts = patient(), encounter(), condition()
    for number in order:
        send(feed, parts[number], parts[number])
        assert faults(feed) == []
    assert records(feed) == WHOLE


def test_a_bundle_gives_the_same_record(feed):
    """As its parts do."""
    send(feed, bundle(condition(), encounter(), patient()))
    assert records(feed) == WHOLE


def test_a_diagnosis_waits_for_its_encounter_and_its_patient(feed):
    """Counted as pending, on the day that it can have; the missing part makes the day change."""
    send(feed, condition(recordedDate=DAY))
    assert (records(feed), counts(feed)) == ([], {"pending_records": 1})
    send(feed, encounter())
    assert (records(feed), counts(feed)) == ([], {"pending_records": 1})
    assert send(feed, patient()) == [DAY]
    assert (records(feed), counts(feed)) == (WHOLE, {})


def test_a_later_version_replaces_the_resource_whole(feed):
    """A birth date that is missing in it was taken back."""
    send(feed, bundle(patient(), encounter(), condition()))
    send(feed, without(patient(meta=later(5)), "birthDate"))
    assert (records(feed), counts(feed)) == ([], {"pending_records": 1})
    send(feed, patient(meta=later(6, "3"), gender="male"))
    assert records(feed) == [(DAY, "Patient/p1", "J10.1", 45, "M", "unknown")]


def test_an_older_version_that_comes_late_changes_nothing(feed):
    """By the time, then by the number: the tenth is after the ninth."""
    send(feed, patient(), encounter(), condition("c1", coding("J45"), meta=meta(version="10")))
    send(feed, condition("c1", coding("J10.1"), meta=meta(version="9")))
    assert [row[2] for row in records(feed)] == ["J45"]


def test_a_visit_that_moves_leaves_its_day(feed):
    """Both days change."""
    send(feed, bundle(patient(), encounter(), condition()))
    assert send(feed, encounter(meta=later(5), period={"start": NEXT})) == [DAY, NEXT]
    assert [row[0] for row in records(feed)] == [NEXT]
    assert faults(feed) == []


@pytest.mark.parametrize(
    "taken_back",
    [
        condition(meta=later(5), verificationStatus=ENDED),
        encounter(meta=later(5), status="entered-in-error"),
        encounter(meta=later(5), status="cancelled"),
        bundle(deletion("Condition/c1")),
        bundle(deletion("Encounter/e1")),
    ],
)
def test_what_is_taken_back_leaves_its_day(feed, taken_back):
    """And a later version brings it back."""
    send(feed, bundle(patient(), encounter(), condition()))
    assert send(feed, taken_back) == [DAY]
    assert records(feed) == []
    again = meta("2025-12-20T13:00:00Z", "3")
    send(feed, encounter(meta=again), condition(meta=again))
    assert (records(feed), counts(feed)) == (WHOLE, {})
    assert faults(feed) == []


def test_a_deletion_is_of_its_place_on_the_topic(feed):
    """A version that is sent behind it counts again, also with a time long ago; an older one does not."""
    send(feed, patient(), encounter(), condition(meta=later(5)))
    send(feed, bundle(deletion("Condition/c1"), deletion("Encounter/e1")))
    send(feed, condition(), encounter(meta=later(6)))
    assert (records(feed), counts(feed)) == ([], {})
    assert send(feed, condition(meta=later(7))) == [DAY]
    assert (records(feed), faults(feed)) == (WHOLE, [])


def test_resources_without_a_version_are_of_their_place_too(feed):
    """The last one sent counts."""
    bare = [
        without(each, "meta")
        for each in (patient(), encounter(), condition("c1", coding("J45")), condition())
    ]
    send(feed, *bare)
    assert records(feed) == WHOLE
    send(feed, bare[2])
    assert [row[2] for row in records(feed)] == ["J45"]
    send(feed, bundle(deletion("Condition/c1")))
    assert (records(feed), faults(feed)) == ([], [])


def test_a_deleted_patient_leaves_the_diagnoses_pending(feed):
    """They are not lost."""
    send(feed, bundle(patient(), encounter(), condition()))
    send(feed, bundle(deletion("Patient/p1")))
    assert (records(feed), counts(feed)) == ([], {"pending_records": 1})


def test_deletions_touch_nothing_else(feed):
    """Though they do not say of which patient they are."""
    for number in (1, 2):
        visit = encounter(f"e{number}")
        send(feed, visit, condition(f"c{number}", encounter={"reference": f"Encounter/e{number}"}))
    send(feed, patient(), bundle(deletion("Encounter/e1")))
    assert records(feed) == WHOLE
    send(feed, bundle(deletion("Encounter/e2")))
    assert records(feed) == []


def test_two_conditions_with_one_code_are_one_record(feed):
    """Of one encounter; two codes are two."""
    send(feed, patient(), encounter(), condition("c1"), condition("c2"), condition("c3", coding("J45")))
    assert [row[2] for row in records(feed)] == ["J10.1", "J45"]


def test_who_died_within_the_encounter_has_that_outcome(feed):
    """By the day of death in the Patient."""
    send(feed, bundle(patient(deceasedDateTime="2025-12-20T10:30:00+01:00"), encounter(), condition()))
    assert [row[5] for row in records(feed)] == ["deceased"]


def test_a_condition_alone_is_a_visit_of_its_own(feed):
    """On its recorded day, which is counted in the quality of that day."""
    send(feed, patient(), without(condition(recordedDate=NEXT), "encounter"))
    assert [row[0] for row in records(feed)] == [NEXT]
    assert counts(feed, NEXT) == {"flagged_recorded_days": 1}


def test_without_a_begin_of_the_encounter_the_recorded_day_counts(feed):
    """Flagged too."""
    send(feed, patient(), encounter(period=None), condition(recordedDate=NEXT))
    assert [row[0] for row in records(feed)] == [NEXT]
    assert counts(feed, NEXT) == {"flagged_missing_starts": 1}
    send(feed, encounter(meta=later(5)))
    assert (records(feed), counts(feed), counts(feed, NEXT)) == (WHOLE, {}, {})


def test_a_replaced_patient_counts_as_the_other(feed):
    """On all days."""
    send(feed, bundle(patient(), encounter(), condition()))
    link = {"other": {"reference": "Patient/p2"}, "type": "replaced-by"}
    send(feed, patient(meta=later(5), link=[link]), patient("p2", birthDate="1980-05-02"))
    assert [row[1] for row in records(feed)] == ["Patient/p2"]
    assert faults(feed) == []


def test_the_patient_who_stays_gives_the_birth_date(feed):
    """Not the one that was replaced, though its version is the newer one."""
    send(feed, bundle(patient("p2", birthDate="1970-01-01"), encounter(), condition()))
    link = {"other": {"reference": "Patient/p2"}, "type": "replaced-by"}
    send(feed, without(patient(meta=later(5), link=[link]), "birthDate"))
    assert [row[1:4] for row in records(feed)] == [("Patient/p2", "J10.1", 55)]


def test_an_identifier_may_be_the_patient(feed):
    """References by the id find it, whichever comes first."""
    feed.settings = replace(feed.settings, source=Source(format="fhir", patient_identifier="urn:mrn"))
    send(feed, condition(), encounter())
    send(feed, patient(identifier=[{"system": "urn:mrn", "value": "0815"}]))
    assert [row[1] for row in records(feed)] == ["0815"]


def test_logical_references_between_messages_find_listed_identifiers(feed):
    """Of the patient and of the encounter, whichever comes first."""
    systems = ["urn:mrn", "urn:visits"]
    feed.settings = replace(feed.settings, source=Source(format="fhir", reference_identifiers=systems))
    person, visit = {"system": "urn:mrn", "value": "0815"}, {"system": "urn:visits", "value": "V1"}
    send(feed, condition(subject={"identifier": person}, encounter={"identifier": visit}))
    send(feed, encounter(identifier=[visit], subject={"identifier": person}), patient(identifier=[person]))
    assert records(feed) == WHOLE
    assert faults(feed) == []


def test_unlisted_codings_are_counted_and_replayed_once_they_are_listed(feed):
    """None is lost."""
    send(feed, bundle(patient(), encounter(), condition("c1", coding("J10.1", SNOMED))))
    assert (records(feed), counts(feed)) == ([], {"unmapped_system": 1})
    feed.settings = replace(feed.settings, source=Source(format="fhir", diagnosis_systems=[SNOMED]))
    assert feed.replay().passing == 1
    send(feed)
    assert ([row[2] for row in records(feed)], counts(feed)) == (["J10.1"], {})
    assert faults(feed) == []


OF_PERSON_2 = {"subject": {"reference": "Patient/p2"}}
MESSAGES = (
    patient(),
    patient("p2", birthDate="1990"),
    encounter(),
    encounter("e2", **OF_PERSON_2),
    condition(),
    condition("c2", coding("J45"), encounter={"reference": "Encounter/e2"}, **OF_PERSON_2),
    condition("c3", coding("E11"), meta=later(1, "1")),
    condition("c3", meta=later(2, "2"), verificationStatus=ENDED),
    condition("c4", coding("A09")),
    encounter("e2", meta=later(3), period={"start": NEXT}, **OF_PERSON_2),
    bundle({**deletion("Condition/c4"), "response": {"lastModified": "2025-12-20T10:09:00Z"}}),
    patient("p3", link=[{"other": {"reference": "Patient/p2"}, "type": "replaced-by"}]),
    bundle(encounter("e4", status="cancelled", meta=later(4)), encounter("e4"), condition("c5")),
)


@settings(max_examples=EXAMPLES // 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_repetition_and_division_into_runs_gives_the_same_records(feed, data):
    """Of versions, corrections and deletions of two persons."""
    repeated = data.draw(st.lists(st.sampled_from(MESSAGES), max_size=4))
    order = data.draw(st.permutations([*MESSAGES, *repeated]))
    cut = data.draw(st.integers(1, len(order) - 1))
    feed.topic = MemoryTopic()
    feed.pool.store.delete("/r")
    send(feed, *order[:cut])
    send(feed, *order[cut:])
    assert records(feed) == [*WHOLE, (NEXT, "Patient/p2", "J45", 35, "F", "unknown")]
    assert faults(feed) == []
