"""A topic of another format: one module in `healthtrends/formats`, and nothing else changes."""

import datetime as dt
from dataclasses import replace

import pytest

from healthtrends import formats
from healthtrends.adapters.executors.task import TaskSettings
from healthtrends.adapters.executors.task import _stager as executor_stager
from healthtrends.config import Settings
from healthtrends.config.intake import Privacy
from healthtrends.config.servers import Hdfs
from healthtrends.config.source import Source
from healthtrends.errors import ConfigError
from healthtrends.orchestrate.wiring.ingest_settings import ingest_settings
from healthtrends.storage.compact import compact

TOY = '''
"""A toy format: `PATIENT DATE CODE...` gives a record a code, `-ID PATIENT DATE` a cancellation."""

from healthtrends.model.record import Cancellation, PatientRecord
from healthtrends.model.rejection import Reason, Rejection

NOON = "2025-12-20T12:00:00Z"


def open_decoder(options):
    return ToyDecoder()


class ToyDecoder:
    longest = 0

    def decode(self, value, broker_ms):
        try:
            words = (value or b"").decode("ascii").split()
        except ValueError:
            return Rejection(Reason.INVALID_UTF8)
        if words and words[0].startswith("-"):
            own, patient, date = words
            return (Cancellation(patient_id=patient, visit_date=date, record_id=own[1:], recorded_at=NOON),)
        if len(words) == 1:
            return Rejection(Reason.MISSING_FIELD, "visit_date")
        return tuple(
            PatientRecord(
                patient_id=words[0], age=40, gender="F", diagnosis_code=code, visit_date=words[1],
                treatment_code="T", outcome="ongoing", record_id=words[0] + code, recorded_at=NOON,
            )
            for code in words[2:]
        )

    def decode_all(self, values, broker_ms):
        self.longest = max((len(value or b"") for value in values), default=0)
        return [], [(n, self.decode(value, ms)) for n, (value, ms) in enumerate(zip(values, broker_ms))]

    def take_unknown_fields(self):
        return 0
'''


def mend(value, _reason, _field):
    """A transform that knows one of the two rejects."""
    return b"P-3 2025-12-20 A09 E10" if value == b"P-3" else None


@pytest.fixture
def toy(place, tmp_path, monkeypatch):
    """A root whose topic has messages of three codes, of none, a cancellation and two rejects."""
    folder = tmp_path / "formats"
    folder.mkdir()
    (folder / "toy.py").write_text(TOY)
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(folder)])
    place.settings = replace(place.settings, source=Source(format="toy"))
    place.send(b"P-1 2025-12-20 E11 I10 J06", b"P-2 2025-12-20", b"-P-1I10 P-1 2025-12-20")
    place.send(b"P-3", b"\xff")
    place.ingest()
    return place


def test_one_message_gives_any_number_of_lines(toy):
    """Three records of one patient, and the cancellation of one of them."""
    assert toy.patients() == {"P-1": 4}
    assert (toy.state.messages_stored, toy.state.messages_rejected) == (3, 2)


def test_the_log_of_another_format_verifies(toy):
    """The unit is the message, however many lines it gives; also from a snapshot."""
    assert toy.faults() == []
    toy.snapshot_every = 1
    toy.send(b"P-4 2025-12-20 E11")
    toy.ingest()
    assert (toy.state.snapshot, toy.state.formats, toy.faults()) == (4, {"toy"}, [])


def test_a_log_of_records_names_no_format(place):
    """So its files stay as they were."""
    place.snapshot_every = 1
    place.send(place.record(1))
    place.ingest()
    log = place.log
    for path in (log.layout.commit(2), log.layout.snapshot(2)):
        assert b"format" not in place.pool.store.read(path)


def test_rejects_are_replayed_by_the_format(toy):
    """What a transform mends is decoded as the topic's messages are."""
    done = toy.replay(mend)
    assert (done.stored, done.lines, done.still) == (1, 2, {"invalid_utf8": 1})
    assert toy.faults() == []


def test_lost_files_are_made_again_by_the_format_of_their_time(toy):
    """Also after a replay, and after the setting changed."""
    toy.replay(mend)
    before = toy.patients()
    for path in (*toy.files(), *toy.state.rejects):
        toy.pool.store.delete(path)
        toy.restage(path, transform=mend, source=Source())
    assert (toy.patients(), toy.faults()) == (before, [])


def test_compacted_files_keep_the_format(toy):
    """Of each of the offsets they come from."""
    toy.send(b"P-4 2025-12-20 E11")
    toy.ingest()
    day = toy.state.files["2025-12-20"]
    compact(toy.log, dt.date(2025, 12, 20))
    (file,) = toy.state.files["2025-12-20"].values()
    assert (len(day), {reading.format for reading in file.readings}) == (2, {"toy"})
    assert toy.faults() == []


def test_executors_take_the_decoder_from_the_same_place(toy):
    """By the name that they are given."""
    task_settings = TaskSettings(
        program_version="", user="", topic="t", hdfs=Hdfs(url="hdfs://127.0.0.1:9", root="/x"),
        batch_records=9, batch_bytes=10**9, batch_dates=9, reject_bytes=9, future_days=1,
        max_message_bytes=10**6, source=Source(format="toy"), key=None,
    )  # fmt: skip
    assert executor_stager(task_settings, toy.topic.reader())._settings.source.format == "toy"


def test_the_settings_choose_the_format(toy):
    """By `source.format`; a name that is none is refused with the names there are."""
    assert (
        ingest_settings(
            Settings(source=Source(format="toy"), privacy=Privacy(pseudonymise=False)), None
        ).source.format
        == "toy"
    )
    with pytest.raises(ConfigError, match=r"'hl8' is no format .*this program reads .*record, toy"):
        ingest_settings(Settings(source=Source(format="hl8"), privacy=Privacy(pseudonymise=False)), None)
