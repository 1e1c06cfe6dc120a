"""`evaluate`: how often detectors cry wolf and what they find, on series whose outbreaks are known."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import UsageError

if TYPE_CHECKING:
    from healthtrends.detect.daily_simulation import DailyRates
    from healthtrends.detect.weekly_evaluation import Evaluation, Figure


@command("evaluate")
@click.option("--weekly", is_flag=True, help="The simulation of Noufaily 2013, beside the figures of R.")
@click.option("--daily", is_flag=True, help="Daily counts with weekdays, seasons, holidays and outbreaks.")
@click.option(
    "--replicates",
    type=click.IntRange(10, 10_000),
    default=100,
    show_default=True,
    help="Series of each scenario.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the random numbers.")
def evaluate(context: CommandContext, *, weekly: bool, daily: bool, replicates: int, seed: int) -> None:
    """Measure detectors on simulated series and print tables in Markdown.

    --weekly: false alarms and found outbreaks of both Farrington methods on 28 scenarios, and whether they
    are those of R within three standard errors. --daily: false alarms of each daily detector a code and year,
    and the share of outbreaks that it finds. The same seed gives the same tables. Takes half a minute.

    Examples: healthtrends evaluate --weekly --daily
    """
    if not weekly and not daily:
        raise UsageError("evaluate needs to know what", "there are --weekly and --daily", "")
    document: dict[str, object] = {}
    lines: list[str] = []
    if weekly:
        from healthtrends.detect.weekly_evaluation import evaluate_weekly

        of_weeks = list(evaluate_weekly(replicates, seed))
        document["weekly"] = [_document(each) for each in of_weeks]
        lines += _weekly_tables(of_weeks)
    if daily:
        from healthtrends.detect.daily_simulation import evaluate_daily

        of_days = list(evaluate_daily(replicates, seed))
        document["daily"] = [dataclasses.asdict(each) for each in of_days]
        lines += _daily_tables(of_days)
    context.output.document(document)
    for line in lines:
        context.output.text(line)


def _document(evaluation: "Evaluation") -> dict[str, object]:
    kinds = {"false_alarms": evaluation.false_alarms, "found": evaluation.found}
    return {"detector": evaluation.detector} | {
        kind: [dataclasses.asdict(each) | {"distance": each.distance} for each in figures]
        for kind, figures in kinds.items()
    }


def _weekly_tables(found: "list[Evaluation]") -> Iterator[str]:
    names = [f"{each.detector}: {what}" for each in found for what in ("ours", "R", "standard errors")]
    rates, shares = (each.false_alarms for each in found), (each.found for each in found)
    yield from _table(("false alarms: share of usual weeks", *names), map(_row, zip(*rates, strict=True)))
    heading = "found outbreaks: share, by size in standard deviations"
    yield from _table((heading, *names), map(_row, zip(*shares, strict=True)))


def _row(figures: "Sequence[Figure]") -> Iterator[str]:
    yield figures[0].name
    for each in figures:
        is_known = each.published is not None and each.distance is not None
        mark = "" if each.is_expected else " outside"
        yield f"{each.ours:.4f}"
        yield f"{each.published:.4f}" if is_known else ""
        yield f"{each.distance:+.1f}{mark}" if is_known else ""


def _daily_tables(found: "list[DailyRates]") -> Iterator[str]:
    from healthtrends.detect.daily_simulation import BASES, SHAPES, SIZES

    heading = "false alarms a code and year, with the half of a 95 % interval"
    rates = ([f"{rate.value:.1f} ± {rate.half:.1f}" for rate in each.false_alarms] for each in found)
    names = [each.detector for each in found]
    yield from _table((heading, *(f"{base:g} a day" for base in BASES)), _named(names, rates))
    kinds = [f"{shape}, {size:g} sd" for shape in SHAPES for size in SIZES]
    shares = ([f"{share.value:.2f} ± {share.half:.2f}" for share in each.found] for each in found)
    yield from _table(("found outbreaks: share", *kinds), _named(names, shares))
    delays = ([f"{delay:.1f}" for delay in each.delay] for each in found)
    yield from _table(("mean days to the first alarm, of those found", *kinds), _named(names, delays))


def _named(names: Iterable[str], rows: Iterable[list[str]]) -> Iterator[list[str]]:
    return ([name, *row] for name, row in zip(names, rows, strict=True))


def _table(header: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"\n| {' | '.join(header)} |"
    yield f"|---|{'---|' * (len(header) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
