"""`audit`: what can be derived of counts that released tables hide."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import QualityGate, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healthtrends.audit.description import Description
    from healthtrends.audit.judge import Finding


@command("audit")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
def audit(context: CommandContext, *, folder: Path) -> int:
    """Find what released tables give away of the counts that they hide.

    FOLDER holds CSV files and audit.toml, which says which columns are keys, counts and totals. For each
    hidden count the least and the greatest value are computed that fit all other numbers. Exit code 3 when a
    small count can be told more closely than the policy allows. No server is asked; any program's tables do.
    """
    from healthtrends.audit.description import FILE, parse_description
    from healthtrends.audit.judge import audit as judge

    description = parse_description(_content(folder, FILE))
    findings = judge(description, _files(folder, description))
    exposed = [finding for finding in findings if finding.is_exposed]
    context.output.document({"passed": not exposed, "cells": [_document(each) for each in findings]})
    _print(context, findings, exposed)
    return QualityGate.exit_code if exposed else 0


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
        **({"because": list(finding.reasons)} if finding.is_exposed else {}),
    }


def _range(finding: "Finding") -> tuple[int, int | None]:
    """Least and greatest value; None: there is no greatest."""
    bounds = finding.bounds
    return int(bounds.lower), None if bounds.upper == float("inf") else int(bounds.upper)


def _print(context: CommandContext, findings: "Sequence[Finding]", exposed: "Sequence[Finding]") -> None:
    for finding in exposed:
        lower, upper = _range(finding)
        value = f"is {lower}" if lower == upper else f"lies from {lower} to {upper}"
        keys = ", ".join(f"{column}={word}" for column, word in finding.keys.items())
        context.output.text(f"EXPOSED {finding.table}, {keys}: {value}")
        for reason in finding.reasons:
            context.output.text(f"        because {reason}")
    exact = sum(not each.is_exposed and each.bounds.exact for each in findings)
    context.output.text(
        f"{len(findings):,} hidden counts, {len(exposed):,} exposed"
        + (f"; {exact:,} others can be computed, but need not be hidden" if exact else "")
    )
