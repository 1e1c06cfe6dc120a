"""Opt-out list: patients whose messages are counted, and stored neither as data nor as rejects."""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

import msgspec

from healthtrends.model.decoder import Decoder, Outcome, Part
from healthtrends.model.facts import MergeFact
from healthtrends.model.pseudonym import DIGEST_BYTES, Pseudonymise
from healthtrends.model.record import Cancellation, PatientRecord
from healthtrends.model.rejection import Rejection, Skip, SkipReason

_COMMENT: Final = re.compile(r"(^|\s)#.*")
_PSEUDONYM: Final = re.compile(rf"[0-9a-f]{{{2 * DIGEST_BYTES}}}")
_OPTED_OUT: Final = Skip(SkipReason.OPTED_OUT)


@dataclass(frozen=True, slots=True)
class OptOutList:
    """Patients on the list."""

    lines: Mapping[str, int]
    """Number of the line in the file by id, in the form that records store."""
    keyed: Pseudonymise | None = field(default=None, repr=False)
    """Makes pseudonyms; None: ids are stored as they come."""

    @property
    def digest(self) -> str:
        """Hash (hex) of the ids; a list of the same patients has the same one.

        Under the key of the pseudonyms: the log keeps it, and of a list of one it would name that patient.
        """
        text = "\n".join(sorted(self.lines))
        return (
            self.keyed(f"opt-out list\n{text}") if self.keyed else hashlib.sha256(text.encode()).hexdigest()
        )


def parse_opt_out(text: str, pseudonymise: Pseudonymise | None) -> OptOutList:
    """Read a list: one id or pseudonym a line; a comment begins with `#` at the start or behind a blank.

    What has the form of a pseudonym is taken as both, as nothing tells which of them it is.
    """
    lines: dict[str, int] = {}
    for number, identifier in read_ids(text):
        lines.setdefault(pseudonymise(identifier) if pseudonymise else identifier, number)
        if pseudonymise and is_pseudonym(identifier):
            lines.setdefault(identifier.lower(), number)
    return OptOutList(lines, pseudonymise)


def read_ids(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a list that name somebody: number of the line, and the id or pseudonym."""
    for number, line in enumerate(text.splitlines(), 1):
        identifier = _COMMENT.sub("", line).strip()
        if identifier:
            yield number, identifier


def is_pseudonym(identifier: str) -> bool:
    """Whether a text has the form of a pseudonym."""
    return _PSEUDONYM.fullmatch(identifier.lower()) is not None


class OptOutDecoder:
    """Decoder that leaves out what a listed patient's messages give."""

    def __init__(self, decoder: Decoder, listed: Collection[str]) -> None:
        """`listed`: ids as records store them."""
        self._decoder = decoder
        self._listed = frozenset(listed)

    @property
    def longest(self) -> int:
        """Bytes of the longest message of the last call."""
        return self._decoder.longest

    def take_unknown_fields(self) -> int:
        """Fields dropped since the last call because no rule knows them."""
        return self._decoder.take_unknown_fields()

    def patients(self, value: bytes | None) -> frozenset[str]:
        """Patients that a message names."""
        return self._decoder.patients(value)

    def decode(self, value: bytes | None, broker_ms: int) -> Outcome:
        """Decode one message."""
        return self.screen(value, self._decoder.decode(value, broker_ms))

    def decode_all(
        self, values: Sequence[bytes | None], broker_ms: Sequence[int]
    ) -> tuple[list[PatientRecord], list[tuple[int, Outcome]]]:
        """Decode messages: plain records, and all others with their positions."""
        plain, others = self._decoder.decode_all(values, broker_ms)
        screened = [(position, self.screen(values[position], outcome)) for position, outcome in others]
        if self._listed.isdisjoint(map(attrgetter("patient_id"), plain)):
            return plain, screened
        taken = {position for position, _ in others}
        free = [position for position in range(len(values)) if position not in taken]
        kept: list[PatientRecord] = []
        for position, record in zip(free, plain, strict=True):
            if record.patient_id in self._listed:
                screened.append((position, _OPTED_OUT))
            else:
                kept.append(record)
        return kept, screened

    def screen(self, value: bytes | None, outcome: Outcome) -> Outcome:
        """Outcome of a message without what it gives of listed patients.

        A rejected message that names a listed patient is skipped, or kept without its bytes when it names
        another one too. One in which no id can be read is an ordinary reject.
        """
        if isinstance(outcome, Skip):
            return outcome
        if isinstance(outcome, Rejection):
            return self._screen_rejection(value, outcome)
        parts = tuple(_OPTED_OUT if self._is_listed(each) else each for each in outcome)
        refused = [each for each in parts if isinstance(each, Rejection)]
        if refused and self.patients(value) & self._listed:
            parts = tuple(_withheld(each) if isinstance(each, Rejection) else each for each in parts)
        if any(not isinstance(each, Rejection | Skip) for each in parts):
            return parts
        # Nothing of the message is stored, so its rejected part stands for all of it.
        return (
            self._screen_rejection(value, msgspec.structs.replace(refused[0], part=None))
            if refused
            else _OPTED_OUT
        )

    def _screen_rejection(self, value: bytes | None, rejection: Rejection) -> Outcome:
        named = self.patients(value)
        if named.isdisjoint(self._listed):
            return rejection
        return _OPTED_OUT if named <= self._listed else _withheld(rejection)

    def _is_listed(self, part: Part) -> bool:
        if isinstance(part, Rejection | Skip):
            return False
        if isinstance(part, PatientRecord | Cancellation):
            return part.patient_id in self._listed
        if isinstance(part, MergeFact):
            return part.kind == "patient" and not self._listed.isdisjoint((part.prior, part.survivor))
        return part.patient in self._listed


def _withheld(rejection: Rejection) -> Rejection:
    return msgspec.structs.replace(rejection, is_withheld=True)
