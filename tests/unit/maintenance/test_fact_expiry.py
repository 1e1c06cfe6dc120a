"""Retention of facts: they go with the records of their visits, and what stays comes to the same."""

import datetime as dt

import msgspec
import pytest

from healthtrends.ingest.topic_check import check_topic
from healthtrends.model.facts import DiagnosisFact, MergeFact, PersonFact
from healthtrends.observe import SilentBar
from healthtrends.storage.expire import ExpiryPlan, expire
from healthtrends.visits.expiry import FactExpiry
from tests.unit.maintenance.random_facts import DAYS, Facts, seeds
from tests.unit.maintenance.test_fact_erasure import facts
from tests.unit.maintenance.test_visits import (
    ASTHMA,
    DAY,
    FLU,
    NEXT,
    at,
    compute,
    counts,
    faults,
    records,
    stamp,
    visit,
)

pytestmark = pytest.mark.slow

OLD_MS, NEW_MS = 1_766_000_000_000, 1_767_000_000_000
"""2025-12-17 and 2025-12-29."""


def let_go(place, first_day=NEXT, waiting=()):
    """Let the records of all days before that one expire but `waiting` ones, and late ones of days before."""
    state = place.state
    old = [date for date in state.files if date < first_day and date not in waiting]
    dates = {date: state.files.facts(date).inputs for date in old if date not in state.expired}
    late = tuple(path for date in old if date in state.expired for path in state.files[date])
    plan = ExpiryPlan(dates, late, dt.date.fromisoformat(first_day))
    expiry = FactExpiry(place.log)
    expire(place.log, plan, dt.date(2026, 1, 20), expiry)
    return expiry.taken_out


def send_at(place, ms, *messages):
    """Send messages that the broker gets at this time, and store them."""
    for message in messages:
        place.topic.send(0, msgspec.json.encode(message), ms)
    place.ingest()
    compute(place)


def old_and_new(place, **old):
    """Two visits of one person, the first on a day that goes."""
    send_at(
        place,
        OLD_MS,
        [visit(9, "V1", diagnoses=(FLU,), **old)],
        [visit(9, "V2", start=stamp(9, NEXT), birth_date=None, gender=None, diagnoses=(ASTHMA,))],
    )


def test_facts_go_with_the_records_of_their_visit(feed):
    """By one commit, which verify accounts for."""
    send_at(
        feed,
        OLD_MS,
        [visit(9, diagnoses=(FLU,))],
        [visit(9, "V2", "P2", start=stamp(9, NEXT), diagnoses=(FLU,))],
    )
    before = feed.state.seq
    assert (let_go(feed), feed.state.seq) == (1, before + 2)
    assert [fact["visit"] for fact in facts(feed)] == ["V2"]
    assert ([row[0] for row in records(feed)], faults(feed)) == ([NEXT], [])
    assert feed.state.expired[DAY].lines == 1


def test_facts_of_a_day_that_waits_stay(feed):
    """Such as one that no run has published yet; a rebuild finds them all."""
    old = visit(9, "V2", "P2", start=stamp(9, "2025-12-19"), diagnoses=(FLU,))
    send_at(feed, OLD_MS, [visit(9, diagnoses=(FLU,))], [old])
    let_go(feed, waiting=[DAY])
    assert [fact["visit"] for fact in facts(feed)] == ["V1"]
    assert ([row[0] for row in records(feed)], faults(feed)) == ([DAY], [])


def test_what_an_old_visit_says_of_the_person_stays_for_a_later_visit(feed):
    """As a fact of the person; the later visit has its age from there."""
    old_and_new(feed)
    kept = [row for row in records(feed) if row[0] == NEXT]
    let_go(feed)
    assert records(feed) == kept
    assert sorted(fact["fact"] for fact in facts(feed)) == ["person", "visit"]
    compute(feed, rebuild=True)
    assert (records(feed), faults(feed)) == (kept, [])


def test_a_person_without_a_visit_goes_when_nothing_new_came(feed):
    """Who was named lately stays."""
    send_at(feed, OLD_MS, [visit(9, diagnoses=(FLU,))], [PersonFact(at=at(9), patient="P1", gender="F")])
    send_at(feed, OLD_MS, [PersonFact(at=at(9), patient="P2", gender="F")])
    send_at(feed, NEW_MS, [PersonFact(at=at(9), patient="P3", gender="F")])
    let_go(feed)
    assert ([fact["patient"] for fact in facts(feed)], faults(feed)) == (["P3"], [])


