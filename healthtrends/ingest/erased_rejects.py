"""Reject files without the messages of a person."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from healthtrends.ingest.erased_person import ErasedPerson
from healthtrends.ingest.quarantine import Reject, read_rejects
from healthtrends.ingest.replay import RejectDecoder
from healthtrends.ingest.replay_writer import ReplayWriter
from healthtrends.ingest.settings import IngestSettings
from healthtrends.model.decoder import rejections
from healthtrends.model.rejection import Skip, SkipReason
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.log import CommitLog
from healthtrends.storage.staged_file import Range, StagedFile


class ErasedRejects:
    """Finds the messages of one person in reject files, and writes the files without them."""

    def __init__(self, log: CommitLog, settings: Sequence[IngestSettings], person: ErasedPerson) -> None:
        """`settings`: one for each known key; by them rejects are decoded."""
        self._log = log
        self._settings = settings
        self._person = person

    def _rejects(self, file: StagedFile) -> Iterator[tuple[bytes, Reject, bool]]:
        """Yield each line of a reject file, as it is stored, and whether it names the person."""
        matcher = _RejectMatcher(self._settings, self._person, file)
        for line, sealed in read_rejects(self._log, file):
            yield line, sealed, matcher.names_person(sealed)

    def hits(self, file: StagedFile) -> list[Range]:
        """Offsets of the messages that name the person."""
        found = [reject for _, reject, is_hit in self._rejects(file) if is_hit]
        return [(each.partition, each.offset, each.offset + 1) for each in found]

    def without(self, files: Sequence[StagedFile], writer: ReplayWriter) -> Counts:
        """Keep all rejects of some files but the person's in new ones; return what that changes."""
        reasons: Counter[str] = Counter()
        parts = 0
        for file in files:
            for line, reject, is_hit in self._rejects(file):
                if not is_hit:
                    writer.keep(file, line, reject)
                else:
                    reasons[reject.reason] -= 1
                    parts += reject.part is not None
        writer.finish()
        messages = -reasons.total() - parts
        return Counts(
            messages_rejected=-messages,
            reasons=dict(sorted(reasons.items())),
            messages_skipped=messages,
            skips={SkipReason.ERASED.value: messages},
            parts_rejected=-parts,
        )


class _RejectMatcher:
    """Says which rejects of a file name the person, under every known key and by a search of the bytes."""

    def __init__(self, settings: Sequence[IngestSettings], person: ErasedPerson, file: StagedFile) -> None:
        self._cipher = settings[0].cipher
        self._person = person
        stored = sorted({reading.format for reading in file.read_as})
        self._decoders = [
            RejectDecoder(replace(each, opt_out=person.listed), None, each.today(), name)
            for each in settings
            for name in stored
        ]

    def names_person(self, sealed: Reject) -> bool:
        """Whether a reject, encrypted or not, names the person. Raises ConfigError without its key."""
        reject = self._cipher.open(sealed)
        kept = (reject.raw_base64, reject.key_base64, *(reject.headers or {}).values())
        if any(self._person.is_in_bytes(content) for content in kept if content):
            return True
        return any(_is_listed(decoder, reject) for decoder in self._decoders)


def _is_listed(decoder: RejectDecoder, reject: Reject) -> bool:
    """Whether a decoder that leaves the person out finds something to leave out."""
    outcome = decoder.decode_reject(reject)
    parts = outcome if isinstance(outcome, tuple) else (outcome,)
    opted_out = any(isinstance(part, Skip) and part.reason is SkipReason.OPTED_OUT for part in parts)
    return opted_out or any(each.is_withheld for each in rejections(outcome))
