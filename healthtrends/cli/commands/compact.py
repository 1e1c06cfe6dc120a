"""`compact`: many small files of a date into few."""

import datetime as dt

import click

from healthtrends.cli.dates import Day
from healthtrends.cli.session import Session, command


@command("compact")
@click.argument("date", type=Day(), metavar="DATE")
def compact(session: Session, date: dt.date) -> None:
    """Merge the record files of DATE, as one commit; records and reports stay what they are.

    Safe beside `ingest --follow` and readers: the old files stay aside for two days.
    """
    settings = session.settings()

    from healthtrends.orchestrate.wiring import open_pipeline

    with open_pipeline(settings, session.show.note) as pipeline:
        before, after = pipeline.compact(date)
    session.show.document({"date": date.isoformat(), "files_before": before, "files_after": after})
    session.show.text(f"{date}: {before} files before, {after} now")
