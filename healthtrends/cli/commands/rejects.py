"""`rejects`: the messages that were refused, with reason and position."""

import base64
import datetime as dt
from collections import Counter

import click

from healthtrends.cli.dates import Day
from healthtrends.cli.session import Session, command
from healthtrends.errors import UsageError

_COLUMNS = ("topic", "partition", "offset", "reason", "field")


@click.group("rejects")
def rejects() -> None:
    """Look at the messages that broke a rule.

    Each is kept with its reason, its position and its bytes.
    """


@command("list")
@click.option("--date", type=Day(), metavar="D", help="Only those ingested on this day (UTC).")
@click.option("--reason", help="Only those with this reason.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
def list_(session: Session, date: dt.date | None, reason: str | None, limit: int) -> None:
    """List refused messages by position, and count them by reason. Shows no content."""
    settings = session.settings()

    from healthtrends.orchestrate.wiring import open_pipeline

    counts: Counter[str] = Counter()
    listed: list[dict[str, object]] = []
    with open_pipeline(settings, session.show.note) as pipeline:
        for reject in pipeline.rejects(date, reason):
            counts[str(reject["reason"])] += 1
            if len(listed) < limit:
                listed.append({name: reject[name] for name in _COLUMNS})
    session.show.document({"count": counts.total(), "by_reason": dict(counts), "rejects": listed})
    if not counts:
        session.show.text("no rejects")
        return
    session.show.table(f"{counts.total():,} rejects", ("reason", "messages"), counts.most_common())
    session.show.table(f"the first {len(listed):,}", _COLUMNS, [_row(reject) for reject in listed])


def _row(reject: dict[str, object]) -> list[object]:
    """Positions are names, not amounts: no thousands separators."""
    return [str(value) if isinstance(value, int) else value for value in reject.values()]


@command("show")
@click.argument("partition", type=click.IntRange(min=0))
@click.argument("offset", type=click.IntRange(min=0))
def show(session: Session, partition: int, offset: int) -> None:
    """Print one refused message, byte for byte. It may hold a patient's data."""
    settings = session.settings()

    from healthtrends.orchestrate.wiring import open_pipeline

    with open_pipeline(settings, session.show.note) as pipeline:
        for reject in pipeline.rejects(None, None):
            if (reject["partition"], reject["offset"]) == (partition, offset):
                session.show.document(reject)
                if not session.show.mode.json and reject["raw_base64"] is not None:
                    session.show.raw(base64.b64decode(str(reject["raw_base64"])) + b"\n")
                return
    raise UsageError(
        f"no reject at partition {partition}, offset {offset}",
        "the message was stored, or has not been read yet",
        "See `healthtrends rejects list`.",
    )


rejects.add_command(list_)
rejects.add_command(show)
