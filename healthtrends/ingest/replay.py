"""Replay: rejected messages that pass today's rules, or a transform, move from quarantine to the data.

    survey    read the chosen rejects and decode each; nothing passes -> nothing is written, not even a fence
    job       one per day of ingest: decode again under the job's clock date, write what passes by visit date,
              and the rest of each file, as it was, into a new reject file; remove the old ones; one commit

A reject lies in exactly one live file, and the commit takes that file away: so a message is stored once,
however often and by however many it is replayed. Memory holds no more than one flush of lines.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from healthtrends.envelopes.decoder import EnvelopeDecoder
from healthtrends.errors import Superseded
from healthtrends.ingest.plan import check_key
from healthtrends.ingest.prefetched_topic import FetchedMessage
from healthtrends.ingest.quarantine import Reject, RejectFilter, read_rejects, without_content
from healthtrends.ingest.replay_writer import ReplayWriter
from healthtrends.ingest.settings import IngestSettings
from healthtrends.ingest.transform import Transform
from healthtrends.model.decoder import Outcome, WholeMessage, rejections
from healthtrends.model.opt_out import OptOutDecoder
from healthtrends.model.rejection import Reason, Rejection, Skip
from healthtrends.observe import Bar, event
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, JobContext, run_job
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State

# Failures of the transform that get a log line of their own; all are counted.
_LOGGED_FAILURES = 5


@dataclass(slots=True)
class ReplaySummary:
    """Summary of one replay, over all its attempts."""

    looked_at: int = 0
    passing: int = 0
    """Of those, messages that pass now; in a dry run nothing more happens to them."""
    cut: int = 0
    """Messages of which only the first bytes are kept; they stay rejected."""
    transform_failed: int = 0
    """Messages on which the transform raised, or gave no bytes; they stay rejected."""
    skipped: int = 0
    """Messages that are skipped now, such as those of a patient who opted out: they leave the quarantine."""
    withheld: int = 0
    """Messages that stay rejected, and of which no byte is kept any more: they name such a patient too."""
    still: dict[str, int] = field(default_factory=dict)
    """Messages that stay rejected, by today's reason."""
    stored: int = 0
    lines: int = 0
    commits: int = 0
    seq: int = 0
    """Number of the last commit, own or not."""
    dates: list[str] = field(default_factory=list)
    """Visit dates that got lines: their reports are stale."""
    superseded: str | None = None
    """Why another job went on; None: this one finished."""

    @property
    def changing(self) -> int:
        """Rejects that do not stay as they are."""
        return self.passing + self.skipped + self.withheld


class RejectDecoder:
    """Decodes rejects again, as they are and then transformed."""

    def __init__(
        self,
        settings: IngestSettings,
        transform: Transform | None,
        clock_date: dt.date,
        message_format: str | None = None,
    ) -> None:
        """Decode messages of the configured format, or of another. Raises ConfigError."""
        self.failures = 0
        self._decoder = settings.decoder(clock_date, message_format)
        self._transform = transform

    @property
    def reads_keys(self) -> bool:
        """True when messages are in an envelope, which reads their keys and headers too."""
        return isinstance(self._decoder, EnvelopeDecoder)

    def decode_reject(self, reject: Reject) -> Outcome:
        """Lines that a reject gives now; one of which not all bytes are kept stays rejected."""
        if reject.is_cut:
            rejection = Rejection(Reason(reject.reason), reject.field)
            if isinstance(self._decoder, OptOutDecoder | EnvelopeDecoder):
                return self._decoder.screen(reject.raw_base64, rejection)
            return rejection
        return self.decode(
            FetchedMessage(
                reject.partition,
                reject.offset,
                reject.timestamp,
                reject.raw_base64,
                reject.key_base64,
                list((reject.headers or {}).items()),
            )
        )

    def decode(self, message: WholeMessage) -> Outcome:
        """Lines that a message gives now, as it is or transformed; else why it is rejected."""
        raw = message.value()
        decoded = self._decode(message, raw)
        if isinstance(decoded, Rejection) and raw is not None and self._transform is not None:
            mended = self._mended(self._transform, raw, decoded)
            return decoded if mended is None else self._decode(message, mended)
        return decoded

    def _decode(self, message: WholeMessage, value: bytes | None) -> Outcome:
        if isinstance(self._decoder, EnvelopeDecoder):
            return self._decoder.decode_message(message, value)
        return self._decoder.decode(value, message.timestamp()[1])

    def _mended(self, transform: Transform, raw: bytes, why: Rejection) -> bytes | None:
        try:
            mended = transform(raw, why.reason.value, why.field)
        except Exception as error:  # noqa: BLE001  foreign code may raise anything; its text may hold a value
            problem = type(error).__name__
        else:
            if mended is None or isinstance(mended, bytes):
                return mended
            problem = f"it returned {type(mended).__name__}"
        self.failures += 1
        if self.failures <= _LOGGED_FAILURES:
            event("replay.transform_failed", reason=why.reason.value, error=problem)
        return None


