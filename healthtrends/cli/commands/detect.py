"""`detect`: one detector on any series, so that it can be held against other programs."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import UsageError

if TYPE_CHECKING:
    from healthtrends.cli.series_file import SeriesFile
    from healthtrends.detect.series import Series
    from healthtrends.detect.series_detector import SeriesDetector


@command("detect")
@click.argument("file", metavar="SERIES.csv", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--detector", "name", required=True, metavar="NAME", help="Which; docs/reference/detectors.md lists them."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PARAMETER=VALUE",
    help="A parameter of the detector that is not its default; may be given several times.",
)
@click.option(
    "--known-outbreaks",
    "outbreaks",
    type=(str, str),
    metavar="CODE FILE",
    help="Code of the series, and a CSV file code,first,last,note: days that baselines leave out.",
)
@click.option("--holidays", metavar="FILE", help="CSV file date,note: missing days for models with weekdays.")
def detect(
    context: CommandContext,
    *,
    file: Path,
    name: str,
    settings: tuple[str, ...],
    outbreaks: tuple[str, str] | None,
    holidays: str | None,
) -> None:
    """Run one detector on a series of counts and print its numbers as CSV.

    SERIES.csv has the columns date,count[,total] or week,count, with rows in any order. A gap in the dates,
    or an empty count, is a day that was not observed, not 0. Nothing is stored, and no server is asked.

    Examples: healthtrends detect series.csv --detector ears_c2 --set min_sigma=0.5
    """
    from healthtrends.cli.series_file import read_series
    from healthtrends.detect.series_registry import make_series_detector
    from healthtrends.detect.series_rows import header, number, rows

    detector = make_series_detector(name, _values(settings))
    found = read_series(file)
    _check(detector, found)
    series = _with_known_days(found.series, outbreaks, holidays)
    result, first = detector.detect(series), detector.first
    counts = found.series.counts[first:, 0].tolist()
    lines = [
        (label, number(count), *values)
        for label, count, values in zip(found.labels[first:], counts, rows(result, 0, first), strict=True)
    ]
    names = (found.step, "count", *header(result))
    context.output.document(
        {"detector": name, "rows": [dict(zip(names, line, strict=True)) for line in lines]}
    )
    if not lines:
        context.output.note(f"{name} has a number from the {first + 1}th {found.step} on; too few are here")
    context.output.csv(name, names, lines)


def _values(settings: tuple[str, ...]) -> dict[str, str]:
    values = {}
    for each in settings:
        parameter, sign, value = each.partition("=")
        if not sign:
            raise UsageError(f"--set {each} has no value", "it is written PARAMETER=VALUE", "")
        values[parameter.strip()] = value
    return values


def _with_known_days(series: "Series", outbreaks: tuple[str, str] | None, holidays: str | None) -> "Series":
    """Mark what the files name. Raises UsageError, and ConfigError for a file that is wrong."""
    if outbreaks is None and holidays is None:
        return series
    if series.step == "week":
        raise UsageError("weeks have no known days", "known outbreaks and holidays are days", "")
    from healthtrends.detect.left_out import mark_known_days
    from healthtrends.orchestrate.wiring.known_days import read_known_days

    code, file = outbreaks or ("", None)
    return mark_known_days(replace(series, codes=[code]), read_known_days(file, holidays))


def _check(detector: "SeriesDetector", found: "SeriesFile") -> None:
    """Raise UsageError for a series that the detector cannot take."""
    if detector.step != found.series.step:
        needed = "week" if detector.step == "week" else "date"
        raise UsageError(f"{detector.name} needs a column {needed}", f"the file has {found.step}", "")
    if detector.needs_totals and found.series.totals is None:
        raise UsageError(
            f"{detector.name} needs a column total", "it looks at the share of all patients of a day", ""
        )
