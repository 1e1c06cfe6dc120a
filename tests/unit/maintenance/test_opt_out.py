"""Patients who opted out: counted, and stored neither as data nor as rejects."""

import json
from dataclasses import replace

import pytest

from healthtrends import formats
from healthtrends.adapters.executors.task import _stager as executor_stager
from healthtrends.adapters.executors.task_settings import task_settings
from healthtrends.config import Settings
from healthtrends.config.intake import Privacy
from healthtrends.config.servers import Hdfs
from healthtrends.config.source import Source
from healthtrends.errors import ConfigError
from healthtrends.ingest.settings import IngestSummary
from healthtrends.model.opt_out import parse_opt_out
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.orchestrate.wiring import doctor
from healthtrends.orchestrate.wiring.ingest_settings import ingest_settings
from healthtrends.testing import MemoryTopic
from tests.unit.ingesting import ingested

KEY = b"k" * 32
HERE = Settings(hdfs=Hdfs(url="hdfs://127.0.0.1:9"))
MINE, OTHER = "synthetic-1", "synthetic-2"


@pytest.fixture
def listed(place):
    """A root whose list has the first patient."""
    place.settings = replace(place.settings, opt_out=parse_opt_out(f"{MINE}\n", None))
    return place


def summary(place) -> IngestSummary:
    return ingested(place.topic.reader(), place.log, opt_out=place.settings.opt_out)


def test_records_of_a_listed_patient_are_counted_and_not_stored(listed):
    """Plain ones, cancellations and moved ones, beside those of others at every position."""
    listed.send(listed.record(1), listed.record(2), listed.record(1, facility_id="H"), listed.record(3))
    listed.send(listed.record(1, status="cancelled", record_id="r"), listed.record(2, record_id="r"))
    listed.send(listed.record(1, record_id="q", previous_visit_date="2025-12-19"))
    done = summary(listed)
    assert listed.patients() == {OTHER: 2, "synthetic-3": 1}
    assert (done.stored, done.rejected, done.skipped, done.skips) == (3, 0, 4, {"opted_out": 4})
    assert listed.faults() == []


def test_verify_accounts_for_them_also_from_a_snapshot(listed):
    """Each offset of the topic is stored, rejected or skipped."""
    listed.snapshot_every = 1
    listed.send(listed.record(1), listed.record(2))
    listed.ingest()
    state = listed.state
    assert (state.snapshot > 0, state.messages_skipped, state.opt_out) == (
        True, 1, listed.settings.opt_out.digest,
    )  # fmt: skip
    assert listed.faults() == []


@pytest.mark.parametrize(
    "broken",
    [
        '{"patient_id": "synthetic-1", "age": -1}',
        '{"patient_id": "synthetic-1", "age": ',
        '{"patient_id": " synthetic-1 "}',
        '[{"patient_id" : "synthetic-1"}]',
        '\ufeff{"patient_id": "synthetic-1"}',
        '{"patient\\u005fid": "synthetic-1"}',
        '{"patient_id": "synthetic\\u002d1", "name": "\xff"}',
    ],
)
def test_a_reject_in_which_the_id_can_be_read_is_not_kept(listed, broken):
    """Whatever rule it breaks."""
    listed.send(broken.encode("latin-1" if "\xff" in broken else "utf-8"), listed.record(2, age=-1))
    done = summary(listed)
    assert [line["offset"] for line in listed.quarantine()] == [1]
    assert (done.rejected, done.skipped, listed.faults()) == (1, 1, [])


def test_a_reject_in_which_no_id_can_be_read_is_an_ordinary_one(listed):
    """The docs say so."""
    listed.send(b"synthetic-1", None, b'{"patient": "synthetic-1"}')
    listed.ingest()
    assert len(listed.quarantine()) == 3


def test_a_number_as_an_id_is_read_as_its_digits(place):
    """The contract wants a string; the reject names the patient all the same."""
    place.settings = replace(place.settings, opt_out=parse_opt_out("17", None))
    place.send(b'{"patient_id": 17}')
    place.ingest()
    assert place.quarantine() == []


def test_a_list_has_ids_or_pseudonyms_and_comments():
    """One a line; a pseudonym in capitals too."""
    name = pseudonymiser(KEY)
    text = f"# those who asked\n\nP-1  # on 3 May\n{name('P-2').upper()}\n P#3 \nP-1\n"
    found = parse_opt_out(text, name).lines
    # What has the form of a pseudonym may be an id of that form.
    assert found == {
        name("P-1"): 3, name(name("P-2").upper()): 4, name("P-2"): 4, name("P#3"): 5,
    }  # fmt: skip


