"""`report`: what was published for a date, now or at any time before."""

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from healthtrends import clock
from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import LATEST, Day, Moment
from healthtrends.cli.report_name import ReportName
from healthtrends.config import Settings
from healthtrends.errors import UsageError
from healthtrends.observe import counted

if TYPE_CHECKING:
    from healthtrends.cli.change_text import Days
    from healthtrends.model.csvtext import Row
    from healthtrends.orchestrate.issue_reader import IssueReader
    from healthtrends.orchestrate.pipeline import Pipeline
    from healthtrends.publish.diff import Difference
    from healthtrends.publish.issue_manifest import Issue
    from healthtrends.reports.report import Report
    from healthtrends.reports.schema import ReportSchema, Value

_ISSUES = ("issue", "published_at", "reason", "sequence", "state", "records", "added", "removed", "changed")


_INSTEAD = ("--open", "--save", "--exports")
"""Each is there in the place of the table."""


class ReportFlags(TypedDict):
    """The command line of `report`, as click hands it over."""

    date: dt.date
    name: str
    issue: int | None
    as_of: dt.datetime | None
    issues: bool
    diff: tuple[int, int] | None
    spreadsheet: bool
    wide: bool
    open_page: bool
    save: Path | None
    exports: Path | None


@command("report")
@click.argument("date", type=Day(latest=True), metavar="DATE")
@click.option("--name", type=ReportName(), default="trend_summary", show_default=True, help="Which report.")
@click.option("--issue", type=click.IntRange(min=1), metavar="N", help="An earlier issue; default: the last.")
@click.option(
    "--as-of",
    type=Moment(),
    metavar="TIME",
    help="The issue that stood at this time, or at a day's end (in source.timezone).",
)
@click.option("--issues", is_flag=True, help="List all issues: when, why, and what changed.")
@click.option(
    "--diff", type=click.IntRange(min=1), nargs=2, metavar="N M", help="Rows that changed from issue N to M."
)
@click.option("--spreadsheet", is_flag=True, help="Make values that a spreadsheet would run mere text.")
@click.option("--wide", is_flag=True, help="All columns, also where the terminal has no room for them.")
@click.option(
    "--open", "open_page", is_flag=True, help="Open the page in the browser, and print where it is."
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the page as one file that needs no other, to be mailed or kept.",
)
@click.option(
    "--exports",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the tables as Parquet, JSON and a data package into a folder.",
)
def report(context: CommandContext, **flags: Unpack[ReportFlags]) -> None:
    """Print a report: a table on a terminal, else the CSV, byte for byte as it was published.

    DATE is YYYY-MM-DD, today or yesterday (in source.timezone), or latest: the newest date with reports.

    Example: healthtrends report 2025-12-22 --name age_distribution --as-of 2025-12-24
    """
    _check(flags)
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        if flags["date"] == LATEST:
            flags["date"] = pipeline.latest(published=True)
        if flags["issues"]:
            _show_issues(context, flags, pipeline.published.kept(flags["date"]))
        elif flags["open_page"]:
            _open_page(context, flags, pipeline)
        elif flags["save"]:
            issue = pipeline.published.issue(flags["date"], flags["issue"], flags["as_of"])
            _write(context, issue, {flags["save"]: pipeline.page(issue)})
        elif flags["exports"]:
            issue = pipeline.published.issue(flags["date"], flags["issue"], flags["as_of"])
            files = pipeline.exports(issue)
            _write(context, issue, {flags["exports"] / name: content for name, content in files.items()})
        elif flags["diff"]:
            _show_differences(context, flags, pipeline.published, flags["diff"])
        else:
            _show_report(context, flags, pipeline, settings)


def _check(flags: ReportFlags) -> None:
    given: dict[str, object] = {f"--{name.replace('_', '-')}": value for name, value in flags.items()}
    given["--open"] = given.pop("--open-page")
    for names in (("--issue", "--as-of", "--issues", "--diff"), ("--issues", "--diff", *_INSTEAD)):
        first, *more = [name for name in names if given[name]] or [""]
        if more:
            raise UsageError(
                f"both {first} and {more[0]} are given",
                "each of them says what to show",
                "Give one of the two.",
            )


def _show_report(
    context: CommandContext, flags: ReportFlags, pipeline: "Pipeline", settings: Settings
) -> None:
    from healthtrends.cli.json_values import json_rows

    published = pipeline.published
    issue = published.issue(flags["date"], flags["issue"], flags["as_of"])
    report = published.read(issue, flags["name"])
    facts = {"report": flags["name"], **_issue_facts(issue), "missing": report.count_nulls()}
    context.output.document({**facts, "columns": report.column_names, "rows": json_rows(report)})
    rows = report.text_rows()
    state = issue.source.state_on(clock.today(settings.source.timezone))
    title = f"{flags['name']} of {issue.date}, issue {issue.number}, {state}"
    if flags["name"] == "top_diagnoses" and context.output.draws_tables and not flags["spreadsheet"]:
        note, rows = _readable_changes(issue, report, pipeline.compared(issue), settings.publish.min_count)
        title += note
    context.output.csv(title, report.column_names, rows, wide=flags["wide"], spreadsheet=flags["spreadsheet"])


