"""Checks of `verify`: the log and the files prove that nothing is lost, doubled, cut or unexpected.

    chain    above the newest snapshot: the numbers have no hole; each commit begins at the offsets where the
             one before ended, was written by the owner of its partitions, and its files come from the offsets
             it moved; offsets moved = messages + recorded as without a message; maintenance only moves
             lines
    links    each manifest holds the hash of the one before, as far back as they are kept, and of the snapshot
             that its writer knew; each snapshot holds the hash of its manifest
    snapshot the newest one, made once more from the one before and the manifests between, is what it says
    totals   over everything: offsets covered = messages stored + rejected + accepted as lost + without a
             message, by reason; each rejected message is a line of quarantine, each stored one of the data
    ranges   of the live files of a date no two come from the same offset, so no message is there twice
    files    each live file exists once with the length, lines, CRC-32 and SHA-256 that were committed
    strays   nothing else lies in the data folders
    annotations  each remark on outbreaks and alarms says who and when, and what it refers to is there
    witnesses, expect  no run record, and no head named by the caller, knows a commit that the log has not

Other writers go on meanwhile; everything is checked at the number that was the newest at the start.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from healthtrends.errors import DamageFound, NothingHere
from healthtrends.observe import Bar
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.verify.annotations import check_annotations
from healthtrends.storage.verify.chain import check_chain
from healthtrends.storage.verify.files import check_files, find_problem
from healthtrends.storage.verify.findings import Days, Finding, failed, is_selected, passed, unreadable_state
from healthtrends.storage.verify.links import check_links
from healthtrends.storage.verify.newest_snapshot import check_snapshot
from healthtrends.storage.verify.totals import check_ranges, check_totals
from healthtrends.storage.verify.unexpected_files import check_unexpected_files
from healthtrends.storage.verify.witnesses import (
    Witness,
    check_expected,
    check_witnesses,
    find_contradiction,
    parse_witness,
)

__all__ = [
    "Days",
    "Finding",
    "Proof",
    "Witness",
    "catch_damage",
    "failed",
    "find_contradiction",
    "find_problem",
    "is_selected",
    "parse_witness",
    "passed",
    "prove",
    "verify",
]


class Proof(NamedTuple):
    """Findings of `verify`, and the state that was checked."""

    findings: list[Finding]
    state: State
    """State that was checked; the empty state when the log cannot be read."""


def verify(log: CommitLog, days: Days | None = None, bar: Bar | None = None) -> list[Finding]:
    """Check the log, and the files of all dates or of some; one finding a check, or one a fault.

    Raises NothingHere for a root without a log, HdfsUnavailable.
    """
    return prove(log, days, bar).findings


def prove(
    log: CommitLog,
    days: Days | None = None,
    bar: Bar | None = None,
    witnesses: Iterable[Witness] = (),
    expect: Witness | None = None,
) -> Proof:
    """Do what `verify` does, and compare with those who saw the log before."""
    try:
        state = log.read_state()
    except DamageFound as damage:
        return Proof([unreadable_state("chain", damage)], State())
    seen = list(witnesses)
    if not state.seq and not any(witness.seq for witness in seen):
        _refuse_nothing(log, expect)
    with suppress(DamageFound):  # a file that is nowhere; the check of the files names it
        log.roll_forward(state)
    whole = days is None
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "chain": lambda: check_chain(log, state),
        "links": lambda: check_links(log, state, whole=whole),
        "snapshot": lambda: check_snapshot(log, state) if whole else iter(()),
        "totals": lambda: check_totals(state),
        "ranges": lambda: check_ranges(state, days),
        "files": lambda: check_files(log, state, days, bar),
        "strays": lambda: check_unexpected_files(log, state, days),
        "annotations": lambda: check_annotations(state) if whole else iter(()),
        "witnesses": lambda: check_witnesses(log, state, seen) if seen else iter(()),
        "expect": lambda: check_expected(log, state, expect) if expect else iter(()),
    }
    return Proof([finding for name, check in checks.items() for finding in catch_damage(name, check)], state)


def _refuse_nothing(log: CommitLog, expect: Witness | None) -> None:
    """Raise NothingHere, unless something of a log that was there is left, or one is expected."""
    place = log.layout
    left = [path for path in (place.records, place.rejects, place.issued_dates) if log.store.list(path)]
    if not left and expect is None:
        raise NothingHere(
            f"there is nothing to verify: no commit lies under {place.root}",
            "the root is new, mistyped or deleted",
            "check hdfs.url and hdfs.root",
        )


def catch_damage(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield the findings of a check; DamageFound ends it and becomes one more finding."""
    try:
        yield from check()
    except DamageFound as damage:
        yield unreadable_state(name, damage)
