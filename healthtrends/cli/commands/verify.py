"""`verify`: whether all that was committed is there, once, and nothing else."""

import datetime as dt

import click

from healthtrends.cli.dates import EARLIEST, Day, check_order
from healthtrends.cli.session import Session, command
from healthtrends.errors import DamageFound, UsageError


@command("verify")
@click.argument("date", type=Day(), required=False, metavar="[DATE]")
@click.option("--from", "first", type=Day(), metavar="D", help="Only the files of this date and later ones.")
@click.option("--to", "last", type=Day(), metavar="D", help="Only the files of this date and earlier ones.")
@click.option("--against-topic", is_flag=True, help="Also read the topic, as far as Kafka still holds it.")
def verify(
    session: Session,
    date: dt.date | None,
    first: dt.date | None,
    last: dt.date | None,
    *,
    against_topic: bool,
) -> int:
    """Prove that nothing is lost, doubled, cut or strange.

    Checks the commit log, the sums over all messages, each file's content and each issue of the reports; with
    dates only their files and issues. One line a check, or one a fault with the file, its date and the
    repair; then the exit code is 4.

    With --against-topic every message that Kafka still holds, and the log has passed, must lie in a file.
    """
    days = _days(date, first, last)
    settings = session.settings()

    from healthtrends.orchestrate.wiring import open_pipeline

    with open_pipeline(settings, session.show.note) as pipeline:
        findings = pipeline.maintenance.verify(days, against_topic=against_topic)
    failed = [finding for finding in findings if not finding["ok"]]
    session.show.document({"ok": not failed, "checks": findings})
    for finding in findings:
        repair = f"; repair: {finding['repair']}" if finding["repair"] else ""
        state = "ok    " if finding["ok"] else "FAILED"
        session.show.text(f"{state} {finding['check']}: {finding['detail']}{repair}")
    return DamageFound.exit_code if failed else 0


def _days(
    date: dt.date | None, first: dt.date | None, last: dt.date | None
) -> tuple[dt.date, dt.date] | None:
    if date is not None and (first or last):
        raise UsageError("both DATE and --from/--to are given", "they say the same", "Give one of the two.")
    if first and last:
        check_order(first, last)
    if date is None and first is None and last is None:
        return None
    return date or first or EARLIEST, date or last or dt.date.max
