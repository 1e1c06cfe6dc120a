"""Quality gate (exit code 3): the work is done, but somebody should look before the numbers are used."""

from typing import Protocol

from healthtrends.config.quality import Quality
from healthtrends.errors import QualityGate
from healthtrends.model.rejection import Reason
from healthtrends.observe import counted, measure
from healthtrends.orchestrate.run_records import RunRecord
from healthtrends.reports.quality.limits import gate_names

_SHOWN = 5


def check_gates(record: RunRecord, quality: Quality) -> None:
    """Raise QualityGate for too many rejects of the run, or for lines outside limits that are gates."""
    check_reject_share(record, quality, "everything valid is stored and published")
    for gate in gate_names(quality):
        failed = any(line.startswith(f"{gate} ") for lines in record.gates.values() for line in lines)
        measure("quality.gate", gate=gate, failed=failed)
    outside = [f"{date}: {line}" for date, lines in record.gates.items() for line in lines]
    if outside:
        more = f" and {len(outside) - _SHOWN} more" if len(outside) > _SHOWN else ""
        raise QualityGate(
            f"quality reports have lines outside their limits: {len(outside)}",
            "; ".join(outside[:_SHOWN]) + more,
            "look at `healthtrends report DATE --name quality`; everything is stored and published",
        )


class MessageCounts(Protocol):
    """Messages of a run or of an ingest."""

    stored: int
    rejected: int
    reasons: dict[str, int]


def check_reject_share(done: MessageCounts, quality: Quality, what_is_done: str) -> None:
    """Raise QualityGate when too many of the messages that were read now were rejected."""
    messages = done.stored + done.rejected
    # Codes of systems that are not listed are no fault of the feed; `quality` counts them.
    faulty = done.rejected - done.reasons.get(Reason.UNMAPPED_SYSTEM, 0)
    is_within = messages < quality.min_messages or faulty <= quality.max_reject_share * messages
    measure("quality.gate", gate="max_reject_share", failed=not is_within)
    if is_within:
        return
    raise QualityGate(
        f"{faulty:,} of the {counted(messages, 'message')} read now were rejected",
        f"more than quality.max_reject_share = {quality.max_reject_share:g}; by reason: "
        + ", ".join(f"{reason} {number:,}" for reason, number in done.reasons.items()),
        f"look at `healthtrends rejects list`; {what_is_done}",
    )
