"""Proof that every issue rests on something: an existing commit number, known files, whole reports."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

from healthtrends.errors import FinalError
from healthtrends.publish.issue import Issues
from healthtrends.publish.issued import Issue
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.verify import Days, Finding, failed, is_asked, passed


def check_issues(log: CommitLog, issues: Issues, days: Days | None = None) -> Iterator[Finding]:
    """Every issue of the dates asked for; one finding a fault, or one for all.

    Files of an issue are known when the log names them: live, as the origin of one that maintenance made, or
    taken out and still aside. Raises HdfsUnavailable.
    """
    folders = (entry.name.partition("=")[2] for entry in log.store.list(log.layout.issued_dates))
    dates = [dt.date.fromisoformat(day) for day in folders if is_asked(day, days)]
    found = [
        (date, number)
        for date, numbers in zip(dates, log.calls.map(issues.numbers, dates), strict=True)
        for number in numbers
    ]
    state = log.read_state()  # after the issues: each of them read this state or an older one
    good = 0
    for (date, number), faults in zip(
        found, log.calls.stream(lambda each: _faults(log, issues, state, each), found, 8), strict=True
    ):
        good += not faults
        path = log.layout.issue(date, number)
        repair = f"move it aside, then `healthtrends run {date} --reprocess all`"
        yield from (failed("issues", fault, repair, path, date.isoformat()) for fault in faults)
    if good == len(found):
        yield passed(
            "issues", f"{good:,} issues of {len(dates):,} dates name commits and files that are known"
        )


def _faults(log: CommitLog, issues: Issues, state: State, which: tuple[dt.date, int]) -> list[str]:
    try:
        issue = issues.get(*which)
    except FinalError as damage:
        return [str(damage)]
    return [*_unknown(log, state, issue), *_damaged(issues, issue)]


def _unknown(log: CommitLog, state: State, issue: Issue) -> Iterator[str]:
    source = issue.source
    if not 0 <= source.seq <= state.seq:
        yield f"it names commit {source.seq}, the log ends with {state.seq}"
    missing = sorted(set(source.inputs) - set(state.inputs(source.date.isoformat())))
    aside = zip(missing, log.locate(missing), strict=True)
    unknown = [path for path, place in aside if path == place]
    if unknown:
        yield f"it read {len(unknown)} files that no commit names, such as {unknown[0]}"


def _damaged(issues: Issues, issue: Issue) -> Iterator[str]:
    """The immutable copies of its reports and of what was made from them."""
    copies = {report: partial(issues.read, issue, report) for report in issue.reports}
    copies |= {name: partial(issues.read_attachment, issue, name) for name in issue.attachments}
    for name, read in copies.items():
        try:
            read()
        except FileNotFoundError:
            yield f"its copy of {name} is missing"
        except FinalError as damage:
            yield str(damage)
