"""`report`: print a published report."""

import csv
import datetime as dt

import click

from healthtrends.cli.dates import Day
from healthtrends.cli.session import Session, command


@command("report")
@click.argument("date", type=Day(), metavar="DATE")
@click.option("--name", default="trend_summary", show_default=True, help="Which report.")
@click.option("--issue", type=click.IntRange(min=1), metavar="N", help="An earlier issue; default: the last.")
def report(session: Session, date: dt.date, name: str, issue: int | None) -> None:
    """Print a report as CSV.

    Byte for byte as it was published.
    """
    settings = session.settings()

    from healthtrends.orchestrate.wiring import open_pipeline

    with open_pipeline(settings, session.show.note) as pipeline:
        content = pipeline.report(date, name, issue)
    if not session.show.mode.json:
        session.show.raw(content)
        return
    header, *rows = csv.reader(content.decode().splitlines())
    session.show.document(
        {"report": name, "date": date.isoformat(), "issue": issue, "columns": header, "rows": rows}
    )
