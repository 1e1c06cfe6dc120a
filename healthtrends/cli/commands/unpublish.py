"""`unpublish`: what should never have been published is taken back."""

import datetime as dt

import click

from healthtrends.cli.dates import Day
from healthtrends.cli.session import Session, command


@command("unpublish")
@click.argument("date", type=Day(), metavar="DATE")
def unpublish(session: Session, date: dt.date) -> None:
    """Take the reports of DATE back: its files, exports and page go.

    This is an entry of its own in the date's history, with the next number. What was published before stays
    readable by its number (`report DATE --issue N`); records are not touched. `run DATE` publishes again.

    Example: healthtrends unpublish 2024-01-01
    """
    settings = session.settings()
    session.check_servers(settings)
    session.show.settings(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, session.show.note) as pipeline:
        record = pipeline.unpublish(date)
    session.show.document(record.to_dict())
    (found,) = record.dates
    session.show.text(f"{date}: {found.action}, issue {found.issue} says so")
    session.show.note(f"`healthtrends report {date} --issues` lists what was published before")
