"""The next issue of a date, before it has its number: its own files, and those that earlier issues hold."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from healthtrends.publish.copies import holder
from healthtrends.publish.diff import row_changes
from healthtrends.publish.issue_manifest import Issue, IssuedFile, Provenance, describe_file, new_issue
from healthtrends.publish.issue_meta import DETECTED, encode_meta
from healthtrends.reports.registry import decode_report
from healthtrends.reports.report import Report

Attach = Callable[[Issue, Mapping[str, Report]], Mapping[str, bytes]]
"""Makes further files of an issue, by `folder/name`, from its manifest so far and its reports."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many of a date's newest issues are kept; 0: all."""

    issues: int = 0
    copies: int = 0
    """Of these, how many with their reports; of the others remains what `report --issues` lists."""


class Wanted(NamedTuple):
    """What should be the newest issue of a date."""

    source: Provenance
    reports: Mapping[str, Report]
    """By name."""
    erased: int = 0
    """Issues up to this number tell of somebody who was erased, and go; 0: none does."""

    @property
    def date(self) -> dt.date:
        """The date it is about."""
        return self.source.date


class Last(NamedTuple):
    """What is there of a date's issues."""

    number: int
    """Of the newest that was ever published; 0: none was."""
    sha256: str | None
    """Of its manifest; None: it is gone."""
    numbers: tuple[int, ...]
    """Of all that are there."""

    def missing(self, retired: int) -> tuple[int, ...]:
        """Numbers that no issue stands at, though retention did not take it."""
        return tuple(n for n in range(retired + 1, self.number + 1) if n not in self.numbers)

    def is_whole(self, newest: Issue) -> bool:
        """Whether the newest issue tells of all that are missing."""
        return self.number == newest.number and set(self.missing(newest.retired)) <= set(newest.missing)


class Before(NamedTuple):
    """The newest issue of a date."""

    issue: Issue | None = None
    """None: there is none."""
    files: Mapping[str, bytes] | None = None
    """Its files by their names in copies; None: not all of them are whole."""


class Draft(NamedTuple):
    """An issue with its files."""

    issue: Issue
    source: Provenance
    """As it was given; its identity tells attempts of one caller."""
    files: Mapping[str, bytes]
    """The issue's own, by name in its copy."""


_FACTS = ("input_names", "input_records", "state", "provisional_until", "hidden", "codes", "release")


def _is_made_of_same(newest: Issue, source: Provenance, report: str) -> bool:
    """Whether what `_meta.json` says of a report's making is still so, but for run and issue."""
    said = newest.source
    facts = (*_FACTS, "detection") if report in DETECTED else _FACTS
    same = all(getattr(said, name) == getattr(source, name) for name in facts)
    return same and said.has_read(report, source.days_before_of(report))


def is_same(newest: Issue, wanted: Wanted, *, exports: bool) -> bool:
    """Whether an issue says just what is wanted, of the same records, in the same state."""
    digests = {name: describe_file(report.csv()).sha256 for name, report in wanted.reports.items()}
    return (
        {name: file.sha256 for name, file in newest.reports.items()} == digests
        and all(_is_made_of_same(newest, wanted.source, name) for name in digests)
        and exports == any(name.startswith("exports/") for name in newest.attachments)
    )


def make_draft(
    wanted: Wanted, last: Last, before: Before, attach: Attach | None, retention: Retention
) -> Draft:
    """Make the issue after all that were ever published."""
    source, reports, erased = wanted
    contents = {name: report.csv() for name, report in reports.items()}
    number, newest = last.number + 1, before.issue
    by_number = number - retention.issues if retention.issues else 0
    retired = max(by_number, erased, newest.retired if newest else 0)
    kept = number - retention.copies if retention.copies else 0
    issue = msgspec.structs.replace(
        new_issue(source, contents, number),
        previous=last.sha256,
        missing=last.missing(retired),
        retired=retired,
        dropped=max(kept, retired, newest.dropped if newest else 0),
        erased=max(erased, newest.erased if newest else 0),
    )
    if newest and before.files is not None and not (newest.is_withdrawal or issue.is_withdrawal):
        issue = _compared(issue, reports, newest, before.files)
    files = {f"{name}.csv": contents[name] for name, file in issue.reports.items() if file.held is None}
    metas = _metas(issue, reports, newest if before.files is not None else None)
    files |= {f"{name}.json": content for name, (_, content) in metas.items() if content}
    attached = attach(issue, reports) if attach else {}
    issue = msgspec.structs.replace(
        issue,
        source=source.condensed(),
        metas={name: file for name, (file, _) in metas.items() if file},
        attachments={name: describe_file(content) for name, content in attached.items()},
    )
    return Draft(issue, source, {**files, **attached})


def _compared(
    issue: Issue, reports: Mapping[str, Report], newest: Issue, earlier: Mapping[str, bytes]
) -> Issue:
    """Fill in what changed since the issue before, and whose copy has what did not."""
    found: dict[str, IssuedFile] = {}
    changes = {
        name: row_changes(decode_report(name, earlier[f"{name}.csv"], is_fed=newest.source.fed), report)
        for name, report in reports.items()
        if name in newest.reports
    }
    for name, file in issue.reports.items():
        before = newest.reports.get(name)
        number = holder(newest, f"{name}.csv")
        is_held = before is not None and before.sha256 == file.sha256
        found[name] = msgspec.structs.replace(file, held=number) if is_held else file
    return msgspec.structs.replace(issue, reports=found, since=newest.number, changes=changes)


def _metas(
    issue: Issue, reports: Mapping[str, Report], newest: Issue | None
) -> dict[str, tuple[IssuedFile | None, bytes]]:
    """The `_meta.json` of each report, as the manifest has it, and its content when it is a new one.

    One that an earlier issue holds together with the CSV is not in the manifest.
    """
    found: dict[str, tuple[IssuedFile | None, bytes]] = {}
    for name, file in issue.reports.items():
        number = holder(newest, f"{name}.json") if newest and file.held is not None else 0
        if newest and number and _is_made_of_same(newest, issue.source, name):
            known = newest.metas.get(name)
            apart = known if number != file.held else None
            found[name] = (msgspec.structs.replace(apart, held=number) if apart else None, b"")
        else:
            content = encode_meta(issue, reports[name])
            found[name] = (describe_file(content), content)
    return found
