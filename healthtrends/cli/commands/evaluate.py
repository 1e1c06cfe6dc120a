"""`evaluate`: how often detectors cry wolf and what they find, on series whose outbreaks are known."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import UsageError

if TYPE_CHECKING:
    from healthtrends.detect.weekly_evaluation import Evaluation, Figure


@command("evaluate")
@click.option("--weekly", is_flag=True, help="The simulation of Noufaily 2013, beside the figures of R.")
@click.option(
    "--replicates",
    type=click.IntRange(10, 10_000),
    default=100,
    show_default=True,
    help="Series of each scenario.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the random numbers.")
def evaluate(context: CommandContext, *, weekly: bool, replicates: int, seed: int) -> None:
    """Measure detectors on simulated series and print tables in Markdown.

    --weekly: false alarms and found outbreaks of both Farrington methods on 28 scenarios, and whether they
    are those of R within three standard errors. The same seed gives the same tables. Takes half a minute.

    Examples: healthtrends evaluate --weekly
    """
    if not weekly:
        raise UsageError("evaluate needs to know what", "there is --weekly", "")
    from healthtrends.detect.weekly_evaluation import evaluate_weekly

    found = list(evaluate_weekly(replicates, seed))
    context.output.document({each.detector: _document(each) for each in found})
    for heading, figures in (
        ("false alarms: share of usual weeks", [each.false_alarms for each in found]),
        ("found outbreaks: share, by size in standard deviations", [each.found for each in found]),
    ):
        for line in _table(heading, [each.detector for each in found], figures):
            context.output.text(line)


def _document(evaluation: "Evaluation") -> dict[str, object]:
    return {
        kind: [
            {"name": each.name, "ours": each.ours, "published": each.published, "distance": each.distance}
            for each in figures
        ]
        for kind, figures in (("false_alarms", evaluation.false_alarms), ("found", evaluation.found))
    }


def _table(heading: str, detectors: list[str], figures: "list[tuple[Figure, ...]]") -> Iterator[str]:
    names = [f"{detector}: {what}" for detector in detectors for what in ("ours", "R", "standard errors")]
    yield f"\n| {heading} | {' | '.join(names)} |"
    yield f"|---|{'---|' * len(names)}"
    for row in zip(*figures, strict=True):
        yield f"| {row[0].name} | {' | '.join(cell for each in row for cell in _cells(each))} |"


def _cells(figure: "Figure") -> tuple[str, str, str]:
    if figure.published is None or figure.distance is None:
        return f"{figure.ours:.4f}", "", ""
    mark = "" if figure.is_expected else " outside"
    return f"{figure.ours:.4f}", f"{figure.published:.4f}", f"{figure.distance:+.1f}{mark}"
