"""Facts of visits become records: the same ones in whatever order, number of parts and runs they came."""

import gc
import json
from collections import Counter

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthtrends.adapters.failpoints import NAMES, Failpoint, FailpointStore
from healthtrends.errors import HdfsUnavailable
from healthtrends.model.facts import (
    DiagnosisEntry,
    DiagnosisFact,
    MergeFact,
    PersonFact,
    Stamp,
    VisitFact,
)
from healthtrends.observe import progress
from healthtrends.storage.verify import catch_damage
from healthtrends.testing import LocalStore, MemoryTopic
from healthtrends.visits.check import check_visits
from healthtrends.visits.resolve import resolve

DAY, NEXT = "2025-12-20", "2025-12-21"
FLU, ASTHMA = DiagnosisEntry("icd10cm", "J10.1"), DiagnosisEntry("icd10cm", "J45")


EXAMPLES = settings().max_examples


def at(hour, day=DAY):
    return f"{day}T{hour:02d}:00:00.000000Z"


def stamp(hour, day=DAY):
    return Stamp(at(hour, day), day)


def visit(hour, number="V1", patient="P1", **values):
    given = {"event": "admit", "start": stamp(8), "birth_date": "1980-05-01", "gender": "F", **values}
    return VisitFact(at=at(hour), tie=f"M{hour:02d}", visit=number, patient=patient, **given)


def send(place, *messages):
    """Send messages, each a list of facts, store them and compute the records."""
    place.send(*(msgspec.json.encode(facts) for facts in messages))
    place.ingest()
    return compute(place)


def compute(place, **options):
    with progress("t", None, "f") as bar:
        return resolve(place.log, bar, **options)


def records(place):
    """Records of all dates as the data folders hold them, without the time of the last fact."""
    store, folder = place.pool.store, place.log.layout.records
    found = [
        json.loads(line)
        for date in store.list(folder)
        for file in store.list(f"{folder}/{date.name}")
        for line in store.read(f"{folder}/{date.name}/{file.name}").splitlines()
    ]
    return sorted(
        (r["visit_date"], r["patient_id"], r["diagnosis_code"], r["age"], r["outcome"]) for r in found
    )


def counts(place, day=DAY):
    total = Counter()
    for file in place.state.files.get(day, {}).values():
        total.update(file.resolved)
    return dict(+total)


def faults(place):
    return [*place.faults(), *(f for f in check_visits(place.log, place.state) if not f["ok"])]


def test_one_visit_gives_a_record_for_each_code(feed):
    """With the age at the visit and the id of the visit; and the whole verifies."""
    send(feed, [visit(9, diagnoses=(FLU, ASTHMA))])
    assert records(feed) == [(DAY, "P1", "J10.1", 45, "ongoing"), (DAY, "P1", "J45", 45, "ongoing")]
    assert faults(feed) == []


def test_a_later_set_replaces_the_earlier_one(feed):
    """Also where the later message arrived first, in a run before."""
    send(feed, [visit(11, diagnoses=(ASTHMA,))])
    send(feed, [visit(9, diagnoses=(FLU,))])
    assert [row[2] for row in records(feed)] == ["J45"]


def test_a_message_without_diagnoses_says_nothing_of_them(feed):
    """It may say that the visit ended."""
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(11, event="discharge", outcome="recovered")])
    assert records(feed) == [(DAY, "P1", "J10.1", 45, "recovered")]


def test_an_appending_message_adds_to_the_set(feed):
    """And takes back what it says is withdrawn."""
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(10, diagnoses=(ASTHMA,), appends=True)])
    assert [row[2] for row in records(feed)] == ["J10.1", "J45"]
    send(feed, [visit(11, diagnoses=(DiagnosisEntry("icd10cm", "J10.1", "", True),), appends=True)])
    assert [row[2] for row in records(feed)] == ["J45"]


