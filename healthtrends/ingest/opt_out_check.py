"""Check of a changed opt-out list: nothing may be stored yet of a patient who is new on it.

What is stored can only be erased, and an ingest erases nothing. The log keeps the digest of the list of the
newest batch: the stored files are read only when the list is another one.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

from healthtrends.errors import ConfigError
from healthtrends.ingest.quarantine import read_rejects
from healthtrends.ingest.replay import RejectDecoder, must_withhold
from healthtrends.ingest.settings import IngestSettings
from healthtrends.model.opt_out import OptOutList
from healthtrends.model.rejection import Skip
from healthtrends.observe import counted, event
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import read_verified
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State

_MOST_NAMED = 10


class _Line(msgspec.Struct):
    """Fields of a record, a cancellation or a fact that hold a patient."""

    patient_id: str = ""
    patient: str = ""
    prior: str = ""
    survivor: str = ""


_LINE = msgspec.json.Decoder(_Line)


def check_opt_out(log: CommitLog, state: State, settings: IngestSettings, *, rejects: bool = True) -> None:
    """Raise ConfigError when data of a listed patient are stored; without `rejects` these are not looked at.

    Raises DamageFound for a file that differs from what was committed.
    """
    listed = settings.opt_out
    if listed is None or state.opt_out == listed.digest:
        return
    files = [
        file for index in (state.files, state.fact_files) for day in index.values() for file in day.values()
    ]
    event("opt_out.checking", files=len(files) + len(state.rejects))
    stored = Counter(number for file in files for number in _listed_lines(log, file, listed))
    if stored:
        raise ConfigError(
            f"{counted(stored.total(), 'line')} of {counted(len(stored), 'patient')} on the opt-out list"
            " were stored before",
            f"{_named(stored)} of privacy.opt_out_file; a new entry does not erase what is stored",
            "`healthtrends forget --file LIST --yes` erases them; or take these lines off the list",
        )
    kept = sum(_listed_rejects(settings, log, file) for file in state.rejects.values()) if rejects else 0
    if kept:
        raise ConfigError(
            f"{counted(kept, 'reject')} of patients on the opt-out list are kept",
            "they were rejected before the patient was put on privacy.opt_out_file",
            "`healthtrends rejects replay` takes them out; then run this again",
        )


def _listed_lines(log: CommitLog, file: StagedFile, listed: OptOutList) -> Iterator[int]:
    """Numbers of the entries that the lines of a record or fact file belong to, one for each line."""
    rest = b""
    for piece in read_verified(log, file):
        *lines, rest = (rest + piece).split(b"\n")
        for line in _LINE.decode_lines(b"\n".join(lines)):
            for patient in (line.patient_id, line.patient, line.prior, line.survivor):
                if patient in listed.lines:
                    yield listed.lines[patient]
                    break


def _listed_rejects(settings: IngestSettings, log: CommitLog, file: StagedFile) -> int:
    """Rejects of a file that may not be kept, or not with their bytes."""
    decoder = RejectDecoder(settings, None, settings.today())
    found = 0
    for _, sealed in read_rejects(log, file):
        reject = settings.cipher.open(sealed)
        outcome = decoder.decode_reject(reject)
        found += isinstance(outcome, Skip) or must_withhold(outcome, reject)
    return found


def _named(stored: Counter[int]) -> str:
    numbers = sorted(stored)
    more = f" and {len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else ""
    word = "line" if len(numbers) == 1 else "lines"
    return f"{word} {', '.join(map(str, numbers[:_MOST_NAMED]))}{more}"
