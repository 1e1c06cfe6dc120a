"""Rejects that are encrypted: no content without the key, and all else goes on as before."""

import base64
import json
from dataclasses import replace

import pytest

from healthtrends.errors import ConfigError, DamageFound
from healthtrends.ingest.quarantine import Reject, RejectFilter, read_rejects
from healthtrends.ingest.reject_cipher import PLAIN, RejectCipher
from healthtrends.model.pseudonym import key_id
from healthtrends.orchestrate.reject_counts import IntakeCounter

KEY, OTHER = b"k" * 32, b"o" * 32
CIPHER = RejectCipher(KEY, seals=True)
REJECT = Reject(
    topic="t", partition=1, offset=5, timestamp=1_766_400_000_123, reason="wrong_type", field="age",
    raw_base64=b'{"patient_id": "synthetic-1"}', key_base64=b"synthetic-key",
)  # fmt: skip


@pytest.fixture
def sealed(place):
    """Two good records, two with an age in words, in a root whose rejects are encrypted."""
    place.settings = replace(place.settings, cipher=CIPHER)
    place.send(place.record(1), place.record(2))
    place.send(*(place.record(n, age="forty") for n in (3, 4)), partition=1)
    place.ingest()
    return place


def opened(place, cipher):
    state = place.state
    return [
        cipher.open(reject)
        for file in RejectFilter().files(state)
        for _, reject in read_rejects(place.log, file)
    ]


def mended(value, reason, field):
    return json.dumps({**json.loads(value), "age": 40}).encode()


def test_what_is_sealed_is_opened_by_the_same_key():
    """Content, key and all else."""
    assert RejectCipher(KEY).open(CIPHER.seal(REJECT)) == REJECT


@pytest.mark.parametrize("raw", [None, b"", b"x" * 100_000])
def test_a_message_without_a_value_stays_one(raw):
    """An empty one is none without a value."""
    reject = Reject("t", 0, 0, 0, "null_value", None, raw)
    found = CIPHER.open(CIPHER.seal(reject))
    assert (found, found.kept) == (reject, CIPHER.seal(reject).kept)


def test_no_byte_of_a_message_lies_in_the_file(sealed):
    """Neither as it is nor in Base64; position and reason are there, and the id of the key."""
    (path,) = sealed.state.rejects
    content = sealed.pool.store.read(path)
    assert b"synthetic" not in content
    for line in map(json.loads, content.splitlines()):
        assert (line["raw_base64"], line["reason"], line["sealed_key_id"]) == (
            None,
            "wrong_type",
            key_id(KEY),
        )
        assert b"synthetic" not in base64.b64decode(line["sealed_base64"])
    assert [json.loads(each.raw_base64)["patient_id"] for each in opened(sealed, CIPHER)] == [
        "synthetic-3", "synthetic-4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cipher", "why"), [(PLAIN, "no key is configured"), (RejectCipher(OTHER), key_id(OTHER))]
)
def test_content_needs_its_key(sealed, cipher, why):
    """Without it, or with another, a mistake of the configuration."""
    with pytest.raises(ConfigError, match=r"partition 1, offset 0 is encrypted") as raised:
        opened(sealed, cipher)
    assert why in raised.value.why
    assert "privacy.key_file" in raised.value.next_step


def test_the_proof_needs_no_key(sealed):
    """It counts lines and compares hashes."""
    sealed.settings = replace(sealed.settings, cipher=PLAIN)
    assert sealed.faults() == []


@pytest.mark.parametrize("change", [
    {"offset": 6}, {"partition": 2}, {"topic": "u"}, {"reason": "blank"}, {"timestamp": 1}, {"kept_bytes": 1},
])  # fmt: skip
def test_sealed_content_fits_its_own_line_only(change):
    """Moved to another place it is not opened."""
    moved = {name: getattr(CIPHER.seal(REJECT), name) for name in Reject.__struct_fields__} | change
    with pytest.raises(DamageFound, match=r"encrypted reject at .* was changed"):
        CIPHER.open(Reject(**moved))


