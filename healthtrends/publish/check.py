"""Proof that every issue is the one that was published, and that the folders show the newest.

The log has the newest issue of each date on record, and each issue holds the hash of the one before: none can
be changed, back-dated, made up or taken away without a contradiction. The same holds for releases.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from healthtrends import clock
from healthtrends.errors import FinalError
from healthtrends.observe import counted
from healthtrends.publish.copies import holders
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import RecordedIssue
from healthtrends.storage.recorder import Recorded, on_record
from healthtrends.storage.state import State
from healthtrends.storage.verify import (
    Days,
    Finding,
    Witness,
    failed,
    find_contradiction,
    is_selected,
    passed,
)

_AT_ONCE = 4
_NOT_ON_RECORD = "the log has no such issue on record"
# A publisher records its issue, and puts it in place, within that time.
_PAUSE = 3.0


class _Fault(NamedTuple):
    check: str
    path: str
    detail: str
    repair: str


class _Words(NamedTuple):
    """What findings call issues, or releases."""

    kind: Recorded
    noun: str
    placed: str
    """Check of what is in place."""
    again: str
    """Command that makes one anew; `{date}` in it."""
    restore: str
    """Command that records it, and puts back what is in place."""


_WORDS: Final[Mapping[Recorded, _Words]] = {
    "issues": _Words(
        "issues",
        "issue",
        "published",
        "healthtrends run {date} --reprocess all",
        "healthtrends run {date}",
    ),
    "releases": _Words(
        "releases",
        "release",
        "released",
        "healthtrends release {date} --re-release",
        "healthtrends release {date}",
    ),
}


class _Looked(NamedTuple):
    """What was found of one date."""

    date: dt.date
    issues: int
    faults: list[_Fault]


def check_issues(
    log: CommitLog, issues: Issues, days: Days | None = None, kind: Recorded = "issues"
) -> Iterator[Finding]:
    """Every issue of the dates asked for and what is in place; one finding a fault, or one for all.

    Files of an issue are known when the log names them: live, as the origin of one that maintenance made, or
    taken out and still aside. `kind` says that `issues` are releases. Raises HdfsUnavailable.
    """
    words = _WORDS[kind]
    looked = [_looked(log, issues, day, words) for day in _dates(log, issues, days, words)]
    if any(each.faults for each in looked):
        clock.sleep(_PAUSE)
        looked = [_looked(log, issues, each.date, words) if each.faults else each for each in looked]
    strays = issues.strays()
    for path in strays:
        yield failed(kind, "it is no folder of a date", "move it out of the folder", path)
    bad = {fault.check for each in looked for fault in each.faults} | ({kind} if strays else set())
    for each in looked:
        for fault in each.faults:
            yield failed(fault.check, fault.detail, fault.repair, fault.path, each.date.isoformat())
    number, dates = sum(each.issues for each in looked), len(looked)
    if kind not in bad:
        found = f"{counted(number, words.noun)} of {counted(dates, 'date')}"
        yield passed(kind, f"{found}, and all commits and files named are known")
    if words.placed not in bad:
        newest = f"are those of the newest {words.noun}"
        yield passed(words.placed, f"the reports of {counted(dates, 'date')} {newest}")


def _dates(log: CommitLog, issues: Issues, days: Days | None, words: _Words) -> list[dt.date]:
    recorded = on_record(log.read_state(since=log.newest_seen), words.kind)
    known = {*(date.isoformat() for date in issues.dates()), *recorded}
    return [dt.date.fromisoformat(day) for day in sorted(known) if is_selected(day, days)]


def _looked(log: CommitLog, issues: Issues, date: dt.date, words: _Words) -> _Looked:
    numbers = issues.numbers(date)
    state = log.read_state(
        since=log.newest_seen
    )  # after the issues: each of them read this state or an older one
    repair = f"move it aside, then `{words.again.format(date=date)}`"
    restore = words.restore.format(date=date)
    faults: list[_Fault] = []
    found: dict[int, tuple[Issue, str]] = {}
    for number in numbers:
        path = issues.layout.issue(date, number)
        try:
            found[number] = issues.get_stored(date, number)
            wrong = list(_unknown(log, state, found[number][0]))
        except FinalError as damage:
            wrong = [str(damage)]
        faults += [_Fault(words.kind, path, each, repair) for each in wrong]
    newest = found[numbers[-1]][0] if numbers and numbers[-1] in found else None
    named = issues.released.required(date) if words.kind == "issues" else frozenset()
    needed = _needed(newest, found, named)
    for number in sorted(needed & set(found)):
        path = issues.layout.issue(date, number)
        damaged = issues.damaged_copies(found[number][0])
        faults += [_Fault(words.kind, path, each, repair) for each in damaged]
    # A run that died between issue and record is the likely cause, and the next records the newest issue.
    known = f"was a run killed? `{restore}` records it; was none, {repair}"
    recorded = on_record(state, words.kind).get(date.isoformat(), (0, ""))
    for number, wrong_number in _wrong_numbers(state, recorded, found, numbers, needed):
        is_late = wrong_number == _NOT_ON_RECORD and number == numbers[-1]
        path = issues.layout.issue(date, number)
        faults.append(_Fault(words.kind, path, wrong_number, known if is_late else repair))
    if numbers and numbers[-1] in found:
        faults += _out_of_place(issues, found[numbers[-1]][0], words.placed, restore)
    return _Looked(date, len(numbers), faults)


def _needed(newest: Issue | None, found: dict[int, tuple[Issue, str]], named: frozenset[int]) -> set[int]:
    """Issues whose copies must be there: those that a release names, and what a kept issue refers to."""
    dropped, erased = (newest.dropped, newest.erased) if newest else (0, 0)
    released = {number for number in named if number > erased}
    kept = [issue for issue, _ in found.values() if issue.number > dropped or issue.number in released]
    return released | {held for issue in kept for held in holders(issue)}


def _unknown(log: CommitLog, state: State, issue: Issue) -> Iterator[str]:
    source = issue.source
    contradiction = find_contradiction(log, state, Witness(source.seq, source.head))
    if contradiction:
        yield contradiction
    missing = sorted(set(source.input_names) - set(state.inputs(source.date.isoformat())))
    aside = zip(missing, log.locate(missing), strict=True)
    # What an erasure took out is deleted at once, what expired after a while; the inputs are known no more.
    day = source.date.isoformat()
    is_gone = source.seq < state.erased.get(day, 0) or day in state.expired
    unknown = [] if is_gone else [path for path, place in aside if path == place]
    if unknown:
        yield f"it read {counted(len(unknown), 'file')} that no commit names, such as {unknown[0]}"


def _wrong_numbers(
    state: State,
    on_log: RecordedIssue,
    found: dict[int, tuple[Issue, str]],
    numbers: list[int],
    needed: set[int],
) -> Iterator[tuple[int, str]]:
    """Issues that are not those on record, do not hold each other's hashes, or are gone."""
    recorded, sha256 = on_log
    last = max([*numbers, recorded])
    excused = {number for issue, _ in found.values() for number in issue.missing}
    # Before the first issue on record there may be older ones, which hold no hashes.
    covered = recorded or any(issue.source.head for issue, _ in found.values())
    newest = found[numbers[-1]][0] if numbers and numbers[-1] in found else None
    retired = newest.retired if newest else 0
    for number in range(1, last + 1):
        if number <= retired and number not in needed:
            continue
        if number not in numbers:
            if covered and number not in excused:
                yield number, "it is missing"
            continue
        if number not in found:
            continue
        issue, own = found[number]
        before = found.get(number - 1)
        if number == recorded and own != sha256:
            yield number, "it is not what the log has on record: it was changed"
        if number > recorded and _should_be_on_record(state, issue, recorded):
            yield number, _NOT_ON_RECORD
        if before is not None and issue.previous not in (None, before[1]):
            yield number - 1, f"issue {number} was made on another content of it"
        if before is not None and issue.previous is None and issue.source.head is not None:
            yield number, "it does not hold the hash of the issue before it"


def _should_be_on_record(state: State, issue: Issue, recorded: int) -> bool:
    """Whether it was published by a version that records; on an empty log nothing is recorded."""
    older = issue.source.head is None and issue.source.seq <= (state.linked_from or state.seq)
    return bool(recorded) or not (older or issue.source.seq == 0)


def _out_of_place(issues: Issues, newest: Issue, check: str, restore: str) -> list[_Fault]:
    repair = f"healthtrends unpublish {newest.date}" if newest.is_withdrawal else restore
    try:
        wrong = issues.wrong_files(newest)
    except FinalError:
        return []  # the copy is damaged, which is told of already
    return [_Fault(check, path, problem, repair) for path, problem in wrong]
