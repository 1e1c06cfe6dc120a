"""`produce`: records into the topic, from files, standard input, or made up."""

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from healthtrends.cli import interrupt
from healthtrends.cli.dates import Day, check_not_future, check_order
from healthtrends.cli.session import Session, command, local_option
from healthtrends.errors import UsageError

if TYPE_CHECKING:
    from healthtrends.sources.record import SourceRecord


class ProduceFlags(TypedDict):
    """The command line of `produce`, as click hands it over."""

    files: tuple[str, ...]
    synthetic: int | None
    seed: int
    first: dt.date | None
    last: dt.date | None
    outbreak: bool
    plain: bool
    bad_share: float
    once: bool
    rate: float | None
    local: bool


@command("produce")
@click.argument("files", nargs=-1, metavar="[FILE... | -]")
@click.option("--synthetic", type=click.IntRange(min=0), metavar="N", help="Make N records instead.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same bytes."
)
@click.option("--from", "first", type=Day(), metavar="D", help="First visit date of the synthetic records.")
@click.option("--to", "last", type=Day(), metavar="D", help="Last visit date of the synthetic records.")
@click.option("--outbreak", is_flag=True, help="Put in an influenza outbreak at the end of the range.")
@click.option("--plain", is_flag=True, help="Only the seven required fields.")
@click.option(
    "--bad-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="Share of synthetic records that break a rule.",
)
@click.option("--once", is_flag=True, help="Leave out what the topic holds already.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), metavar="R", help="At most R records a second."
)
@local_option
def produce(session: Session, **flags: Unpack[ProduceFlags]) -> int:
    """Send records to the topic, each confirmed.

    FILE: one JSON object a line (.jsonl, .ndjson, .json) or CSV with a header (.csv), also with .gz;
    '-' reads JSON lines from standard input, and so does a pipe whose name has no ending. A wrong
    record is sent, and the ingest rejects it; a file whose records cannot be told apart is refused
    before anything is sent. Synthetic records stem from no real person.

    Example: healthtrends produce --synthetic 1000 --from 2025-12-01 --to 2025-12-22
    """
    settings = session.settings()
    _check(flags, settings.ingest.future_days)
    records = _paced(_records(flags), flags["rate"])
    session.check_servers(settings, local=flags["local"])
    session.show.settings(settings)

    from healthtrends.cli.sending import send

    result = send(settings, records, flags["synthetic"], once=flags["once"], show=session.show)
    session.show.document(dataclasses.asdict(result))
    session.show.text(f"{result.confirmed:,} records confirmed in {settings.kafka.topic}")
    if result.failed or result.unconfirmed:
        session.show.text(f"{result.failed + result.unconfirmed:,} are not in the topic for certain")
    return interrupt.EXIT_CODE if result.interrupted else 0


def _check(flags: ProduceFlags, future_days: int) -> None:
    files, count = flags["files"], flags["synthetic"]
    if count is not None and files:
        raise UsageError("both --synthetic and files are given", "", "Send the one, then the other.")
    if count is None and not files:
        raise UsageError(
            "nothing to send",
            "neither files nor --synthetic are given",
            "Name files, '-' for standard input, or --synthetic N --from D --to D.",
        )
    if count is None:
        return
    first, last = flags["first"], flags["last"]
    if first is None or last is None:
        raise UsageError(
            "--synthetic needs --from and --to",
            "the records are spread over these visit dates",
            "For example: --from 2025-12-01 --to 2025-12-22.",
        )
    check_order(first, last)
    check_not_future(last, future_days)


def _paced(records: "Iterable[SourceRecord]", rate: float | None) -> "Iterable[SourceRecord]":
    from healthtrends.produce.pace import paced

    return records if rate is None else paced(records, rate)


def _records(flags: ProduceFlags) -> "Iterable[SourceRecord]":
    """Open the source now, so that a name that cannot be read starts nothing."""
    if flags["synthetic"] is None or flags["first"] is None or flags["last"] is None:
        from healthtrends.sources.files import read_files

        return read_files(flags["files"])
    from healthtrends.sources.outbreak import default_outbreak
    from healthtrends.sources.synthetic import SyntheticPlan, synthetic

    return synthetic(
        SyntheticPlan(
            records=flags["synthetic"],
            seed=flags["seed"],
            first=flags["first"],
            last=flags["last"],
            outbreak=default_outbreak(flags["last"]) if flags["outbreak"] else None,
            plain=flags["plain"],
            bad_share=flags["bad_share"],
        )
    )
