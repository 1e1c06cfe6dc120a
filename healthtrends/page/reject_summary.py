"""Number of rejected messages by reason, read from the rows of the quality report."""

from collections.abc import Mapping
from dataclasses import dataclass

from healthtrends.model.rejection import Reason
from healthtrends.page.data import Table

ACCEPTED = "stored_lines"
REJECTED = "messages_rejected"
UNDATED = "rejected_without_a_date"
REASONS: Mapping[str, str] = {f"rejected_{reason.value}": reason.value for reason in Reason}
"""Reason by metric."""


@dataclass(frozen=True, slots=True)
class RejectSummary:
    """Messages of a date: stored, rejected, and the reasons."""

    accepted: int
    """Stored for the date."""
    dated: int
    """Rejected, and naming the date."""
    undated: int
    """Rejected without a date that can be read; they came along with the date's records."""
    reasons: Mapping[str, int]
    """Dated and undated, most frequent first; reasons that never came are left out."""

    @property
    def total(self) -> int:
        """All rejected messages."""
        return self.dated + self.undated

    @property
    def percent(self) -> float:
        """Rejected of all messages that name the date, 0 to 100."""
        return 100 * self.dated / max(self.accepted + self.dated, 1)


def read_rejects(quality: Table) -> RejectSummary | None:
    """Read the counts; None: they are not known."""
    rows = quality.select_columns("metric", "value") if quality.columns else ()
    values = {row[0]: row[1] for row in rows}
    if not values.get(REJECTED):
        return None
    undated = int(values.get(UNDATED) or 0)
    counts = {reason: int(values.get(metric) or 0) for metric, reason in REASONS.items()}
    known = sorted(counts, key=lambda reason: (-counts[reason], reason))
    return RejectSummary(
        int(values.get(ACCEPTED) or 0),
        int(values[REJECTED]) - undated,
        undated,
        {reason: counts[reason] for reason in known if counts[reason]},
    )