def test_a_cancelled_visit_leaves_its_day_and_only_an_admission_brings_it_back(feed):
    """An update does not."""
    send(feed, [visit(9, diagnoses=(FLU,))])
    send(feed, [visit(10, event="cancel")], [visit(11, event="update")])
    assert (records(feed), list(feed.state.files)) == ([], [DAY])
    send(feed, [visit(12, event="admit")])
    assert len(records(feed)) == 1
    assert faults(feed) == []


def test_a_visit_that_moves_leaves_its_first_day(feed):
    """The files of both days are other ones, so that both become stale."""
    send(feed, [visit(9, diagnoses=(FLU,))])
    before = feed.state.inputs(DAY)
    done = send(feed, [visit(10, start=stamp(8, NEXT))])
    assert ([row[0] for row in records(feed)], done.dates) == ([NEXT], [DAY, NEXT])
    assert feed.state.inputs(DAY) != before
    assert faults(feed) == []


def test_without_a_stated_time_the_earliest_of_the_others_counts(feed):
    """Whatever order they come in; a time that was taken back counts no more."""
    send(feed, [visit(9, start=None, earliest=stamp(9), diagnoses=(FLU,))])
    send(feed, [visit(10, start=None, earliest=stamp(1, "2025-12-19"))])
    assert [row[0] for row in records(feed)] == ["2025-12-19"]
    send(feed, [visit(11)], [visit(12, start="")])
    assert [row[0] for row in records(feed)] == ["2025-12-19"]


def test_a_message_that_says_the_same_again_changes_no_file(feed):
    """So no report becomes stale."""
    send(feed, [visit(9, diagnoses=(FLU,))])
    before = feed.state.paths(DAY)
    done = send(feed, [visit(9, diagnoses=(FLU,))])
    assert (feed.state.paths(DAY), done.dates, feed.state.unresolved) == (before, [], frozenset())


def test_a_visit_of_a_person_without_a_birth_date_waits(feed):
    """It is counted as pending, and counted once the date comes."""
    send(feed, [visit(9, birth_date=None, diagnoses=(FLU, ASTHMA))])
    assert (records(feed), counts(feed)) == ([], {"pending_records": 2})
    send(feed, [PersonFact(at=at(1), patient="P1", birth_date="1980")])
    assert [row[3] for row in records(feed)] == [45, 45]
    assert counts(feed) == {"flagged_birth_dates": 1}
    assert faults(feed) == []


def test_an_age_of_the_feed_counts_where_no_birth_date_is_known(feed):
    """A birth date counts more."""
    send(feed, [visit(9, birth_date=None, age=7, diagnoses=(FLU,))])
    assert [row[3] for row in records(feed)] == [7]


def test_a_corrected_birth_date_changes_all_visits_of_the_person(feed):
    """On all their days."""
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(9, "V2", start=stamp(8, NEXT), diagnoses=(FLU,))])
    done = send(feed, [PersonFact(at=at(20), patient="P1", birth_date="1970-05-01")])
    assert [row[3] for row in records(feed)] == [55, 55]
    assert done.dates == [DAY, NEXT]


def test_an_impossible_age_is_counted(feed):
    """A birth after the visit."""
    send(feed, [visit(9, birth_date="2025-12-24", diagnoses=(FLU,))])
    assert counts(feed) == {"pending_records": 1, "impossible_ages": 1}


def test_merged_patients_are_one_on_all_days_until_it_is_undone(feed):
    """Also when the merge comes first, and through a chain."""
    send(feed, [MergeFact(at=at(7), prior="P2", survivor="P3")])
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(9, "V2", "P2", start=stamp(8, NEXT), diagnoses=(FLU,))])
    assert [row[1] for row in records(feed)] == ["P1", "P3"]
    done = send(feed, [MergeFact(at=at(8), prior="P3", survivor="P1")])
    assert ([row[1] for row in records(feed)], done.dates) == (["P1", "P1"], [NEXT])
    assert faults(feed) == []
    send(feed, [MergeFact(at=at(9), prior="P3", survivor="P1", is_undone=True)])
    assert [row[1] for row in records(feed)] == ["P1", "P3"]
    assert faults(feed) == []


