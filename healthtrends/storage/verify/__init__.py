"""Proof, from the log and the files, that nothing is lost, doubled, cut or strange.

    chain    above the newest snapshot: the numbers have no hole; each commit begins at the offsets where the
             one before ended, was written by the owner of its partitions, and its files come from the offsets
             it moved; offsets moved = messages + recorded as without a message
    totals   over everything: offsets covered = messages stored + rejected + accepted as lost + without a
             message, by reason; each rejected message is a line of quarantine, each stored one of the data
    ranges   of the live files of a date no two come from the same offset, so no message is there twice
    files    each live file exists once with the length, lines and CRC-32 that were committed
    strays   nothing else lies in the data folders

The snapshot is taken at its word: what lies below it was checked by the same sums when it lay above, and its
files are checked as all others are. Work of other writers goes on meanwhile; everything is judged at the
number that was the newest at the start.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from healthtrends.errors import DamageFound
from healthtrends.observe import Bar
from healthtrends.storage.log import CommitLog
from healthtrends.storage.verify.chain import check_chain
from healthtrends.storage.verify.files import check_files, problem_of
from healthtrends.storage.verify.findings import Days, Finding, broken, failed, is_asked, passed
from healthtrends.storage.verify.strays import check_strays
from healthtrends.storage.verify.totals import check_ranges, check_totals

__all__ = ["Days", "Finding", "failed", "guarded", "is_asked", "passed", "problem_of", "verify"]


def verify(log: CommitLog, days: Days | None = None, bar: Bar | None = None) -> list[Finding]:
    """Check the log, and the files of all dates or of some; one finding a check, or one a fault.

    Raises HdfsUnavailable.
    """
    try:
        state = log.read_state()
    except DamageFound as damage:
        return [broken("chain", damage)]
    with suppress(DamageFound):  # a file that is nowhere; the check of the files names it
        log.roll_forward(state)
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "chain": lambda: check_chain(log, state),
        "totals": lambda: check_totals(state),
        "ranges": lambda: check_ranges(state, days),
        "files": lambda: check_files(log, state, days, bar),
        "strays": lambda: check_strays(log, state, days),
    }
    return [finding for name, check in checks.items() for finding in guarded(name, check)]


def guarded(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Findings of a check; state of the pipeline that cannot be read ends it with one more."""
    try:
        yield from check()
    except DamageFound as damage:
        yield broken(name, damage)
