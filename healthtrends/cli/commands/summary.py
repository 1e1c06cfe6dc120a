"""How the results of a run, an ingest and the status read on a terminal; `--json` has all of them whole."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from healthtrends.cli.output import Output
from healthtrends.errors import QualityGate
from healthtrends.observe import counted
from healthtrends.orchestrate.run_records import describe_error

NEWEST_DATES = 14
_SHOWN = 5
_DATES = ("date", "action", "issue", "records", "state")


def show_run(output: Output, summary: Mapping[str, Any]) -> None:
    """One row a date, then what was read from the topic."""
    output.document(summary)
    dates = summary["dates"]
    if dates:
        output.table("", _DATES, [tuple(row[name] for name in _DATES) for row in dates])
    for row in dates:
        if not row["records"]:
            output.text(f"{row['date']}: no records, so its reports are empty")
    _releases(output, summary["steps"])
    output.text(_messages(summary) + f"; {summary['seconds']:.1f} s")
    _reasons(output, summary)
    _uncounted(output, summary["uncounted"])
    if summary["error"]:
        output.failure(summary["error"]["what"], summary["error"]["why"], summary["error"]["next"])


def _releases(output: Output, steps: Sequence[Mapping[str, Any]]) -> None:
    found = [step for step in steps if step["name"] == "release"]
    notes = Counter(step["note"] for step in found)
    if notes["released"]:
        output.text(f"{counted(notes['released'], 'date')} released for others, below release/")
    if notes["kept"]:
        them = "it" if notes["kept"] == 1 else "them"
        output.text(f"{counted(notes['kept'], 'date')} released before; what is new of {them} stays inside")
    left = [step for step in found if step["state"] == "skipped"]
    for step in left[:_SHOWN]:
        date = step["date"]
        output.text(f"{date} not released: {step['note']}; `healthtrends release {date}` tries it")
    if len(left) > _SHOWN:
        output.text(f"{counted(len(left) - _SHOWN, 'date')} more not released")


def show_backfill(output: Output, summary: Mapping[str, Any]) -> None:
    """Which dates were counted, and how their reports are made."""
    output.document(summary)
    dates = [row["date"] for row in summary["dates"]]
    if dates:
        first, last = dates[0], dates[-1]
        output.text(f"{counted(len(dates), 'date')} counted, {first} to {last}; {summary['seconds']:.1f} s")
        output.text(f"nothing was published: `healthtrends run --from {first} --to {last} --no-ingest` does")
    elif not summary["error"]:
        output.text("nothing to do: every stored date asked for is counted")
    _uncounted(output, summary["uncounted"])
    if summary["error"]:
        output.failure(summary["error"]["what"], summary["error"]["why"], summary["error"]["next"])


def _uncounted(output: Output, dates: int) -> None:
    if dates:
        left = "is not counted yet; `healthtrends backfill` counts it"
        many = "are not counted yet; `healthtrends backfill` counts them"
        output.text(f"{counted(dates, 'stored date')} {left if dates == 1 else many}")


def show_ingest(output: Output, summary: Mapping[str, Any], gate: QualityGate | None) -> None:
    """How many messages were stored and rejected, and whether these are too many."""
    output.document({**summary, "error": describe_error(gate) if gate else None})
    output.text(_messages(summary))
    if summary.get("superseded"):
        output.text(f"stopped, nothing is lost: {summary['superseded']}")
    _reasons(output, summary)
    if gate:
        output.failure(gate.what, gate.why, gate.next_step)


def show_restaged(output: Output, files: Sequence[Mapping[str, Any]]) -> None:
    """What became of each file."""
    output.document({"files": files})
    if not files:
        output.text("nothing to do: other files hold the lines already")
    for row in files:
        if row["problem"] is None:
            output.text(f"{row['file']}: whole, nothing was done")
            continue
        output.text(
            f"{row['file']} (date {row['date']}): {counted(row['lines'], 'line')} again,"
            f" in {row['replaced_by']}"
        )
        if not row["same"]:
            output.text(
                f"  warning: not what it was: {counted(row['lines_before'], 'line')} before; the rules or"
                " settings of its commit were others, so the reports of its date are stale now"
            )


def show_replay(output: Output, summary: Mapping[str, Any]) -> None:
    """How many messages pass now, and why the others do not."""
    output.document(summary)
    text = f"{counted(summary['looked_at'], 'reject')} looked at, "
    if summary["dry_run"]:
        output.text(text + f"{summary['passing']:,} would be stored")
    else:
        output.text(text + f"{summary['stored']:,} stored")
    if summary["skipped"] and summary["dry_run"]:
        output.text(f"  {summary['skipped']:,} would be taken out: they are skipped now")
    elif summary["skipped"]:
        output.text(f"  {summary['skipped']:,} taken out: they are skipped now")
    _by_reason(output, "rejected", summary["still"])
    if summary["cut"]:
        output.text(
            f"  of {summary['cut']:,} only the first bytes are kept, so they stay rejected: send them again"
        )
    if summary["transform_failed"]:
        output.text(f"  the transform failed on {summary['transform_failed']:,}, which stay rejected")
    if summary["superseded"]:
        output.text(f"stopped, nothing is lost: {summary['superseded']}; run it again for what is left")
    if summary["dates"]:
        first, last = summary["dates"][0], summary["dates"][-1]
        output.text(f"new records from {first} to {last}: `healthtrends run --from {first} --to {last}`")


def show_status(output: Output, status: Mapping[str, Any], *, whole: bool) -> None:
    """Addresses, lag, last commit and run, the newest dates or `whole` all, and what needs a person."""
    output.document(status)
    for part in ("stack", "kafka", "hdfs", "commits"):
        values = ", ".join(
            f"{name} {_shown(value)}"
            for name, value in status[part].items()
            if not isinstance(value, dict) and (name, value) != ("client_file", None)
        )
        output.text(f"{part + ':':9} {values}")
    if run := status["last_run"]:
        result = run["error"]["what"] if run["error"] else "done"
        output.text(
            f"last run: {run['ran_at']}, {run['seconds']:.1f} s, exit code {run['exit_code']}: {result}"
        )
    dates = status["dates"] if whole else status["dates"][-NEWEST_DATES:]
    if dates:
        if len(dates) < len(status["dates"]):
            output.text(
                f"the newest {len(dates)} of {counted(len(status['dates']), 'date')}; --all lists every one"
            )
        columns = tuple(dates[0])
        output.table("", columns, [tuple(row[name] for name in columns) for row in dates])
    for line in status["attention"]:
        output.text(f"attention: {line}")


def _messages(summary: Mapping[str, Any]) -> str:
    skipped = f", {summary['skipped']:,} skipped" if summary["skipped"] else ""
    return f"{counted(summary['stored'], 'message')} stored, {summary['rejected']:,} rejected{skipped}"


def _reasons(output: Output, summary: Mapping[str, Any]) -> None:
    _by_reason(output, "rejected", summary["reasons"])
    _by_reason(output, "skipped", summary["skips"])


def _by_reason(output: Output, done: str, reasons: Mapping[str, int]) -> None:
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        output.text(f"  {done} for {reason}: {count:,}")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not known"
    return f"{value:,}" if isinstance(value, int) else str(value)