def test_cancelled_visits_and_those_without_a_day_go(feed):
    """The first by their day; the others when nothing new came."""
    send_at(feed, OLD_MS, [visit(9, diagnoses=(FLU,))], [visit(9, "V2"), visit(10, "V2", event="cancel")])
    send_at(feed, OLD_MS, [visit(9, "V3", start=None)])
    send_at(feed, NEW_MS, [visit(9, "V4", "P4", start=None)])
    let_go(feed)
    assert ([fact["visit"] for fact in facts(feed)], faults(feed)) == (["V4"], [])


def test_a_diagnosis_goes_with_the_visit_it_is_at_now(feed):
    """All its versions, also those that were at another visit."""
    own = {"diagnosis": "C1", "patient": "P1", "entries": (FLU,)}
    send_at(
        feed,
        OLD_MS,
        [visit(9), visit(9, "V2", start=stamp(9, NEXT))],
        [DiagnosisFact(at=at(9), visit="V2", **own)],
        [DiagnosisFact(at=at(10), visit="V1", **own)],
        [DiagnosisFact(at=at(10), visit="V2", **own | {"diagnosis": "C2"})],
    )
    let_go(feed)
    assert [fact["diagnosis"] for fact in facts(feed) if fact["fact"] == "diagnosis"] == ["C2"]
    assert ([row[0] for row in records(feed)], faults(feed)) == ([NEXT], [])


def test_a_merge_stays_while_one_of_its_ids_does(feed):
    """Else the later visit would be of another person."""
    merges = [MergeFact(at=at(10), tie="M", prior=f"P{n}", survivor=f"Q{n}") for n in (1, 2)]
    send_at(feed, OLD_MS, [visit(9, diagnoses=(FLU,))], [visit(9, "V2", "P2", diagnoses=(FLU,))], merges)
    send_at(feed, OLD_MS, [visit(9, "V3", "P1", start=stamp(9, NEXT), diagnoses=(FLU,))])
    let_go(feed)
    assert [fact["prior"] for fact in facts(feed) if fact["fact"] == "merge"] == ["P1"]
    assert ([row[1] for row in records(feed)], faults(feed)) == (["Q1"], [])


def test_a_late_fact_is_stored_and_goes_in_its_turn(feed):
    """With the late records that it gave."""
    old_and_new(feed)
    let_go(feed)
    send_at(feed, NEW_MS, [visit(11, "V1", birth_date=None, gender=None, diagnoses=(ASTHMA,))])
    assert ([row[0] for row in records(feed)], faults(feed)) == ([DAY, NEXT], [])
    assert let_go(feed) == 1
    assert ([row[0] for row in records(feed)], faults(feed)) == ([NEXT], [])


def test_facts_that_wait_stay(feed):
    """The next computation takes them in."""
    old_and_new(feed)
    feed.topic.send(0, msgspec.json.encode([visit(11, "V5", "P5", diagnoses=(ASTHMA,))]), NEW_MS)
    feed.ingest()
    let_go(feed)
    compute(feed)
    assert ([row[1] for row in records(feed)], faults(feed)) == (["P5", "P1"], [])


def test_no_file_need_hold_the_messages_that_expired(feed):
    """Kafka may still have them."""
    old_and_new(feed)
    let_go(feed, "2025-12-30")
    assert facts(feed) == []
    assert [finding["ok"] for finding in check_topic(feed.topic.reader(), feed.log, SilentBar())] == [True]


def kept_content(place, first_day):
    """Records and counts of the days that stay."""
    found = [row for row in records(place) if row[0] >= first_day]
    return found, {day: counts(place, day) for day in DAYS if day >= first_day}


@pytest.mark.parametrize("seed", seeds(400, quick=12))
def test_random_facts_and_days(feed, seed):
    """The days that stay hold what they held, before and after new facts, and so does a rebuild."""
    draw = Facts(seed)
    chance = draw.random
    for number in range(36):
        feed.topic.send(0, *draw.message(number))
        if chance.random() < 0.2:
            feed.ingest()
            if chance.random() < 0.7:
                compute(feed)
        if chance.random() < 0.08 and feed.state.seq:
            first_day = chance.choice([*DAYS, "2025-12-30"])
            before = kept_content(feed, first_day)
            let_go(feed, first_day)
            assert kept_content(feed, first_day) == before
            assert faults(feed) == []
    feed.ingest()
    compute(feed)
    assert faults(feed) == []
    before = records(feed)
    compute(feed, rebuild=True)
    assert (records(feed), faults(feed)) == (before, [])
