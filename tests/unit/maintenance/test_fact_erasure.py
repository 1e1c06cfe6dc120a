"""Erasure of a person from facts: the records are what is left at any time, and the proof holds."""

import msgspec
import pytest

from healthtrends.model.facts import DiagnosisFact, MergeFact, PersonFact, VisitFact
from tests.unit.maintenance.random_facts import Facts, seeds
from tests.unit.maintenance.test_erasure import erase
from tests.unit.maintenance.test_visits import (
    ASTHMA,
    DAY,
    FLU,
    NEXT,
    at,
    compute,
    faults,
    records,
    send,
    stamp,
    visit,
)

pytestmark = pytest.mark.slow


def facts(place):
    """All facts that are stored."""
    return [
        msgspec.json.decode(line)
        for files in place.state.fact_files.values()
        for path in files
        for line in place.pool.store.read(path).splitlines()
    ]


def test_facts_and_records_of_the_person_go_by_one_commit(feed):
    """Those of others stay, and verify accounts for the messages."""
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(9, "V2", "P2", diagnoses=(ASTHMA,))])
    before = feed.state.seq
    found = erase(feed, "P1")
    assert (found.facts, found.records, feed.state.seq) == (1, {DAY: 1}, before + 2)
    assert records(feed) == [(DAY, "P2", "J45", 45, "ongoing")]
    assert (feed.state.messages_stored, feed.state.messages_skipped) == (1, 1)
    assert (faults(feed), len(feed.state.unresolved)) == ([], 0)


def test_all_ids_that_are_one_person_go(feed):
    """Whichever of them is named."""
    merge = MergeFact(at=at(10), tie="M", prior="P1", survivor="P9")
    for number, named in enumerate(("P1", "P9")):
        send(feed, [visit(9, diagnoses=(FLU,))], [visit(9, "V2", "P9", diagnoses=(FLU,))], [merge])
        send(feed, [visit(9, "V3", "P2", diagnoses=(FLU,))])
        assert erase(feed, named).facts == 3, number
        assert [row[1] for row in records(feed)] == ["P2"]
        assert faults(feed) == []
        erase(feed, "P2")


def test_a_merge_that_was_undone_names_two_persons(feed):
    """The other one stays."""
    merges = [
        MergeFact(at=at(hour), tie="M", prior="P1", survivor="P9", is_undone=hour > 10) for hour in (10, 11)
    ]
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(9, "V2", "P9", diagnoses=(FLU,))], merges)
    erase(feed, "P9")
    assert ([row[1] for row in records(feed)], faults(feed)) == (["P1"], [])
    assert [fact["fact"] for fact in facts(feed)] == ["visit"]


def test_a_visit_that_names_another_person_too_stays_with_the_other(feed):
    """Only the facts of the person go."""
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(11, patient="P2")])
    erase(feed, "P1")
    assert ([fact["patient"] for fact in facts(feed)], faults(feed)) == (["P2"], [])


def test_deletions_that_name_no_patient_go_with_the_visit(feed):
    """Of the visit, and of a diagnosis that is a resource of its own."""
    own = DiagnosisFact(at=at(9), diagnosis="C1", patient="P1", visit="V1", entries=(FLU,), recorded=stamp(9))
    gone = DiagnosisFact(at=at(10), diagnosis="C1", patient="", is_active=False)
    cancelled = VisitFact(at=at(12), visit="V1", patient="", event="cancel")
    send(feed, [visit(9)], [own], [gone], [cancelled], [PersonFact(at=at(9), patient="P2", gender="F")])
    assert erase(feed, "P1").facts == 4
    assert ([fact["fact"] for fact in facts(feed)], faults(feed)) == (["person"], [])


def test_facts_that_still_wait_go_too(feed):
    """And the others that wait are resolved by the same commit."""
    feed.send(*(msgspec.json.encode([visit(9, f"V{n}", f"P{n}", diagnoses=(FLU,))]) for n in (1, 2)))
    feed.ingest()
    erase(feed, "P1")
    assert ([row[1] for row in records(feed)], len(feed.state.unresolved)) == (["P2"], 0)
    assert faults(feed) == []


def test_the_date_of_nobody_else_is_no_date_any_more(feed):
    """Nothing says that somebody was there."""
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(9, "V2", "P2", start=stamp(9, NEXT), diagnoses=(FLU,))])
    erase(feed, "P1")
    assert (list(feed.state.files), faults(feed)) == ([NEXT], [])


@pytest.mark.parametrize("seed", seeds(300, quick=8))
def test_random_facts_without_a_random_person(feed, seed):
    """No line names the person or who is one with it, and the records are what the rest comes to."""
    draw = Facts(seed)
    for number in range(30):
        value, ms = draw.message(number)
        feed.topic.send(0, value, ms)
        if draw.random.random() < 0.2:
            feed.ingest()
            if draw.random.random() < 0.5:
                compute(feed)
    feed.ingest()
    person = f"P{draw.random.randrange(5)}"
    erase(feed, person)
    assert faults(feed) == []
    named = {fact.get(key) for fact in facts(feed) for key in ("patient", "prior", "survivor")}
    assert person not in named
    assert person not in {row[1] for row in records(feed)}
    compute(feed, rebuild=True)
    assert faults(feed) == []