def test_pseudonyms_are_compared_where_ids_become_such(listed):
    """The list is of ids, what is stored of pseudonyms."""
    name = pseudonymiser(KEY)
    listed.settings = replace(
        listed.settings, pseudonymise=name, key_id="k", opt_out=parse_opt_out(f"{MINE}\n{name(OTHER)}", name)
    )
    listed.send(listed.record(1), listed.record(2), listed.record(3), listed.record(1, age=-1))
    listed.ingest()
    assert listed.patients() == {name("synthetic-3"): 1}
    assert listed.quarantine() == []


def test_an_entry_for_stored_records_is_refused_with_its_line(place):
    """It would be an erasure; nothing is changed, and no id is in the words."""
    place.send(place.record(1), place.record(1), place.record(2))
    place.ingest()
    seq = place.state.seq
    place.settings = replace(place.settings, opt_out=parse_opt_out(f"nobody\n{MINE}\n", None))
    with pytest.raises(ConfigError, match="2 lines of 1 patient on the opt-out list") as refused:
        place.ingest()
    assert refused.value.exit_code == 2
    assert "line 2 of privacy.opt_out_file" in refused.value.why
    assert "synthetic" not in str(refused.value)
    assert place.state.seq == seq


def test_an_entry_for_somebody_unknown_is_taken(place):
    """The usual case: who opts out at the first visit."""
    place.send(place.record(1))
    place.ingest()
    place.settings = replace(place.settings, opt_out=parse_opt_out("synthetic-9", None))
    place.send(place.record(9))
    place.ingest()
    assert place.patients() == {MINE: 1}
    assert place.faults() == []


def test_files_are_read_only_when_the_list_changed(listed):
    """A damaged file shows whether it was read."""
    listed.send(listed.record(1), listed.record(2))
    listed.ingest()
    before = listed.state.opt_out
    for path in listed.files():
        listed.flip(path)
    listed.ingest()
    assert before == listed.state.opt_out
    listed.settings = replace(listed.settings, opt_out=parse_opt_out("synthetic-9", None))
    with pytest.raises(Exception, match="differs from its manifest"):
        listed.ingest()


def test_a_reject_of_before_is_taken_out_by_a_replay(place):
    """The ingest is refused until then, and says what to do."""
    place.send(place.record(1, age=-1), place.record(2, age=-1), place.record(2))
    place.ingest()
    place.settings = replace(place.settings, opt_out=parse_opt_out(MINE, None))
    with pytest.raises(ConfigError, match="1 reject of patients on the opt-out list") as refused:
        place.ingest()
    assert "rejects replay" in refused.value.next_step
    done = place.replay()
    assert (done.looked_at, done.skipped, done.stored) == (2, 1, 0)
    assert [line["offset"] for line in place.quarantine()] == [1]
    assert place.faults() == []
    place.send(place.record(2))
    place.ingest()
    assert (place.state.messages_skipped, place.faults()) == (1, [])


def test_what_a_transform_mends_of_a_listed_patient_is_not_stored(listed):
    """The id was not readable before."""
    listed.send(b"synthetic-1")
    listed.ingest()
    done = listed.replay(lambda *_: listed.record(1))
    assert (done.skipped, done.stored, listed.quarantine(), listed.patients()) == (1, 0, [], {})
    assert listed.faults() == []


def test_files_that_are_made_again_have_no_line_of_a_listed_patient(listed):
    """Data and rejects, line for line as before."""
    listed.send(listed.record(1), listed.record(2), listed.record(1, age=-1), listed.record(2, age=-1))
    listed.ingest()
    before = listed.patients(), listed.quarantine()
    for path in (*listed.files(), *listed.state.rejects):
        listed.pool.store.delete(path)
        listed.restage(path)
    assert (listed.patients(), listed.quarantine()) == before
    assert listed.faults() == []


PAIRS = '''
"""A toy format: each line of a message is a record as JSON, or a rejected part."""

import json
from healthtrends.model.record import PatientRecord
from healthtrends.model.rejection import Reason, Rejection


def open_decoder(options):
    return PairsDecoder()


class PairsDecoder:
    longest = 0

    def decode(self, value, broker_ms):
        parts = [self._part(number, line) for number, line in enumerate(value.splitlines())]
        if all(isinstance(part, Rejection) for part in parts):
            return Rejection(parts[0].reason)
        return tuple(parts)

    def _part(self, number, line):
        fields = json.loads(line)
        if fields["age"] < 0:
            return Rejection(Reason.OUT_OF_RANGE, "age", str(number))
        return PatientRecord(**fields, recorded_at="2025-12-20T12:00:00Z")

    def decode_all(self, values, broker_ms):
        return [], [(n, self.decode(value, ms)) for n, (value, ms) in enumerate(zip(values, broker_ms))]

    def patients(self, value):
        return frozenset(json.loads(line)["patient_id"] for line in value.splitlines())

    def take_unknown_fields(self):
        return 0
'''