def test_a_circle_of_merges_keeps_the_earlier_ones(feed):
    """The last one is left out and counted."""
    done = send(
        feed,
        [visit(9, diagnoses=(FLU,))],
        [MergeFact(at=at(7), prior="P1", survivor="P2"), MergeFact(at=at(8), prior="P2", survivor="P1")],
    )
    assert ([row[1] for row in records(feed)], done.merge_circles) == (["P2"], 1)


def test_merged_visits_are_one_visit(feed):
    """Its diagnoses are those of both in the order of their times."""
    send(
        feed,
        [visit(9, "V1", diagnoses=(FLU,))],
        [visit(10, "V2", diagnoses=(ASTHMA,), appends=True)],
        [MergeFact(at=at(12), prior="V2", survivor="V1", kind="visit")],
    )
    rows = feed.pool.store.read(feed.state.paths(DAY)[0]).splitlines()
    assert {json.loads(row)["visit_id"] for row in rows} == {"V1"}
    assert len(rows) == 2


def condition(hour, number="C1", **values):
    given = {"visit": "V1", "patient": "P1", "entries": (FLU,), "recorded": stamp(hour), **values}
    return DiagnosisFact(at=at(hour), diagnosis=number, **given)


def test_a_diagnosis_waits_for_its_visit(feed):
    """It is pending, and then it counts on the visit's day."""
    send(feed, [condition(9)])
    assert (records(feed), counts(feed)) == ([], {"pending_records": 1})
    send(feed, [visit(8, start=stamp(8, NEXT))])
    assert ([row[0] for row in records(feed)], counts(feed)) == ([NEXT], {})
    assert faults(feed) == []


def test_only_the_newest_version_of_a_diagnosis_counts(feed):
    """Also where it names another visit, and where it was deleted."""
    send(feed, [visit(8)], [visit(8, "V2", start=stamp(8, NEXT))], [condition(9)])
    send(feed, [condition(10, visit="V2")])
    assert [row[0] for row in records(feed)] == [NEXT]
    send(feed, [condition(11, visit="V2", is_active=False)])
    assert records(feed) == []
    assert faults(feed) == []


def test_a_diagnosis_without_a_visit_is_one_of_its_own(feed):
    """On the day it was recorded."""
    send(feed, [PersonFact(at=at(1), patient="P1", birth_date="1980-05-01")], [condition(9, visit=None)])
    assert records(feed) == [(DAY, "P1", "J10.1", 45, "unknown")]


def test_who_died_during_the_visit_has_that_outcome(feed):
    """Between its first and its last day."""
    send(feed, [visit(9, end=stamp(9, NEXT), diagnoses=(FLU,))])
    send(feed, [PersonFact(at=at(12), patient="P1", death=NEXT)])
    assert [row[4] for row in records(feed)] == ["deceased"]


def test_of_two_contents_under_one_message_id_the_first_counts(feed):
    """By the time of the broker; and it is counted."""
    send(feed, [visit(9, control="c", content="a", diagnoses=(FLU,))])
    send(feed, [visit(9, control="c", content="b", diagnoses=(ASTHMA,))])
    assert [row[2] for row in records(feed)] == ["J10.1"]
    assert counts(feed) == {"reused_message_ids": 1}


def test_many_small_runs_leave_few_files(feed):
    """They are made one, and hold the same."""
    for number in range(20):
        send(feed, [visit(9, f"V{number}", f"P{number}", diagnoses=(FLU,))])
    assert len(feed.state.files[DAY]) <= 8
    assert len(records(feed)) == 20
    assert faults(feed) == []


