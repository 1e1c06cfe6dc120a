"""What one commit did with its messages, in numbers."""

from collections.abc import Mapping

import msgspec


class MessageTotals:
    """What numbers of messages add up to, of a commit or of all."""

    __slots__ = ()
    messages_stored: int
    messages_rejected: int
    messages_skipped: int
    parts_rejected: int

    @property
    def messages(self) -> int:
        """Messages that were read."""
        return self.messages_stored + self.messages_rejected + self.messages_skipped

    @property
    def reject_lines(self) -> int:
        """Lines of quarantine: rejected messages, and rejected parts of stored ones."""
        return self.messages_rejected + self.parts_rejected


class Counts(MessageTotals, msgspec.Struct, frozen=True):
    """Counts of one commit."""

    messages_stored: int = 0
    messages_rejected: int = 0
    lines: int = 0
    """Lines in record files; a moved record gives two."""
    unknown_fields: int = 0
    reasons: dict[str, int] = {}
    """Rejected messages, and rejected parts of stored ones, by reason code."""
    messages_skipped: int = 0
    """Messages that are rightly neither stored nor rejected."""
    parts_rejected: int = 0
    """Rejected parts of stored messages; each is a line of quarantine."""
    facts: int = 0
    """Lines in fact files."""
    skips: dict[str, int] = {}
    """Skipped messages by reason code."""
    parts_skipped: int = 0
    """Lines and facts left out of stored messages, as their patient opted out."""

    def joined(self, other: "Counts") -> "Counts":
        """Return the sums."""
        return Counts(
            self.messages_stored + other.messages_stored,
            self.messages_rejected + other.messages_rejected,
            self.lines + other.lines,
            self.unknown_fields + other.unknown_fields,
            _sums(self.reasons, other.reasons),
            self.messages_skipped + other.messages_skipped,
            self.parts_rejected + other.parts_rejected,
            self.facts + other.facts,
            _sums(self.skips, other.skips),
            self.parts_skipped + other.parts_skipped,
        )


def _sums(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in sorted({*one, *other})}