@pytest.fixture
def pairs(listed, tmp_path, monkeypatch):
    """A root of messages that may tell of several patients."""
    folder = tmp_path / "formats"
    folder.mkdir()
    (folder / "pairs.py").write_text(PAIRS)
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(folder)])
    listed.settings = replace(listed.settings, source=Source(format="pairs"))
    return listed


def test_of_a_message_of_two_patients_only_the_other_is_stored(pairs):
    """The line that is left out is counted."""
    pairs.send(pairs.record(1) + b"\n" + pairs.record(2))
    pairs.ingest()
    assert pairs.patients() == {OTHER: 1}
    assert pairs.log.read_manifest(pairs.state.seq).counts.parts_skipped == 1
    assert (pairs.state.messages_stored, pairs.faults()) == (1, [])


@pytest.mark.parametrize(("mine", "other", "lines"), [(40, -1, []), (-1, 40, [OTHER]), (-1, -1, [])])
def test_a_reject_that_also_names_a_listed_patient_is_kept_without_bytes(pairs, mine, other, lines):
    """Length and hash stay, so the message can be found on the topic."""
    message = pairs.record(1, age=mine) + b"\n" + pairs.record(2, age=other)
    pairs.send(message)
    pairs.ingest()
    (kept,) = pairs.quarantine()
    assert (kept["raw_base64"], kept["raw_bytes"], list(pairs.patients())) == ("", len(message), lines)
    assert pairs.faults() == []
    pairs.replay()
    assert (pairs.quarantine(), pairs.faults()) == ([kept], [])


def test_bytes_of_such_a_reject_of_before_are_taken_out_by_a_replay(pairs):
    """When the patient is put on the list later."""
    listed, pairs.settings = pairs.settings, replace(pairs.settings, opt_out=None)
    pairs.send(pairs.record(1, age=-1) + b"\n" + pairs.record(2, age=-1))
    pairs.ingest()
    pairs.settings = listed
    with pytest.raises(ConfigError, match="1 reject"):
        pairs.ingest()
    assert pairs.replay().withheld == 1
    assert [line["raw_base64"] for line in pairs.quarantine()] == [""]
    pairs.ingest()
    assert pairs.faults() == []


@pytest.mark.parametrize(("content", "mode", "match"), [
    (b"P-1\n", 0o644, "is open to others"),
    (b"\xff\xfe", 0o600, "is not UTF-8 text"), (None, 0, "cannot be read"),
])  # fmt: skip
def test_a_list_that_cannot_be_used_is_refused(tmp_path, content, mode, match):
    """Before anything is read."""
    path = tmp_path / "opt-out.txt"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    settings = Settings(privacy=Privacy(pseudonymise=False, opt_out_file=str(path)))
    with pytest.raises(ConfigError, match=match):
        ingest_settings(settings, None)


def test_an_executor_gets_the_list_with_its_task():
    """Its file is on the machine that commits."""
    given = task_settings(HERE, None, {MINE: 3})
    assert MINE not in repr(given)
    assert list(executor_stager(given, MemoryTopic())._settings.opt_out.lines) == [MINE]
    assert executor_stager(task_settings(HERE, None), MemoryTopic())._settings.opt_out is None


@pytest.mark.parametrize(
    ("mode", "level", "says"), [(0o600, "ok", "2 on it"), (0o640, "error", "open to others")]
)
def test_doctor_tells_whether_the_list_can_be_used(tmp_path, mode, level, says):
    """And how many are on it, never who."""
    path = tmp_path / "opt-out.txt"
    path.write_text("P-1\nP-2\n")
    path.chmod(mode)
    found = doctor._opt_out(Settings(privacy=Privacy(opt_out_file=str(path))))
    assert (found.name, found.level) == ("opt-out", level)
    assert says in found.text
    assert "P-1" not in str(found)


def test_an_empty_list_is_none(tmp_path):
    """Nobody is on it, so nothing is looked for."""
    path = tmp_path / "opt-out.txt"
    path.write_text("\ufeff# nobody yet\n", "utf-8")
    path.chmod(0o600)
    settings = Settings(privacy=Privacy(pseudonymise=False, opt_out_file=str(path)))
    assert ingest_settings(settings, None).opt_out is None


def test_a_root_without_a_list_names_none(place):
    """So its files stay as they were."""
    place.snapshot_every = 1
    place.send(place.record(1))
    place.ingest()
    log = place.log
    for path in (log.layout.commit(2), log.layout.snapshot(2)):
        assert b"opt_out" not in place.pool.store.read(path)
        assert json.loads(place.pool.store.read(path))
