"""Faults that random facts of visits brought to light, each with the facts that showed it."""

from dataclasses import replace

import msgspec

from healthtrends.model.facts import DiagnosisEntry, MergeFact, PersonFact
from tests.unit.maintenance.test_visits import (
    FLU,
    at,
    compute,
    condition,
    counts,
    faults,
    records,
    send,
    visit,
)

FIRST, SECOND = 1_766_231_000_000, 1_766_232_000_000
"""Broker times, ms."""


def send_at(feed, ms, *facts):
    """Send one message that the broker received at a time, store it and compute the records."""
    feed.topic.send(0, msgspec.json.encode(facts), ms)
    feed.ingest()
    compute(feed)


def test_a_circle_behind_a_further_merge_is_left_out(feed):
    """P2 became P3 and P1 became P2; that P2 became P1 would go round for ever."""
    merges = [
        MergeFact(at=at(hour), prior=prior, survivor=survivor)
        for hour, prior, survivor in ((1, "P2", "P3"), (2, "P1", "P2"), (3, "P2", "P1"))
    ]
    done = send(feed, [visit(9, diagnoses=(FLU,))], merges)
    assert ([row[1] for row in records(feed)], done.merge_circles) == (["P3"], 1)
    assert faults(feed) == []


def test_a_merge_that_a_reused_id_takes_back_changes_the_visits_it_named(feed):
    """The message that the broker received first came in a later run, and names other persons."""
    second, first = (
        MergeFact(at=at(7), control="c", content=content, prior=prior, survivor=survivor)
        for content, prior, survivor in (("b", "P1", "P2"), ("a", "P3", "P4"))
    )
    send_at(feed, SECOND, visit(9, diagnoses=(FLU,)))
    send_at(feed, SECOND, second)
    assert [row[1] for row in records(feed)] == ["P2"]
    send_at(feed, FIRST, first)
    assert [row[1] for row in records(feed)] == ["P1"]
    assert faults(feed) == []


def test_the_gaps_of_a_repeated_appending_message_count_once(feed):
    """They are one message; the visit's counts stay what they were."""
    sent = visit(9, diagnoses=(FLU,), appends=True, unmapped=1, control="c", content="a")
    send(feed, [sent])
    before = feed.state.paths("2025-12-20")
    send(feed, [sent])
    assert (counts(feed), feed.state.paths("2025-12-20")) == ({"unmapped_system": 1}, before)


def test_two_appending_messages_without_ids_are_two(feed):
    """Their gaps add up."""
    sent = [[visit(hour, diagnoses=(FLU,), appends=True, unmapped=1)] for hour in (9, 10)]
    send(feed, *sent)
    assert counts(feed) == {"unmapped_system": 2}


def test_a_reused_message_id_says_nothing_of_the_person_either(feed):
    """The first message under the id counts, whatever the second says of the birth date."""
    send_at(feed, FIRST, visit(9, diagnoses=(FLU,), control="c", content="a"))
    send_at(feed, SECOND, visit(9, birth_date="1970-05-01", control="c", content="b"))
    assert [row[3] for row in records(feed)] == [45]
    assert faults(feed) == []


def test_facts_made_again_with_other_content_leave_no_record_twice(feed):
    """Neither that of the visit that changed, nor that of its neighbour in the file."""
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(9, "V2", "P2", diagnoses=(FLU,))])
    (path,) = (path for files in feed.state.fact_files.values() for path in files)
    feed.pool.store.delete(path)
    messages = feed.topic.partitions[0]
    changed = visit(9, diagnoses=(DiagnosisEntry("icd10cm", "J10.123"),))
    messages[0] = replace(messages[0], content=msgspec.json.encode([changed]))
    feed.restage(path)
    compute(feed)
    assert sorted(row[2] for row in records(feed)) == ["J10.1", "J10.123"]
    assert faults(feed) == []


def mend(value, _reason, _field):
    """A broken message is one with a mark before it."""
    return value.removeprefix(b"!")


def lose_facts(feed, **changes):
    """Delete the only fact file, and make it again from the topic."""
    (path,) = (path for files in feed.state.fact_files.values() for path in files)
    feed.pool.store.delete(path)
    feed.restage(path, transform=mend, **changes)


def test_facts_made_again_twice_before_they_are_computed_still_wait(feed):
    """The second file names the first of all as its input, not the one that waited."""
    feed.send(msgspec.json.encode([visit(9, diagnoses=(FLU,))]))
    feed.ingest()
    lose_facts(feed)
    lose_facts(feed)
    compute(feed)
    assert len(records(feed)) == 1
    assert faults(feed) == []


def test_facts_that_a_transform_mended_are_made_again_with_it(feed):
    """As records are."""
    feed.send(b"!" + msgspec.json.encode([visit(9, diagnoses=(FLU,))]))
    feed.ingest()
    feed.replay(transform=mend)
    lose_facts(feed)
    compute(feed)
    assert len(records(feed)) == 1
    assert faults(feed) == []


def test_facts_made_again_with_other_content_of_the_same_length_change_the_records(feed):
    """The length of the file tells nothing of it."""
    send(feed, [visit(9, diagnoses=(FLU,))])
    messages = feed.topic.partitions[0]
    changed = visit(9, diagnoses=(DiagnosisEntry("icd10cm", "J10.2"),))
    messages[0] = replace(messages[0], content=msgspec.json.encode([changed]))
    lose_facts(feed)
    compute(feed)
    assert [row[2] for row in records(feed)] == ["J10.2"]
    assert faults(feed) == []


def test_records_of_facts_that_were_all_given_up_are_found_and_go(feed):
    """The check says so, and a rebuild takes them out."""
    send(feed, [visit(9, diagnoses=(FLU,))])
    messages = feed.topic.partitions[0]
    messages[0] = replace(messages[0], content=b"no facts")
    lose_facts(feed, on_data_loss="skip")
    assert [finding["check"] for finding in faults(feed)] == ["visits"]
    compute(feed, rebuild=True)
    assert (records(feed), faults(feed)) == ([], [])


def test_a_deleted_diagnosis_does_not_decide_whose_visit_waits(feed):
    """It names nobody; the age of the other's person is still impossible."""
    person = PersonFact(at=at(1), patient="P1", birth_date="2026-05-01")
    send(feed, [person], [condition(9, "C1")], [condition(9, "C9", is_active=False, patient="")])
    assert counts(feed) == {"pending_records": 1, "impossible_ages": 1}


def test_facts_made_again_with_other_content_and_then_lost_leave_no_record_twice(feed):
    """The second file is as the first, and still not what the records came from."""
    send(feed, [visit(9, diagnoses=(FLU,))], [visit(9, "V2", "P2", diagnoses=(FLU,))])
    messages = feed.topic.partitions[0]
    changed = visit(9, diagnoses=(DiagnosisEntry("icd10cm", "J10.2"),))
    messages[0] = replace(messages[0], content=msgspec.json.encode([changed]))
    lose_facts(feed)
    lose_facts(feed)
    compute(feed)
    assert sorted(row[2] for row in records(feed)) == ["J10.1", "J10.2"]
    assert faults(feed) == []
