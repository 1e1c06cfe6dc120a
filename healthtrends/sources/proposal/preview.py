"""What a mapping would make of the first rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from healthtrends.formats.mapped.decoder import MappedDecoder
from healthtrends.model.decoder import record_lines, rejections
from healthtrends.model.rejection import Skip

SHOWN = 5
"""Rows that are shown as records."""
LOOKED_AT = 10_000
"""Rows that are decoded."""


@dataclass(slots=True)
class Preview:
    """Records of the first rows, and what would be rejected of all that were looked at."""

    rows: int = 0
    rejected: int = 0
    """Rows of which nothing or not all would be stored."""
    skipped: int = 0
    shown: list[str] = field(default_factory=list)
    """Records as JSON, of the first rows, or the reason against them."""
    reasons: Counter[str] = field(default_factory=Counter)
    """By reason and field."""


def preview(decoder: MappedDecoder, messages: Sequence[bytes]) -> Preview:
    """Decode rows as the ingest would. `decoder` leaves ids as they are."""
    found = Preview()
    for message in messages[:LOOKED_AT]:
        outcome = decoder.decode(message, 0)
        refused = rejections(outcome)
        reasons = [" ".join(filter(None, (each.reason.value, each.field))) for each in refused]
        found.rows += 1
        found.rejected += bool(refused)
        found.skipped += isinstance(outcome, Skip)
        found.reasons.update(reasons)
        if found.rows <= SHOWN:
            found.shown += [_shown(line) for line in record_lines(outcome)]
            found.shown += [f"rejected: {reason}" for reason in reasons]
    return found


def _shown(line: object) -> str:
    fields = msgspec.to_builtins(line)
    # The id may be made of the content, and the time is the broker's: neither helps to judge the mapping.
    fields.pop("recorded_at", None)
    return msgspec.json.encode(fields).decode()
