"""`verify`: whether all that was committed is there, and nothing else."""

import datetime as dt

import click

from healthtrends.cli.dates import Day
from healthtrends.cli.session import Session, command
from healthtrends.errors import DamageFound


@command("verify")
@click.argument("date", type=Day(), required=False, metavar="[DATE]")
def verify(session: Session, date: dt.date | None) -> int:
    """Check the commit log against the files.

    Nothing may be missing, doubled, cut or strange.
    Exit code 4 when a check fails.
    """
    settings = session.settings()

    from healthtrends.orchestrate.wiring import open_pipeline

    with open_pipeline(settings, session.show.note) as pipeline:
        findings = pipeline.verify(date)
    failed = [finding for finding in findings if not finding["ok"]]
    session.show.document({"ok": not failed, "checks": findings})
    for finding in findings:
        session.show.text(
            f"{'ok    ' if finding['ok'] else 'FAILED'} {finding['check']}: {finding['detail']}"
        )
    return DamageFound.exit_code if failed else 0
