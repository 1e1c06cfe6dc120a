"""Erasure: a person leaves records and rejects by one commit that names nobody, and the proof holds."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from healthtrends.ingest.erased_person import parse_person
from healthtrends.ingest.erasure import Erasure
from healthtrends.model.opt_out import parse_opt_out
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.observe import SilentBar
from healthtrends.storage.compact import compact
from healthtrends.visits.erasure import FactErasure

pytestmark = pytest.mark.slow

MINE, OTHER = "synthetic-1", "synthetic-2"


def erase(place, *given, pseudonyms=(), keys=()):
    person = parse_person(given, pseudonyms, keys)
    return Erasure(log := place.log, [place.settings], FactErasure(log), person, SilentBar()).run()


def whole_root(place) -> bytes:
    """Everything that lies under the root, one after the other."""

    def walk(folder):
        for entry in place.pool.store.list(folder):
            path = f"{folder}/{entry.name}"
            if entry.is_folder:
                yield from walk(path)
            else:
                yield place.pool.store.read(path)

    return b"\n".join(walk("/r"))


@pytest.fixture
def stored(place):
    """Five patients on two days, in two batches, the first patient three times."""
    place.send(*(place.record(n) for n in range(5)), place.record(1, visit_date="2025-12-19"))
    place.ingest()
    place.send(place.record(1, diagnosis_code="J45"), place.record(3))
    place.ingest()
    return place


def test_the_lines_of_the_person_are_gone_and_no_others(stored):
    """From every file of every date."""
    found = erase(stored, MINE)
    assert stored.patients() == {"synthetic-0": 1, OTHER: 1, "synthetic-3": 2, "synthetic-4": 1}
    assert (found.records, found.record_files) == ({"2025-12-19": 1, "2025-12-20": 2}, 3)


def test_the_proof_holds_and_counts_the_messages_as_erased(stored):
    """Each offset is stored, rejected or skipped, also from a snapshot."""
    stored.snapshot_every = 1
    erase(stored, MINE)
    state = stored.state
    assert (state.messages_stored, state.messages_skipped, state.snapshot > 0) == (5, 3, True)
    assert stored.faults() == []


def test_erasing_twice_writes_nothing(stored):
    """Not even a fence."""
    erase(stored, MINE)
    seq = stored.state.seq
    assert erase(stored, MINE).lines == 0
    assert stored.state.seq == seq


def test_the_log_names_dates_and_nobody(stored):
    """Neither the id nor its pseudonym is in any manifest, snapshot or name of a file."""
    stored.settings = replace(stored.settings, pseudonymise=(name := pseudonymiser(b"k" * 32)), key_id="k")
    stored.snapshot_every = 1
    stored.send(stored.record("secret"), stored.record("secret", age=-1))
    stored.ingest(new_key=True)
    erase(stored, "synthetic-secret", keys=[name])
    assert dict(stored.state.erased) == {"2025-12-20": stored.state.seq}
    stored.pool.delete_all([stored.log.layout.removed_days])
    left = whole_root(stored)
    assert b"synthetic-secret" not in left
    assert name("synthetic-secret").encode() not in left


def test_a_moved_record_counts_as_one_message(place):
    """It gave a record and a cancellation of another date."""
    moved = place.record(1, record_id="r", previous_visit_date="2025-12-19")
    place.send(moved, place.record(2), place.record(2, record_id="q", previous_visit_date="2025-12-19"))
    place.ingest()
    erase(place, MINE)
    assert (place.state.messages_stored, place.state.messages_skipped, place.faults()) == (2, 1, [])


def test_two_messages_that_look_like_a_moved_one_count_as_two(place):
    """The bounds of the format decide: each message gave at least one line."""
    times = {"record_id": "r", "recorded_at": "2025-12-20T08:00:00Z"}
    place.send(
        place.record(1, **times), place.record(1, status="cancelled", visit_date="2025-12-19", **times)
    )
    place.ingest()
    erase(place, MINE)
    assert (place.state.messages_stored, place.state.messages_skipped, place.faults()) == (0, 2, [])


@pytest.mark.parametrize(
    "broken",
    [
        b'{"patient_id": "synthetic-1", "age": -1}',
        b'{"patient_id": "synthetic-1", "age": ',
        b"synthetic-1 has the flu",
        b'{"name": "x", "note": "see synthetic-1."}',
        b'{"patient\\u005fid": "synthetic\\u002d1"}',
        "synthetic-1".encode("utf-16-le"),
    ],
)
def test_a_reject_that_names_the_person_goes_whole(place, broken):
    """By decoding what can be decoded, and by a search of its bytes."""
    place.send(broken, place.record(2, age=-1), place.record(3))
    place.ingest()
    erase(place, MINE)
    assert [line["offset"] for line in place.quarantine()] == [1]
    assert (place.state.messages_rejected, place.state.messages_skipped, place.faults()) == (1, 1, [])


def test_a_longer_id_is_somebody_else(place):
    """No letter or digit may stand on either side."""
    place.send(b"synthetic-11 has the flu", b"asynthetic-1", place.record(11, age=-1))
    place.ingest()
    assert erase(place, MINE).rejects == 0


def test_a_short_id_is_not_searched_for(place):
    """It would be found in any message; where it can be decoded it is found."""
    place.send(b'{"age": 17}', b'{"patient_id": "17", "age": -1}')
    place.ingest()
    assert erase(place, "17").rejects == 1


def test_a_reject_of_two_patients_goes_too(place):
    """The other one's part of it was never stored."""
    place.send(b'[{"patient_id": "synthetic-1"}, {"patient_id": "synthetic-2"}]', place.record(3, age=-1))
    place.ingest()
    erase(place, MINE)
    assert [line["offset"] for line in place.quarantine()] == [1]
    assert place.faults() == []