class Replay:
    """One replay of the chosen rejects."""

    def __init__(
        self,
        log: CommitLog,
        settings: IngestSettings,
        transform: Transform | None,
        reject_filter: RejectFilter,
    ) -> None:
        self._log = log
        self._settings = settings
        self._transform = transform
        self._reject_filter = reject_filter

    def run(self, summary: ReplaySummary, bar: Bar, *, dry_run: bool = False) -> None:
        """Store what passes now; what is committed is added to `summary`.

        Raises ConfigError for another key than the log's, DamageFound for a damaged reject file.
        """
        state = self._log.read_state() if dry_run else self._log.recover()
        check_key(state, self._settings.key_id)
        summary.seq = state.seq
        passing = self._survey(state, summary, bar)
        for files in [] if dry_run else passing.values():
            try:
                self._store(files, summary)
            except Superseded as lost:
                summary.superseded = lost.what
                event("replay.superseded", reason=lost.what)
                return

    def _survey(self, state: State, summary: ReplaySummary, bar: Bar) -> dict[str, list[StagedFile]]:
        """Reject files with a message that passes now, by day of ingest."""
        decoder = RejectDecoder(self._settings, self._transform, self._settings.today())
        files = list(self._reject_filter.files(state))
        bar.set_total(sum(file.lines for file in files))
        passing: defaultdict[str, list[StagedFile]] = defaultdict(list)
        still: Counter[str] = Counter()
        summary.looked_at = summary.passing = summary.skipped = summary.withheld = summary.cut = 0
        for file in files:
            before = summary.changing
            for _, sealed in read_rejects(self._log, file):
                bar.advance()
                if not self._reject_filter.matches(sealed):
                    continue
                summary.looked_at += 1
                reject = self._settings.cipher.open(sealed)
                decoded = decoder.decode_reject(reject)
                summary.cut += reject.is_cut
                if isinstance(decoded, tuple) and passes(decoded, reject):
                    summary.passing += 1
                elif isinstance(decoded, Skip):
                    summary.skipped += 1
                else:
                    summary.withheld += must_withhold(decoded, reject)
                    still[decoded.reason.value if isinstance(decoded, Rejection) else reject.reason] += 1
            if summary.changing > before:
                passing[file.date].append(file)
        summary.still, summary.transform_failed = dict(still.most_common()), decoder.failures
        return passing

    def _store(self, files: Sequence[StagedFile], summary: ReplaySummary) -> None:
        """Do the job of one day of ingest."""
        changes: list[Change] = []

        def work(context: JobContext) -> Change:
            changes.append(self._change(context, _holders(context.state, files)))
            return changes[-1]

        committed = run_job(
            self._log, lambda state: bool(_holders(state, files)), work, self._settings.today()
        )
        if committed is None:
            return
        counts = changes[-1].counts
        summary.seq = committed.seq
        summary.commits += 1
        summary.stored += counts.messages_stored
        summary.lines += counts.lines
        summary.dates = sorted({*summary.dates, *(file.date for file in changes[-1].add)})
        event("replay.commit", seq=committed.seq, ingested=files[0].date, stored=counts.messages_stored)

    def _change(self, context: JobContext, files: Sequence[StagedFile]) -> Change:
        decoder = RejectDecoder(self._settings, self._transform, context.clock_date)
        writer = ReplayWriter(self._log, context, self._settings)
        reasons: Counter[str] = Counter()
        skips: Counter[str] = Counter()
        parts = left_out = 0
        for file in files:
            for line, sealed in read_rejects(self._log, file):
                if not self._reject_filter.matches(sealed):
                    writer.keep(file, line, sealed)
                    continue
                reject = self._settings.cipher.open(sealed)
                decoded = decoder.decode_reject(reject)
                if isinstance(decoded, tuple) and passes(decoded, reject):
                    writer.store(decoded, reject)
                    reasons[reject.reason] -= 1
                    parts += reject.part is not None
                    left_out += sum(isinstance(part, Skip) for part in decoded)
                elif isinstance(decoded, Skip):
                    reasons[reject.reason] -= 1
                    if reject.part is None:
                        skips[decoded.reason.value] += 1
                    else:
                        parts += 1
                elif must_withhold(decoded, reject):
                    writer.keep(file, msgspec.json.encode(without_content(reject)), reject)
                else:
                    writer.keep(file, line, reject)
        writer.finish()
        add = tuple(writer.add)
        rejected, skipped = reasons.total() + parts, skips.total()
        lines = sum(file.lines for file in add)
        return Change(
            add=add,
            remove=tuple(file.dst for file in files),
            rejects=tuple(writer.rejects),
            facts=tuple(writer.facts),
            counts=Counts(
                -rejected - skipped,
                rejected,
                lines,
                reasons=dict(sorted(reasons.items())),
                messages_skipped=skipped,
                skips=dict(sorted(skips.items())),
                parts_skipped=left_out,
                parts_rejected=-parts,
                facts=sum(file.lines for file in writer.facts),
            ),
        )


def passes(decoded: Outcome, reject: Reject) -> bool:
    """Whether the part that was rejected is stored now; a message as a whole is."""
    return reject.part is None or all(each.part != reject.part for each in rejections(decoded))


def must_withhold(decoded: Outcome, reject: Reject) -> bool:
    """Whether bytes are kept of a message that names a patient who opted out, beside another one."""
    return bool(reject.raw_base64) and any(each.is_withheld for each in rejections(decoded))


def _holders(state: State, files: Sequence[StagedFile]) -> list[StagedFile]:
    """Live files that hold the lines of `files` now: those themselves, or what compaction made of them."""
    paths = [file.dst if state.is_live(file.dst) else state.compacted_into(file.dst) for file in files]
    found = (state.live_file(path) for path in dict.fromkeys(paths) if path is not None)
    return [file for file in found if file is not None]
