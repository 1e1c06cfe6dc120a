"""Status of a pipeline as `status --json` prints it: addresses, lag, commits, dates, and what to look at."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from healthtrends.ingest.open_transactions import total
from healthtrends.ingest.runner import plan_ingest
from healthtrends.observe import counted
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.run_records import RunHistory
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.log import CommitLog
from healthtrends.storage.root_format import root_format
from healthtrends.storage.state import State

_ENDED_WELL = (0, 130)  # 130: a person stopped it
_SHOWN = 3


def read_status(
    dependencies: Dependencies, log: CommitLog, issues: Issues, runs: RunHistory
) -> dict[str, Any]:
    """Read the status. Raises KafkaUnavailable, HdfsUnavailable."""
    state = log.read_state()
    _, plan = plan_ingest(dependencies.topic(), log, dependencies.settings, dry_run=True)
    where = {name: dict(value) for name, value in dependencies.where.items()}
    where["kafka"] |= {"lag": plan.lag, "hidden": total(plan.hidden)}
    where["hdfs"] |= {"format": root_format(dependencies.pool.store, dependencies.layout)}
    commits = {
        "last_seq": state.seq,
        "head": state.head_name,
        "records": state.messages_stored,
        "rejects": state.messages_rejected,
        "skipped": state.messages_skipped,
        "fact_files": sum(state.fact_files.count(day) for day in state.fact_files),
        "unresolved_fact_files": len(state.unresolved),
        **({"open_erasure": True} if state.has_open_erasure else {}),
    }
    found: dict[str, Any] = {**where, "commits": commits, "last_run": runs.newest()}
    inputs = InputDigests(state, dependencies.edition.identity)
    dates = sorted({*state.dates, *map(str, issues.dates())})
    today = dependencies.settings.today()
    found["dates"] = list(
        dependencies.pool.map(lambda date: _date_state(state, inputs, issues, date, today), dates)
    )
    return found | {"attention": attention(found)}


def _date_state(
    state: State, inputs: InputDigests, issues: Issues, date: str, today: dt.date
) -> dict[str, Any]:
    """One line of `status`; the issue, which may name many inputs, is let go."""
    issue, facts = issues.newest(dt.date.fromisoformat(date)), state.day_facts(date)
    return {
        "date": date,
        "records": facts.lines,
        "report": inputs.report_state(issue, today),
        "issue": issue.number if issue else None,
        "files": facts.files,
        "bytes": facts.bytes,
    }


def attention(status: Mapping[str, Any]) -> list[str]:
    """List what needs a person, of the last run, the dates and the topic: what it is, and what to do."""
    return [
        *_of_run(status["last_run"]),
        *_of_erasure(status["commits"]),
        *_of_dates(status["dates"]),
        *_of_topic(status["kafka"]),
    ]


def _of_erasure(commits: Mapping[str, Any]) -> Iterator[str]:
    if commits.get("open_erasure"):
        yield "an erasure is not finished: what was computed before is there; `healthtrends run` goes on"


def _of_run(run: Mapping[str, Any] | None) -> Iterator[str]:
    if run is None or run["exit_code"] in _ENDED_WELL:
        return
    error = run["error"] or {}
    what = error.get("what") or "no reason is on record"
    yield f"the last run, of {run['ran_at']}, ended with exit code {run['exit_code']}: {what}"


def _of_dates(dates: list[Mapping[str, Any]]) -> Iterator[str]:
    found: dict[str, list[str]] = defaultdict(list)
    for each in dates:
        found[each["report"]].append(each["date"])
    for state in ("missing", "stale"):
        if named := found.get(state):
            more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
            yield (
                f"the reports of {counted(len(named), 'date')} are {state}: "
                f"{', '.join(named[-_SHOWN:])}{more}; "
                f"`healthtrends run --reprocess {state}` makes them"
            )


def _of_topic(kafka: Mapping[str, Any]) -> Iterator[str]:
    if kafka["hidden"]:
        yield f"an open transaction hides {counted(kafka['hidden'], 'offset')} of the topic; end its producer"
