"""`evaluate`: how often detectors cry wolf and what they find, on series whose outbreaks are known."""

import dataclasses
from typing import TYPE_CHECKING

import click

from healthtrends.cli import evaluation_tables
from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import UsageError

if TYPE_CHECKING:
    from healthtrends.detect.weekly_evaluation import Evaluation


@command("evaluate")
@click.option("--weekly", is_flag=True, help="The simulation of Noufaily 2013, beside the figures of R.")
@click.option("--daily", is_flag=True, help="Daily counts with weekdays, seasons, holidays and outbreaks.")
@click.option(
    "--alarms", is_flag=True, help="Lists of 100 codes after triage, from which the default is chosen."
)
@click.option(
    "--replicates",
    type=click.IntRange(10, 10_000),
    default=100,
    show_default=True,
    help="Series of each scenario.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the random numbers.")
def evaluate(
    context: CommandContext, *, weekly: bool, daily: bool, alarms: bool, replicates: int, seed: int
) -> None:
    """Measure detectors on simulated series and print tables in Markdown.

    --weekly: false alarms and found outbreaks of both Farrington methods on 28 scenarios, and whether they
    are those of R within three standard errors. --daily: false alarms of each daily detector a code and year,
    and the share of outbreaks that it finds. --alarms: false alarms of a list of 100 codes, and the share of
    doublings that it finds, by detector and triage. The same seed gives the same tables. Takes two minutes.

    Examples: healthtrends evaluate --weekly --daily --alarms
    """
    if not weekly and not daily and not alarms:
        raise UsageError("evaluate needs to know what", "there are --weekly, --daily and --alarms", "")
    document: dict[str, object] = {}
    lines: list[str] = []
    if weekly:
        from healthtrends.detect.weekly_evaluation import evaluate_weekly

        of_weeks = list(evaluate_weekly(replicates, seed))
        document["weekly"] = [_document(each) for each in of_weeks]
        lines += evaluation_tables.weekly(of_weeks)
    if daily:
        from healthtrends.detect.daily_simulation import evaluate_daily

        of_days = list(evaluate_daily(replicates, seed))
        document["daily"] = [dataclasses.asdict(each) for each in of_days]
        lines += evaluation_tables.daily(of_days)
    if alarms:
        from healthtrends.detect.alarm_evaluation import evaluate_alarms

        of_lists = evaluate_alarms(replicates, seed)
        document["alarms"] = [dataclasses.asdict(each) for each in of_lists]
        lines += evaluation_tables.alarms(of_lists)
    context.output.document(document)
    for line in lines:
        context.output.text(line)


def _document(evaluation: "Evaluation") -> dict[str, object]:
    kinds = {"false_alarms": evaluation.false_alarms, "found": evaluation.found}
    return {"detector": evaluation.detector} | {
        kind: [dataclasses.asdict(each) | {"distance": each.distance} for each in figures]
        for kind, figures in kinds.items()
    }