@pytest.mark.parametrize("place_of_bit", [0, 11, 12, 30, -1])
def test_one_changed_bit_is_damage(place_of_bit):
    """Of nonce, content and tag."""
    found = CIPHER.seal(REJECT)
    content = bytearray(found.sealed_base64)
    content[place_of_bit] ^= 1
    fields = {name: getattr(found, name) for name in Reject.__struct_fields__}
    with pytest.raises(DamageFound, match="was changed"):
        CIPHER.open(Reject(**fields | {"sealed_base64": bytes(content)}))


@pytest.mark.parametrize("short", [b"", b"x" * 12, b"x" * 20])
def test_content_that_is_too_short_is_damage(short):
    """No other error."""
    fields = {name: getattr(CIPHER.seal(REJECT), name) for name in Reject.__struct_fields__}
    with pytest.raises(DamageFound, match="was changed"):
        CIPHER.open(Reject(**fields | {"sealed_base64": short}))


def test_the_same_message_gives_the_same_bytes_and_another_another_nonce():
    """A file that is made again is the same file."""
    first, again = CIPHER.seal(REJECT), RejectCipher(KEY, seals=True).seal(REJECT)
    assert first == again
    fields = {name: getattr(REJECT, name) for name in Reject.__struct_fields__}
    others = [CIPHER.seal(Reject(**fields | change)) for change in ({"offset": 6}, {"raw_base64": b"x"})]
    assert len({each.sealed_base64[:12] for each in (first, *others)}) == 3


def test_a_damaged_file_is_made_again_byte_for_byte(sealed):
    """From the topic, with the key."""
    (path,) = sealed.state.rejects
    before = sealed.pool.store.read(path)
    sealed.rewrite(path, lambda content: content.replace(b"wrong_type", b"wrong-type"))
    assert sealed.faults()
    sealed.restage(path)
    (new,) = sealed.state.rejects
    assert (sealed.pool.store.read(new), sealed.faults()) == (before, [])


def test_a_replay_stores_what_passes_and_leaves_the_rest_sealed(sealed):
    """Line for line as it was."""
    sealed.send(sealed.record(5, age="forty", gender="?"), partition=1)
    sealed.ingest()
    rest = sealed.quarantine()[-1]
    assert sealed.replay(mended).stored == 2
    assert sealed.patients() == {f"synthetic-{n}": 1 for n in (1, 2, 3, 4)}
    assert (sealed.quarantine(), sealed.faults()) == ([rest], [])


def test_a_replay_without_the_key_changes_nothing(sealed):
    """It cannot know what a message says."""
    before = sealed.state.seq
    sealed.settings = replace(sealed.settings, cipher=PLAIN)
    with pytest.raises(ConfigError, match="is encrypted"):
        sealed.replay(mended)
    assert sealed.state.seq == before


def test_plain_rejects_of_before_stay_readable_and_are_replayed(place):
    """The setting is for new ones."""
    place.send(place.record(1, age="forty"))
    place.ingest()
    place.settings = replace(place.settings, cipher=CIPHER)
    place.send(place.record(2, age="forty"))
    place.ingest()
    assert [b"synthetic" in line["raw_base64"].encode() if line["raw_base64"] else None
            for line in place.quarantine()] == [False, None]  # fmt: skip
    assert len(opened(place, CIPHER)) == 2
    assert place.replay(mended).stored == 2


def test_rejects_are_counted_by_date_with_the_key_and_without_it_as_undated(sealed):
    """A run goes on after the key was changed; only what those messages name is not known."""
    import datetime as dt

    date = dt.date(2025, 12, 20)
    known = IntakeCounter(sealed.log, sealed.state, 3, CIPHER).count(date)
    unknown = IntakeCounter(sealed.log, sealed.state, 3, RejectCipher(OTHER)).count(date)
    assert (sum(known.rejected.values()), known.undated) == (2, 0)
    assert (sum(unknown.rejected.values()), unknown.undated) == (2, 2)


def test_the_key_is_in_no_text_of_the_cipher():
    """It could reach a log."""
    assert "kkkk" not in repr(CIPHER)
