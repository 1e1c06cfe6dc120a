"""Somebody makes up commits of a sealed log: `verify` names what has no seal of the key."""

import datetime as dt
import hashlib
import json

import pytest

from healthtrends.storage.seal import Seal

pytestmark = pytest.mark.slow

DAY = dt.date(2025, 12, 20)


@pytest.fixture
def keyed(filled):
    """A log that is sealed with a key from its fifth commit on."""
    filled.key = b"k" * 32
    filled.send(filled.record(7), filled.record(8))
    filled.ingest()
    filled.send(filled.record(9))
    filled.ingest()
    return filled


def test_a_sealed_log_is_well_with_the_key_and_without(keyed):
    """Commits before the key have no seal."""
    assert keyed.faults() == []
    keyed.key = None
    assert keyed.faults() == []


def test_a_chain_made_up_without_the_key_is_found(keyed):
    """All hashes were made to fit; the seals cannot be."""
    layout, before = keyed.log.layout, None
    for seq in range(6, keyed.state.seq + 1):
        fields = json.loads(keyed.pool.store.read(layout.commit(seq)))
        fields["watermark"] = 1
        fields["previous"] = before or fields["previous"]
        content = json.dumps(fields).encode()
        keyed.rewrite(layout.commit(seq), lambda _, content=content: content)
        before = hashlib.sha256(content).hexdigest()
    assert {fault["detail"].partition(": ")[2] for fault in keyed.faults()} == {
        "it is not sealed with the key, as it should be"
    }
    keyed.key = None
    assert keyed.faults() == []


def stripped(place, seqs):
    """Take the seals off, and make the hashes between the manifests fit again."""
    layout, before = place.log.layout, None
    for seq in seqs:
        fields = json.loads(place.pool.store.read(layout.commit(seq)))
        fields.update(mac=None, sealed_since=None, previous=before or fields["previous"])
        content = json.dumps(fields).encode()
        place.rewrite(layout.commit(seq), lambda _, content=content: content)
        before = hashlib.sha256(content).hexdigest()


UNSEALED = "it is not sealed with the key, as it should be"


def test_a_log_made_up_without_any_seal_is_found(keyed):
    """The newest commit must be sealed once there is a key."""
    stripped(keyed, range(1, keyed.state.seq + 1))
    for days in (None, (DAY, DAY)):
        (fault,) = keyed.faults(days)
        assert (fault["check"], fault["detail"].partition(": ")[2]) == ("links", UNSEALED)


def test_the_newest_commit_is_looked_at_when_a_snapshot_has_its_number(keyed):
    """Also with dates, where nothing lies above the snapshot."""
    stripped(keyed, range(1, keyed.state.seq + 1))
    keyed.log.snapshots.write(keyed.log.recover(), 100)
    assert [fault["check"] for fault in keyed.faults((DAY, DAY))] == ["links"]


def test_seals_taken_off_the_earlier_commits_are_found(keyed):
    """Each sealed commit says since when all are sealed, and its seal covers that."""
    keyed.send(keyed.record(10))
    keyed.ingest()
    assert keyed.log.read_manifest(keyed.state.seq).sealed_since == 5
    stripped(keyed, [5])
    assert UNSEALED in {fault["detail"].partition(": ")[2] for fault in keyed.faults()}


def test_the_row_of_seals_goes_on_over_a_snapshot(keyed):
    """A new process that rests on it, with no manifest above."""
    keyed.log.snapshots.write(keyed.log.recover(), 100)
    keyed.send(keyed.record(10))
    keyed.ingest()
    assert keyed.log.read_manifest(keyed.state.seq).sealed_since == 5


def test_a_seal_of_another_key_is_found():
    """The one who made it did not have ours."""
    content = Seal(b"a" * 32).put(b'{"mac": "' + b"0" * 64 + b'"}')
    found = content.decode()[9:73]
    assert Seal(b"a" * 32).fits(content, found)
    assert not Seal(b"b" * 32).fits(content, found)
