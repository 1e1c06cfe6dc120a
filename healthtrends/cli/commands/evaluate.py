"""`evaluate`: how often detectors cry wolf and what they find, on series whose outbreaks are known."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from healthtrends.cli import evaluation_tables
from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import UsageError

if TYPE_CHECKING:
    from healthtrends.detect.daily_simulation import DailyRates
    from healthtrends.detect.weekly_evaluation import Evaluation


class EvaluateFlags(TypedDict):
    """Flags of `evaluate`: which kinds, and how the simulations are made."""

    weekly: bool
    daily: bool
    alarms: bool
    nowcast: bool
    history: bool
    replicates: int
    seed: int
    plot: Path | None


@command("evaluate")
@click.option("--weekly", is_flag=True, help="The simulation of Noufaily 2013, beside the figures of R.")
@click.option("--daily", is_flag=True, help="Daily counts with weekdays, seasons, holidays and outbreaks.")
@click.option(
    "--alarms", is_flag=True, help="Lists of 100 codes after triage, from which the default is chosen."
)
@click.option("--nowcast", is_flag=True, help="Nowcasts of the past of your data, against what became final.")
@click.option("--history", is_flag=True, help="What your settings of the alarms do on your own data.")
@click.option(
    "--replicates",
    type=click.IntRange(10, 10_000),
    default=100,
    show_default=True,
    help="Series of each scenario.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the random numbers.")
@click.option(
    "--plot",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Draw what --daily finds, an SVG file for each detector.",
)
def evaluate(context: CommandContext, **flags: Unpack[EvaluateFlags]) -> None:
    """Measure detectors on simulated series and print tables in Markdown.

    --weekly: false alarms and found outbreaks of both Farrington methods on 28 scenarios, and whether they
    are those of R within three standard errors. --daily: false alarms of each daily detector a code and year,
    and the share of outbreaks that it finds. --alarms: false alarms of a list of 100 codes, and the share of
    doublings that it finds, by detector and triage. The same seed gives the same tables. Takes two minutes.

    --nowcast reads the commit log and makes the nowcasts of the last 90 days as they would have been: how
    many days ended in their intervals, and how far off they were. --history reads the patients by code of
    the last 400 days: how many alarms a week the settings in [alarms] would have given, and which of the
    outbreaks that are added to copies of your series they would have found. Neither stores anything.

    Examples: healthtrends evaluate --weekly --daily --alarms; healthtrends evaluate --daily --plot pictures
    """
    chosen = {name: evaluation for name, evaluation in _EVALUATIONS.items() if flags.get(name)}
    if not chosen:
        kinds = ", ".join(f"--{name}" for name in _EVALUATIONS)
        raise UsageError("evaluate needs to know what", f"there are {kinds}", "")
    if flags["plot"] and not flags["daily"]:
        raise UsageError("--plot draws what --daily finds", "--daily is not asked for", "add --daily")
    found = {name: evaluation(context, flags) for name, evaluation in chosen.items()}
    context.output.document({name: each for name, (each, _) in found.items()})
    for _, lines in found.values():
        for line in lines:
            context.output.text(line)


Found = tuple[object, Iterable[str]]
"""What `--json` has, and the tables."""


def _weekly(_: CommandContext, flags: EvaluateFlags) -> Found:
    from healthtrends.detect.weekly_evaluation import evaluate_weekly

    found = list(evaluate_weekly(flags["replicates"], flags["seed"]))
    return [_document(each) for each in found], evaluation_tables.weekly(found)


def _daily(context: CommandContext, flags: EvaluateFlags) -> Found:
    from healthtrends.detect.daily_simulation import evaluate_daily

    found = list(evaluate_daily(flags["replicates"], flags["seed"]))
    if flags["plot"] is not None:
        for path in _draw(found, flags["plot"]):
            context.output.note(f"drawn: {path}")
    return [dataclasses.asdict(each) for each in found], evaluation_tables.daily(found)


def _draw(found: "Sequence[DailyRates]", folder: Path) -> Iterator[Path]:
    """Write the picture of each detector. Raises UsageError."""
    from healthtrends.cli.evaluation_plots import daily_plots
    from healthtrends.cli.private_file import private_file
    from healthtrends.orchestrate.wiring.pictures import draw

    for name, chart in daily_plots(found):
        path = folder / f"{name}.svg"
        with private_file(path) as file:
            file.write(draw(chart))
        yield path


def _alarms(_: CommandContext, flags: EvaluateFlags) -> Found:
    from healthtrends.detect.alarm_evaluation import evaluate_alarms

    found = evaluate_alarms(flags["replicates"], flags["seed"])
    return [dataclasses.asdict(each) for each in found], evaluation_tables.alarms(found)


def _nowcast(context: CommandContext, _: EvaluateFlags) -> Found:
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    settings = context.settings()
    context.check_servers(settings)
    with open_pipeline(settings, context.output.note) as pipeline:
        found = pipeline.surveillance.evaluate_nowcasts()
    return dataclasses.asdict(found), evaluation_tables.nowcasts(found)


def _history(context: CommandContext, flags: EvaluateFlags) -> Found:
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    settings = context.settings()
    context.check_servers(settings)
    with open_pipeline(settings, context.output.note) as pipeline:
        found = pipeline.surveillance.evaluate_alarms(pipeline.latest(), flags["replicates"], flags["seed"])
    return found and dataclasses.asdict(found), evaluation_tables.history(found)


_EVALUATIONS: dict[str, Callable[[CommandContext, EvaluateFlags], Found]] = {
    "weekly": _weekly,
    "daily": _daily,
    "alarms": _alarms,
    "nowcast": _nowcast,
    "history": _history,
}


def _document(evaluation: "Evaluation") -> dict[str, object]:
    kinds = {"false_alarms": evaluation.false_alarms, "found": evaluation.found}
    return {"detector": evaluation.detector} | {
        kind: [dataclasses.asdict(each) | {"distance": each.distance} for each in figures]
        for kind, figures in kinds.items()
    }
