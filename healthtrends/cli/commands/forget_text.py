"""How the results of `forget` read: dates, numbers and offsets, never the person."""

from collections.abc import Mapping, Sequence
from typing import Any

from healthtrends.cli.output import Output
from healthtrends.observe import counted
from healthtrends.orchestrate.forget import ForgetResult

_COLUMNS = ("date", "lines", "issues", "cube")


def show_found(output: Output, result: ForgetResult) -> None:
    """What would be erased."""
    output.document({"dry_run": True, **_document(result)})
    if not result.found.lines:
        output.text("nothing that is stored holds this person")
        return
    _show(output, result)
    output.text("nothing was changed; the same command with --yes erases this")


def show_erased(output: Output, result: ForgetResult, record: Mapping[str, Any], opted_out: int) -> None:
    """What was erased, what was made again, and what is left to do."""
    published = [row["date"] for row in record["dates"] if row["action"] in ("published", "unpublished")]
    more = {
        "published": published,
        "opted_out": opted_out,
        "exit_code": record["exit_code"],
        "error": record["error"],
    }
    output.document({"dry_run": False, **_document(result), **more})
    if result.found.lines:
        _show(output, result)
        output.text(f"erased by commit {result.found.seq}")
        output.text(
            "backups made before still hold the person: `healthtrends backup TO --keep 1` replaces those of a"
            " place; delete other copies"
        )
    else:
        output.text("nothing that is stored holds this person")
    if published:
        output.text(f"{counted(len(published), 'date')} published again: {_span(published)}")
    if opted_out:
        output.text(f"{counted(opted_out, 'line')} put on the opt-out list; start followers again")
    if record["error"]:
        error = record["error"]
        output.failure(error["what"], error["why"], "run the same command again: it goes on from here")


def _document(result: ForgetResult) -> dict[str, object]:
    found = result.found
    return {
        "lines": found.lines,
        "records": found.records,
        "record_files": found.record_files,
        "rejects": found.rejects,
        "reject_files": found.reject_files,
        "facts": found.facts,
        "fact_files": found.fact_files,
        "issues": result.issues,
        "cubes": result.cubes,
        "windows": result.windows,
        "topic": [{"partition": p, "first": first, "next": end} for p, first, end in result.topic],
        "bytes_searched": result.is_searched,
        "seq": found.seq,
    }


def _show(output: Output, result: ForgetResult) -> None:
    found = result.found
    rows = [
        (date, lines, _issues(result.issues.get(date, [])), "yes" if date in result.cubes else "")
        for date, lines in sorted(found.records.items())
    ]
    if rows:
        output.table(f"{counted(found.record_files, 'record file')}", _COLUMNS, rows)
    if found.facts:
        output.text(f"{counted(found.facts, 'fact')} in {counted(found.fact_files, 'file')}")
    output.text(f"{counted(found.rejects, 'reject')} in {counted(found.reject_files, 'file')}")
    if not result.is_searched:
        output.text("rejects were decoded, their bytes were not searched: no id as it came, or a short one")
    if result.windows:
        dates = counted(len(result.windows), "published date")
        output.text(f"{dates} look back on these: {_span(result.windows)}")
    for partition, first, end in result.topic:
        output.text(
            f"the topic still has messages of this person: partition {partition}, "
            f"among offsets {first} to {end - 1}"
        )


def _issues(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) if len(numbers) < 4 else f"{numbers[0]} to {numbers[-1]}"


def _span(dates: Sequence[str]) -> str:
    return dates[0] if len(dates) == 1 else f"{min(dates)} to {max(dates)}"