def _readable_changes(
    issue: "Issue", report: "Report", days: "Days", least: int
) -> "tuple[str, Iterator[Row]]":
    """Give `top_diagnoses` for people: changes in percent or as counts, and for the title against what."""
    from healthtrends.cli.change_text import against, readable

    if not days:
        return "", report.text_rows()
    return f", change_vs_same_weekday {against(issue.date, days)}", readable(report, days, least)


def _open_page(context: CommandContext, flags: ReportFlags, pipeline: "Pipeline") -> None:
    from healthtrends.cli.browser import open_in_browser

    issue = pipeline.published.issue(flags["date"], flags["issue"], flags["as_of"])
    path = pipeline.page_file(issue)
    context.output.document({**_issue_facts(issue), "page": str(path)})
    context.output.text(str(path))
    if not context.output.mode.json:
        open_in_browser(path)


def _write(context: CommandContext, issue: "Issue", files: "Mapping[Path, bytes]") -> None:
    """Write files for the user alone, as they hold exact counts. Raises UsageError."""
    from healthtrends.config.permissions import make_folders

    for path, content in files.items():
        try:
            make_folders(path.parent)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be written", error.strerror or "", "name another place"
            ) from error
    context.output.document({**_issue_facts(issue), "files": [str(path) for path in files]})
    for path in files:
        context.output.text(str(path))


def _show_issues(context: CommandContext, flags: ReportFlags, issues: list["Issue"]) -> None:
    context.output.document(
        {
            "date": flags["date"].isoformat(),
            "issues": [_issue_facts(issue) | _changes(issue) for issue in issues],
        }
    )
    rows = (_listed(issue, flags["name"]) for issue in issues)
    title = f"issues of {flags['date']}, changes in {flags['name']}"
    context.output.csv(title, _ISSUES, rows, spreadsheet=flags["spreadsheet"])


def _show_differences(
    context: CommandContext, flags: ReportFlags, published: "IssueReader", numbers: tuple[int, int]
) -> None:
    from healthtrends.cli.json_values import json_row
    from healthtrends.reports.registry import find_schema

    name, (first, second) = flags["name"], numbers
    found, schema = list(published.diff(flags["date"], name, numbers)), find_schema(name)
    rows = [
        {
            "change": each.kind,
            "key": each.key,
            "before": json_row(schema, each.before),
            "after": json_row(schema, each.after),
        }
        for each in found
    ]
    facts = {"report": name, "date": flags["date"].isoformat()}
    context.output.document({**facts, "from": first, "to": second, "rows": rows})
    header, *lines = _side_by_side(schema, found)
    title = f"{name} of {flags['date']}, issue {first} to {second}: {counted(len(found), 'row')} changed"
    context.output.csv(title, header, lines, spreadsheet=flags["spreadsheet"])


def _issue_facts(issue: "Issue") -> dict[str, object]:
    source = issue.source
    return {
        "date": issue.date.isoformat(),
        "issue": issue.number,
        "published_at": issue.published_at,
        "reason": source.reason,
        "sequence": source.seq,
        "state": source.state,
        "feed": "observed" if source.fed else "none",
        "records": source.input_records,
    }


def _changes(issue: "Issue") -> dict[str, object]:
    changes = {
        name: {"added": each.added, "removed": each.removed, "changed": each.changed}
        for name, each in issue.changes.items()
    }
    return {"since": issue.since, "changes": changes}


def _listed(issue: "Issue", name: str) -> tuple[str, ...]:
    facts, change = _issue_facts(issue), issue.changes.get(name)
    counts = (change.added, change.removed, change.changed) if change else ("", "", "")
    return (*(str(facts[column]) for column in _ISSUES[:6]), *map(str, counts))


def _side_by_side(schema: "ReportSchema", found: "Sequence[Difference]") -> "Iterator[Row]":
    """Key, kind of change, then before and after of each column that differs somewhere."""

    def differs(column: str) -> bool:
        return any(_value(each.before, column) != _value(each.after, column) for each in found)

    columns = [column.name for column in schema.columns if not column.is_key and differs(column.name)]
    yield (
        *schema.keys,
        "change",
        *(f"{column}_{side}" for column in columns for side in ("before", "after")),
    )
    for each in found:
        values = (_value(side, column) for column in columns for side in (each.before, each.after))
        yield (*map(str, each.key), each.kind, *values)


def _value(side: "Mapping[str, Value] | None", column: str) -> str:
    from healthtrends.reports.report import encode_cell

    return encode_cell(side.get(column)) if side else ""
