"""How many messages were rejected and why, read from the rows of the quality report."""

from collections.abc import Mapping
from dataclasses import dataclass

from healthtrends.page.data import Table

ACCEPTED = "accepted"
REJECTED = "rejected"
BY_REASON = "rejected_"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Messages by what became of them."""

    accepted: int
    rejected: int
    reasons: Mapping[str, int]
    """Most frequent first; reasons that never came are left out."""

    @property
    def percent(self) -> float:
        """Rejected of all messages, 0 to 100."""
        return 100 * self.rejected / max(self.accepted + self.rejected, 1)


def rejected(quality: Table) -> Rejected | None:
    """Read the counts; None when the report does not hold them, as those of earlier versions."""
    if not quality.columns:
        return None
    values = {name: int(value) for name, value in quality.picked("metric", "value") if value.isdigit()}
    if REJECTED not in values:
        return None
    reasons = {
        name.removeprefix(BY_REASON): count for name, count in values.items() if name.startswith(BY_REASON)
    }
    known = sorted(((count, reason) for reason, count in reasons.items() if count), key=_most_first)
    return Rejected(values.get(ACCEPTED, 0), values[REJECTED], {reason: count for count, reason in known})


def _most_first(item: tuple[int, str]) -> tuple[int, str]:
    count, reason = item
    return -count, reason