def test_pseudonyms_under_every_key_are_found(place):
    """Who changed the key has two pseudonyms of one person."""
    first, second = pseudonymiser(b"1" * 32), pseudonymiser(b"2" * 32)
    for key_id, name in (("one", first), ("two", second)):
        place.settings = replace(place.settings, pseudonymise=name, key_id=key_id)
        place.send(place.record(1), place.record(2))
        place.ingest(new_key=True)
    erase(place, MINE, keys=[second, first])
    assert place.patients() == {first(OTHER): 1, second(OTHER): 1}
    assert place.faults() == []


def test_a_pseudonym_is_enough(place):
    """The id itself may be unknown."""
    name = pseudonymiser(b"1" * 32)
    place.settings = replace(place.settings, pseudonymise=name, key_id="one")
    place.send(place.record(1), place.record(2), place.record(1, age=-1), place.record(2, age=-1))
    place.ingest()
    erase(place, pseudonyms=[name(MINE).upper()])
    assert place.patients() == {name(OTHER): 1}
    assert [line["offset"] for line in place.quarantine()] == [3]


def test_compacted_files_are_written_again(stored):
    """With the names of what their lines came in, and one more."""
    compact(stored.log, dt.date(2025, 12, 20))
    erase(stored, MINE)
    assert stored.patients() == {"synthetic-0": 1, OTHER: 1, "synthetic-3": 2, "synthetic-4": 1}
    assert stored.faults() == []


def test_a_file_of_the_person_alone_goes(place):
    """Nothing says any more that there was a record of that date."""
    place.send(place.record(1, visit_date="2025-12-18"), place.record(2))
    place.ingest()
    erase(place, MINE)
    assert (list(place.state.files), place.faults()) == (["2025-12-20"], [])


def test_restage_does_not_bring_the_person_back(stored):
    """The topic still has the messages: a file that was written again can only be made with fewer lines."""
    erase(stored, MINE)
    (path, *_) = stored.files()
    stored.flip(path)
    with pytest.raises(Exception, match="today's rules give"):
        stored.restage(path)


def test_with_an_opt_out_nothing_brings_the_person_back(stored):
    """Neither a damaged file that is made again, nor what is sent once more, nor a replay."""
    stored.send(stored.record(1, age="x"), stored.record(2, age="x"))
    stored.ingest()
    erase(stored, MINE)
    stored.settings = replace(stored.settings, opt_out=parse_opt_out(MINE, None))
    (path, *_) = stored.files()
    stored.flip(path)
    stored.restage(path)
    stored.send(stored.record(1), stored.record(1, age="x"))
    stored.ingest()
    stored.replay(lambda value, *_: value.replace(b'"x"', b"40"))
    assert MINE not in stored.patients()
    assert (stored.patients()[OTHER], stored.quarantine(), stored.faults()) == (2, [], [])


def test_the_lines_that_stay_are_the_same_bytes(stored):
    """In their order."""
    before = [line for path in stored.files() for line in stored.pool.store.read(path).splitlines()]
    erase(stored, MINE)
    after = [line for path in stored.files() for line in stored.pool.store.read(path).splitlines()]
    assert sorted(after) == sorted(line for line in before if json.loads(line)["patient_id"] != MINE)
