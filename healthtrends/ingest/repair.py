"""Repair of a lost or damaged record or reject file: it is made again from Kafka, one job a file.

    look      the file is live, and not what its manifest says; else there is nothing to do
    read      its offsets once more, under the clock dates and keys of the time
    compare   as many lines as before, else messages would be lost or doubled: refused, unless it is accepted
    commit    remove the old file, add the new

Ingest mixes partitions in the order of arrival, so the order of lines, and with it the CRC-32, may differ.
The names of the inputs stay, so that no report becomes stale, unless the content changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from healthtrends.errors import ConfigError, DataLossRefused, UsageError
from healthtrends.ingest.continuity import Continuity, identify_topic
from healthtrends.ingest.file_rebuilder import FileRebuilder, RebuiltLine
from healthtrends.ingest.numbered_topic import in_log_numbers
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.range_reader import check_available
from healthtrends.ingest.settings import IngestSettings
from healthtrends.ingest.transform import Transform
from healthtrends.observe import Bar, event
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.file_writer import JobFile
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, JobContext, run_job
from healthtrends.storage.root_format import stored_names
from healthtrends.storage.staged_file import Reading, StagedFile
from healthtrends.storage.topic_identity import Identity
from healthtrends.storage.verify import find_problem

_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RepairResult:
    """Result of the repair of one file."""

    file: str
    date: str
    problem: str | None
    """What was wrong with it; None: it is whole, and nothing was done."""
    replaced_by: str | None = None
    """The new file; None: nothing was done, or all of it was given up."""
    lines: int = 0
    lines_before: int = 0
    same: bool = True
    """Whether lines, bytes and times are those of the old manifest."""


class FileRepair:
    """Makes files again."""

    def __init__(
        self, topic: Topic, log: CommitLog, settings: IngestSettings, transform: Transform | None, bar: Bar
    ) -> None:
        """`settings.on_data_loss` skip accepts files that have not as many lines as before."""
        self._topic = topic
        self._log = log
        self._settings = settings
        self._transform = transform
        self._bar = bar
        self._identity: Identity | None = None

    def begin(self, paths: Sequence[str]) -> list[StagedFile]:
        """Entries of these files, reject files first: what is in them decides over record files.

        From here on the log accepts that they are missing. A file that was taken out before is left out, when
        another holds its lines. Raises UsageError for any other path that is no live file, DataLossRefused
        for another topic than the log's.
        """
        state = self._log.read_state()
        self._identity = identify_topic(self._topic, state, accept_no_id=self._settings.accept_no_topic_id)
        self._topic = in_log_numbers(self._topic, state)
        found: list[StagedFile] = []
        for path in dict.fromkeys(paths):
            live, compacted_into = state.live_file(path), state.compacted_into(path)
            if live is not None:
                found.append(live)
            elif compacted_into is not None:
                event("restage.done_before", file=path, lines_in=compacted_into)
            else:
                raise _unknown(path)
        self._log.waive(file.dst for file in found)
        self._bar.set_total(sum(end - first for file in found for _, first, end in file.ranges))
        return sorted(found, key=self._is_reject, reverse=True)

    def make(self, file: StagedFile) -> RepairResult:
        """Make one file again if it is not whole.

        Raises DataLossRefused when Kafka has not all of it any more, ConfigError for another key than that of
        the time, Superseded when another job took over.
        """
        problem = find_problem(self._log, file)
        if problem is None:
            return RepairResult(file.dst, file.date, None)
        readings = [self._known(reading, file) for reading in file.read_as]
        continuity = self._continuity(file)
        changes: list[Change] = []

        def work(context: JobContext) -> Change:
            continuity.check_stored(context.state.parts)
            changes.append(self._change(context, file, readings))
            continuity.check(continuity.leader_epochs)
            return changes[-1]

        if run_job(self._log, lambda state: state.is_live(file.dst), work) is None:
            return RepairResult(file.dst, file.date, None)
        event("restage.commit", file=file.dst)
        (new,) = (*changes[-1].add, *changes[-1].rejects, *changes[-1].facts) or (None,)
        if new is None:
            return RepairResult(file.dst, file.date, problem, None, 0, file.lines, same=False)
        return RepairResult(file.dst, file.date, problem, new.dst, new.lines, file.lines, _same(new, file))

    def _continuity(self, file: StagedFile) -> Continuity:
        """What must hold while the file's offsets are read. Raises DataLossRefused when not all are there."""
        if self._identity is None:
            raise RuntimeError("no file is made again before `begin`")
        bounds = self._topic.bounds()
        check_available(bounds, file.ranges)
        epochs = {partition: bounds[partition].leader_epoch for partition, *_ in file.ranges}
        return Continuity(self._topic, self._identity, epochs)

    def _is_reject(self, file: StagedFile) -> bool:
        return file.dst.startswith(f"{self._log.layout.rejects}/")

    def _is_facts(self, file: StagedFile) -> bool:
        return file.dst.startswith(f"{self._log.layout.facts}/")

    def _known(self, reading: Reading, file: StagedFile) -> Reading:
        """Fill in what an old list does not say. Raises ConfigError for another key."""
        key_id = self._settings.key_id
        if not reading.clock_date:
            day = file.date if self._is_reject(file) else self._settings.today().isoformat()
            return msgspec.structs.replace(reading, clock_date=day, key_id=key_id)
        if reading.key_id != key_id and not self._is_reject(file):
            raise ConfigError(
                f"{file.dst} was written under another pseudonym key",
                f"key id {reading.key_id or 'none'}, the configuration gives {key_id or 'none'}",
                "set privacy.key_file to the key of that time, for this command",
            )
        return reading

    def _change(self, context: JobContext, file: StagedFile, readings: Sequence[Reading]) -> Change:
        rebuilder = FileRebuilder(self._topic, self._log, context.state, self._settings, self._bar)
        nonce = new_nonce()
        with JobFile(self._log.store, f"{context.folder}/{nonce}.jsonl", file.bytes) as new:
            if self._is_reject(file):
                target = self._log.layout.reject_file(file.date, context.epoch, nonce)
                _write(new, rebuilder.rejects(readings))
            elif self._is_facts(file):
                target = self._log.layout.facts_file(file.date, context.epoch, nonce)
                _write(new, rebuilder.facts(readings, self._transform))
            else:
                target = self._log.layout.record_file(file.date, context.epoch, nonce)
                _write(new, rebuilder.records(file, readings, self._transform))
            self._compare(file, new.facts.lines)
        entry = new.entry(target, file.date, readings)
        # Changed content is one more input: reports become stale, and the issues of before stay explained.
        # Facts of the same length may say something else, and no report depends on the name of their file.
        is_same = entry.crc32 == file.crc32 if self._is_facts(file) else _same(entry, file)
        origins = file.inputs if is_same else (*file.inputs, target)
        more = entry.lines - file.lines
        by_day = msgspec.UNSET if more else file.lines_by_day
        names = stored_names(self._log.store, origins)
        rebuilt = msgspec.structs.replace(entry, origins=names, lines_by_day=by_day)
        entries = (rebuilt,) if rebuilt.lines else ()
        if self._is_reject(file):
            return Change((), (file.dst,), entries, counts=Counts(messages_rejected=more))
        if self._is_facts(file):
            return Change((), (file.dst,), (), entries, counts=Counts(min(more, 0), facts=more))
        return Change(entries, (file.dst,), counts=Counts(messages_stored=min(more, 0), lines=more))

    def _compare(self, file: StagedFile, lines: int) -> None:
        if lines == file.lines or self._settings.on_data_loss == "skip":
            return
        raise DataLossRefused(
            f"today's rules give {lines} lines in place of the {file.lines} of {file.dst}",
            "the rules, ingest.future_days or the opt-out list changed, or Kafka compacted the topic",
            "restore it from a backup, or restage with the settings and the program version of its commit;"
            " with `--on-data-loss skip` it is taken as it is now",
        )


def _write(new: JobFile, lines: Iterable[RebuiltLine]) -> None:
    held: list[RebuiltLine] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line[0])
        if size >= _CHUNK_BYTES:
            _write_out(new, held)
            held, size = [], 0
    _write_out(new, held)


def _write_out(new: JobFile, held: Sequence[RebuiltLine]) -> None:
    new.write(b"".join(line + b"\n" for line, _ in held), len(held))
    new.facts.note_times([time for _, time in held])


def _same(new: StagedFile, old: StagedFile) -> bool:
    return (new.lines, new.bytes, new.min_recorded_at, new.max_recorded_at) == (
        old.lines,
        old.bytes,
        old.min_recorded_at,
        old.max_recorded_at,
    )


def _unknown(path: str) -> UsageError:
    return UsageError(
        f"{path} is no file of the data or the quarantine",
        "no commit names it, or a later one took it out",
        "`healthtrends verify` names the files that need it",
    )
