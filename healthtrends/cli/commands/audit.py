"""`audit`: what can be derived of counts that released tables hide."""

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import QualityGate, UsageError
from healthtrends.observe import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthtrends.audit.description import Description
    from healthtrends.audit.judge import Finding

_DATE = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


@command("audit")
@click.argument("place", metavar="FOLDER|DATE")
def audit(context: CommandContext, *, place: str) -> int:
    """Find what released tables give away of the counts that they hide.

    FOLDER holds CSV files and audit.toml, which says which columns are keys, counts and totals. For each
    hidden count the least and the greatest value are computed that fit all other numbers; where more than 30
    of them hang together, values that it was seen to have, as soon as they are free enough. Exit code 3 when
    a small count can be told more closely than the policy allows. No server is asked; any program's tables
    do.

    DATE stands for what `healthtrends release` wrote of that date: only the files under release/ are read,
    and beside them the earlier releases of the date.
    """
    findings = _of_date(context, dt.date.fromisoformat(place)) if _DATE.fullmatch(place) else _of(Path(place))
    passed = all(finding.passes for finding in findings)
    context.output.document({"passed": passed, "cells": [_document(each) for each in findings]})
    _print(context, findings)
    return 0 if passed else QualityGate.exit_code


def _of_date(context: CommandContext, date: dt.date) -> "list[Finding]":
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    settings = context.settings()
    context.check_servers(settings)
    context.output.settings(settings)
    with open_pipeline(settings, context.output.note) as pipeline:
        return pipeline.releases.audit(date)


def _of(folder: Path) -> "list[Finding]":
    from healthtrends.audit.description import FILE, parse_description
    from healthtrends.audit.judge import audit as judge

    if not folder.is_dir():
        raise UsageError(
            f"{folder} is no folder", "give a folder with audit.toml, or a date YYYY-MM-DD", "see --help"
        )
    description = parse_description(_content(folder, FILE))
    with progress("audit", None, "hidden counts") as bar:
        return judge(description, _files(folder, description), bar=bar)


def _files(folder: Path, description: "Description") -> dict[str, bytes]:
    return {table.file: _content(folder, table.file) for table in description.tables}


def _content(folder: Path, name: str) -> bytes:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{name} lies outside of {folder}", "audit.toml names files beside it", "")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read", error.strerror or type(error).__name__, "see docs/how-to/audit.md"
        ) from error


def _document(finding: "Finding") -> dict[str, object]:
    lower, upper = _range(finding)
    return {
        "table": finding.table,
        "keys": dict(finding.keys),
        "lower": lower,
        "upper": upper,
        "exposed": finding.is_exposed,
        **({} if finding.is_decided else {"decided": False}),
        **({} if finding.passes else {"because": list(finding.reasons)}),
    }


def _range(finding: "Finding") -> tuple[int, int | None]:
    """Least and greatest value; None: there is no greatest."""
    bounds = finding.bounds
    return int(bounds.lower), None if bounds.upper == float("inf") else int(bounds.upper)


def _print(context: CommandContext, findings: "Sequence[Finding]") -> None:
    exposed = [finding for finding in findings if finding.is_exposed]
    undecided = [finding for finding in findings if not finding.is_decided]
    for finding in exposed:
        lower, upper = _range(finding)
        value = f"is {lower}" if lower == upper else f"lies from {lower} to {upper}"
        context.output.text(f"EXPOSED {finding.table}, {_keys(finding)}: {value}")
        for reason in finding.reasons:
            context.output.text(f"        because {reason}")
    for finding in undecided:
        context.output.text(f"UNDECIDED {finding.table}, {_keys(finding)}: {'; '.join(finding.reasons)}")
    exact = sum(not each.is_exposed and each.bounds.exact for each in findings)
    context.output.text(
        f"{len(findings):,} hidden counts, {len(exposed):,} exposed"
        + (f", {len(undecided):,} not decided, which do not pass" if undecided else "")
        + (f"; {exact:,} others can be computed, but need not be hidden" if exact else "")
    )


def _keys(finding: "Finding") -> str:
    return ", ".join(f"{column}={word}" for column, word in finding.keys.items())
