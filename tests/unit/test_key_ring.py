"""Keys of the pseudonyms: made, changed and listed by their ids; no key is ever overwritten or shown."""

import stat
from pathlib import Path

import pytest

from healthtrends.config import Settings
from healthtrends.config.intake import Privacy
from healthtrends.config.servers import Hdfs
from healthtrends.errors import ConfigError, UsageError
from healthtrends.ingest.quarantine import Reject
from healthtrends.ingest.reject_cipher import RejectCipher
from healthtrends.model.pseudonym import key_id
from healthtrends.orchestrate.wiring import key_ring
from healthtrends.orchestrate.wiring.ingest_settings import ingest_settings
from healthtrends.orchestrate.wiring.opt_out_file import (
    add_to_opt_out,
    ensure_opt_out_file,
    pseudonyms_on_list,
)


@pytest.fixture
def settings(tmp_path):
    """A configuration with a key file and an opt-out list."""
    key_ring.make_key(tmp_path / "key")
    privacy = Privacy(key_file=str(tmp_path / "key"), opt_out_file=str(tmp_path / "opt-out.txt"))
    found = Settings(hdfs=Hdfs(url="hdfs://127.0.0.1:9"), privacy=privacy)
    ensure_opt_out_file(found)
    return found


def test_a_new_key_is_for_its_owner_alone_and_overwrites_nothing(tmp_path):
    """64 hex digits, mode 0600."""
    made = key_ring.make_key(tmp_path / "key")
    text = (tmp_path / "key").read_text()
    assert (key_id(bytes.fromhex(text)), stat.S_IMODE((tmp_path / "key").stat().st_mode)) == (made, 0o600)
    with pytest.raises(UsageError, match="never overwritten"):
        key_ring.make_key(tmp_path / "key")
    assert (tmp_path / "key").read_text() == text


def test_a_rotation_keeps_the_key_of_before_by_its_id(settings):
    """The new one is the present one; both are known."""
    before, now = key_ring.rotate(settings)
    ring = key_ring.read_ring(settings)
    assert [(each.id, each.is_present) for each in ring] == [(now, True), (before, False)]
    assert ring[1].path.name == f"key.{before}"
    third = key_ring.rotate(settings)[1]
    assert key_ring.read_ring(settings)[0].id == third
    assert len(key_ring.read_ring(settings)) == 3


@pytest.mark.parametrize("dies_at", [1, 2])
def test_a_death_in_a_rotation_loses_no_key(settings, monkeypatch, dies_at):
    """Before the key is kept, and before the new one is in its place."""
    first = key_ring.read_ring(settings)[0].id
    done = []

    def dying(self, target):
        done.append(target)
        if len(done) == dies_at:
            raise KeyboardInterrupt
        return real(self, target)

    real = Path.replace
    monkeypatch.setattr(Path, "replace", dying)
    with pytest.raises(KeyboardInterrupt):
        key_ring.rotate(settings)
    monkeypatch.undo()
    assert [each.id for each in key_ring.read_ring(settings)] == [first]
    assert key_ring.rotate(settings)[0] == first


def test_an_earlier_key_of_another_name_is_refused(settings, tmp_path):
    """Somebody mixed them up."""
    before, _ = key_ring.rotate(settings)
    kept = tmp_path / f"key.{before}"
    kept.write_text("ab" * 32)
    with pytest.raises(ConfigError, match="does not hold the key of its name"):
        key_ring.read_ring(settings)


def test_no_text_shows_a_key(settings):
    """Neither the list of keys nor the settings made of it."""
    key_ring.rotate(settings)
    ring = key_ring.read_ring(settings)
    shown = repr(ring) + repr(ingest_settings(settings, None))
    assert not [each for each in ring if each.key.hex() in shown or repr(each.key) in shown]


def test_settings_know_a_person_under_every_key(settings):
    """An erasure looks for all of them."""
    before, now = key_ring.rotate(settings)
    known = ingest_settings(settings, None).under_known_keys()
    assert [each.key_id for each in known] == [now, before]
    assert len({each.pseudonymise("P-1") for each in known}) == 2


def test_rejects_of_an_earlier_key_are_opened(settings):
    """Of one that is not known they stay closed."""
    old = key_ring.read_ring(settings)[0].key
    sealed = RejectCipher(old, seals=True).seal(Reject("t", 0, 0, 0, "blank", None, b"content"))
    key_ring.rotate(settings)
    cipher = ingest_settings(settings, None).cipher
    assert cipher.open(sealed).raw_base64 == b"content"
    other = RejectCipher(b"o" * 32, seals=True).seal(Reject("t", 0, 0, 0, "blank", None, b"content"))
    with pytest.raises(ConfigError, match="is encrypted"):
        cipher.open(other)


def test_the_opt_out_list_gets_a_person_once(settings):
    """By pseudonyms; who is on it by the id stays so."""
    from healthtrends.ingest.erased_person import parse_person

    name = ingest_settings(settings, None).pseudonymise
    person = parse_person(["P-1"], [], [name])
    assert [add_to_opt_out(settings, person, person.pseudonyms) for _ in range(2)] == [1, 0]
    listed = Path(settings.privacy.opt_out_file)
    assert (listed.read_text(), stat.S_IMODE(listed.stat().st_mode)) == (f"{name('P-1')}\n", 0o600)
    listed.write_text("P-1")
    assert add_to_opt_out(settings, person, person.pseudonyms) == 0
    assert pseudonyms_on_list(settings) == 0