def test_a_changed_record_is_found(feed):
    """The check computes all records again from the facts."""
    send(feed, [visit(9, diagnoses=(FLU,))])
    (path,) = feed.state.paths(DAY)
    feed.flip(path)
    findings = catch_damage("visits", lambda: check_visits(feed.log, feed.state))
    assert [finding["ok"] for finding in findings] == [False]


def test_records_are_made_again_from_the_facts(feed):
    """Also where a file of them is gone."""
    send(feed, [visit(9, diagnoses=(FLU,))])
    before = records(feed)
    (path,) = feed.state.paths(DAY)
    feed.pool.store.delete(path)
    compute(feed, rebuild=True)
    assert (records(feed), faults(feed)) == (before, [])


def test_facts_that_are_lost_are_made_again_from_kafka(feed):
    """By `restage`, as any other file."""
    send(feed, [visit(9, diagnoses=(FLU,))])
    (path,) = (path for files in feed.state.fact_files.values() for path in files)
    feed.pool.store.delete(path)
    feed.restage(path)
    assert faults(feed) == []


# What a failing call leaves open is not closed before it is forgotten.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", [name for name in NAMES if name[0] in "BR"])
def test_a_computation_that_fails_at_any_effect_is_finished_by_the_next(feed, tmp_path, name):
    """A visit moves to another day, and another is corrected; the proof holds."""
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(9, "V2", "P2", diagnoses=(FLU,))])
    moved = [[visit(10, start=stamp(8, NEXT))], [visit(10, "V2", "P2", diagnoses=(ASTHMA,))]]
    feed.send(*(msgspec.json.encode(facts) for facts in moved))
    feed.ingest()
    healthy = feed.pool.store
    feed.pool.store = FailpointStore(LocalStore(tmp_path), Failpoint(f"{name}:raise"))
    try:
        compute(feed)
    except HdfsUnavailable:
        pass
    finally:
        feed.pool.store = healthy
        gc.collect(1)
    compute(feed)
    feed.log.recover()
    assert records(feed) == [(DAY, "P2", "J45", 45, "ongoing"), (NEXT, "P1", "J10.1", 45, "ongoing")]
    assert (faults(feed), feed.state.unresolved) == ([], frozenset())


MESSAGES = (
    [visit(9, diagnoses=(FLU,))],
    [visit(10, diagnoses=(ASTHMA,))],
    [visit(11, start=stamp(8, NEXT), outcome="recovered", event="discharge")],
    [visit(12, start=None, event="cancel")],
    [visit(13, start=None, event="admit")],
    [visit(9, "V2", "P2", birth_date=None, diagnoses=(FLU,))],
    [PersonFact(at=at(3), patient="P2", birth_date="1990-01")],
    [PersonFact(at=at(4), patient="P2", birth_date="1991-01", gender="M")],
    [MergeFact(at=at(14), prior="P2", survivor="P1")],
    [condition(9, "C1", visit="V3")],
    [condition(10, "C1", visit="V2")],
    [visit(8, "V3", "P3", start=stamp(8, NEXT))],
)


@pytest.fixture(scope="module")
def expected():
    """What all messages come to, computed by hand."""
    return [(NEXT, "P1", "J45", 45, "recovered"), (DAY, "P1", "J10.1", 45, "ongoing")]


@settings(max_examples=2 * EXAMPLES // 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_repetition_and_division_into_runs_gives_the_same_records(feed, expected, data):
    """And the check of the whole agrees with what was done step by step."""
    order = data.draw(
        st.permutations([*MESSAGES, *data.draw(st.lists(st.sampled_from(MESSAGES), max_size=4))])
    )
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order) - 1), max_size=4)))
    feed.topic, feed.snapshot_every = MemoryTopic(), data.draw(st.sampled_from([1, 3, 200]))
    feed.pool.store.delete("/r")
    for first, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
        send(feed, *order[first:end])
    assert records(feed) == sorted(expected)
    assert faults(feed) == []
