"""`demo`: from nothing to a report with one command."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from healthtrends import interrupt
from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import QualityGate, UsageError
from healthtrends.observe import counted

if TYPE_CHECKING:
    from healthtrends.config import Settings

RECORDS = 100_000
SEED = 20251222
BAD_SHARE = 0.002  # so that the quarantine has something to show
FIRST, LAST = dt.date(2025, 11, 23), dt.date(2025, 12, 22)
ROWS = 12


@command("demo")
@click.option(
    "--records",
    type=click.IntRange(min=1),
    default=RECORDS,
    show_default=True,
    help="How many records to make.",
)
def demo(context: CommandContext, records: int) -> int:
    """From nothing to a report on this machine.

    Starts a local Kafka and HDFS, sends 30 days of synthetic records, runs the last day, and counts all.

    The records are sent once, however often this is run. They stem from no real person; two in a thousand
    break a rule on purpose and end in the rejects. With source.format hl7v2 or fhir the same people are sent
    as messages of that format; give them a topic and a root of their own, as `make demo-hl7` does.
    """
    settings = context.settings()
    if not settings.uses_local_stack:
        raise UsageError(
            "the demo is not for a configured cluster",
            f"it would send {counted(records, 'synthetic record')} to {settings.kafka.topic} there",
            "run it in another folder, without healthtrends.toml and HEALTHTRENDS_KAFKA__... set",
        )
    context.output.settings(settings)

    from healthtrends.orchestrate.wiring.local_stack import resolve_addresses
    from healthtrends.orchestrate.wiring.real_dependencies import check_hook

    check_hook(settings.alert)
    settings = resolve_addresses(settings, context.output.note)
    if _send(context, settings, records):
        return interrupt.EXIT_CODE
    return _run_last(context, settings)


def _send(context: CommandContext, settings: "Settings", records: int) -> bool:
    """Send what the topic does not hold; True when a person stopped it."""
    from healthtrends.orchestrate.wiring.producer import Source, send_remembered
    from healthtrends.orchestrate.wiring.sent_ledger import plan_digest
    from healthtrends.sources import synthetic_formats
    from healthtrends.sources.outbreak import doubling_outbreak
    from healthtrends.sources.synthetic import SyntheticPlan

    message_format = settings.source.format
    is_record = message_format == "record"
    plan = SyntheticPlan(
        records=records,
        seed=SEED,
        first=FIRST,
        last=LAST,
        outbreak=doubling_outbreak(LAST),
        bad_share=0.0 if message_format == "fhir" else BAD_SHARE,
    )
    source = Source(
        name="demo",
        digest=plan_digest(plan if is_record else (message_format, plan)),
        records=synthetic_formats.messages(message_format, plan),
    )
    result = send_remembered(settings, source, context.output.note)
    sent = result.sent if result else 0
    if not is_record:
        context.output.note(f"{counted(sent, f'{message_format} message')} sent, of {records:,} records")
    elif result is None or not result.interrupted:
        context.output.note(
            f"{counted(sent, 'synthetic record')} sent, {records - sent:,} were in the topic already"
        )
    return result is not None and result.interrupted


def _run_last(context: CommandContext, settings: "Settings") -> int:
    """Run the last day, and show its table and where everything lies."""
    from healthtrends.cli.commands.summary import show_run
    from healthtrends.orchestrate.wiring.real_dependencies import RunOptions, open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        summary = pipeline.run_dates([LAST], RunOptions(), interrupt.put_off)
        # The run counts four weeks; the curves of the index are to show all that was sent.
        left = pipeline.backfill().uncounted if summary.uncounted else 0
        show_run(context.output, {**summary.to_dict(), "uncounted": left})
        if summary.exit_code not in (0, QualityGate.exit_code):
            return summary.exit_code
        issue = pipeline.published.issue(LAST)
        report = pipeline.published.read(issue, "trend_summary")
        page = pipeline.page_file(issue)
        release = pipeline.releases.find(LAST)
    if release is not None:
        context.output.note(f"{release.audited:,} hidden counts of the release audited, 0 exposed")
    rows = list(report.text_rows())
    title = f"trend_summary of {LAST}, the first {ROWS} of {len(rows)}"
    context.output.table(title, report.column_names, rows[:ROWS])
    for line in _where(f"{settings.hdfs.url}{settings.hdfs.root}", page, is_released=release is not None):
        context.output.text(line)
    return summary.exit_code


def _where(root: str, page: Path, *, is_released: bool) -> list[str]:
    for_others = f"{root}/release/<report>/date={LAST}/part-00000.csv, small counts hidden"
    return [
        f"The records:  {root}/patient_json/date={LAST}/",
        f"The reports:  {root}/reports/<report>/date={LAST}/part-00000.csv",
        *([f"For others:   {for_others}"] if is_released else []),
        "",
        "Go on with (in the activated environment, or with .venv/bin/ before the name):",
        f"  healthtrends report {LAST}                             this table as CSV, whole",
        f"  healthtrends report {LAST} --name age_distribution     another report",
        "  healthtrends rejects list                                  what was refused, and why",
        "  healthtrends status                                        what is where",
        f"  python patient_data_pipeline.py {LAST}                 the same run again changes nothing",
        f"  healthtrends report {LAST} --open                      the page below, in the browser",
        "  healthtrends down                                          stop Kafka and HDFS; the data stay",
        "",
        f"The page of {LAST}, for any browser:  {page}",
    ]
