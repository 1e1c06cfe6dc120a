"""Exit code 3: everything is stored and published, but somebody should look before the numbers are used."""

from healthtrends.config.settings import Quality
from healthtrends.errors import QualityGate
from healthtrends.orchestrate.runrecord import RunRecord

_SHOWN = 5


def judge(record: RunRecord, quality: Quality) -> None:
    """Raise QualityGate for too many rejects of the run, or for lines outside limits that are gates."""
    _judge_rejects(record, quality)
    outside = [f"{date}: {line}" for date, lines in record.gates.items() for line in lines]
    if outside:
        more = f" and {len(outside) - _SHOWN} more" if len(outside) > _SHOWN else ""
        raise QualityGate(
            f"{len(outside)} lines of quality reports are outside their limits",
            "; ".join(outside[:_SHOWN]) + more,
            "look at `healthtrends report DATE --name quality`; everything is stored and published",
        )


def _judge_rejects(record: RunRecord, quality: Quality) -> None:
    messages = record.stored + record.rejected
    if messages < quality.min_messages or record.rejected <= quality.max_reject_share * messages:
        return
    raise QualityGate(
        f"{record.rejected:,} of {messages:,} messages of this run were rejected",
        f"more than quality.max_reject_share = {quality.max_reject_share:g}; by reason: "
        + ", ".join(f"{reason} {number:,}" for reason, number in record.reasons.items()),
        "look at `healthtrends rejects list`; everything valid is stored and published",
    )
