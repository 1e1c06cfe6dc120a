"""`verify --since`: proves the commits behind a stored witness, and the files that they brought.

    since    the log still has the commit of the witness
    links    each later manifest holds the hash of the one before, from that of the witness on
    chain    each follows from the state before it; the state of the log is what they come to
    files, ranges, strays    of what they brought, and of the dates that they touched

What the witness proved is not looked at again, and the finding `since` says so.
"""

from collections.abc import Iterator
from typing import NamedTuple

from healthtrends.errors import DamageFound, UsageError
from healthtrends.observe import Bar, counted
from healthtrends.storage.log import CommitLog
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.verify.chain import wrong_commit
from healthtrends.storage.verify.files import check_content
from healthtrends.storage.verify.findings import Finding, failed, passed
from healthtrends.storage.verify.newest_snapshot import wrong_sums
from healthtrends.storage.verify.stored_witness import StoredWitness
from healthtrends.storage.verify.totals import check_ranges
from healthtrends.storage.verify.unexpected_files import check_unexpected_files
from healthtrends.storage.verify.witnesses import Witness, find_contradiction

_REPAIR = "compare `_ht/log` with a backup of the root; do not ingest before"


class News(NamedTuple):
    """What came since a witness."""

    findings: list[Finding]
    state: State
    dates: frozenset[str]
    """Dates of records, issues, releases and cubes that the commits touched."""


def prove_since(log: CommitLog, witness: StoredWitness, bar: Bar | None) -> News:
    """Prove what is new. Raises UsageError when the commit of the witness is pruned, HdfsUnavailable."""
    state = log.read_state()
    fault = find_contradiction(log, state, Witness(witness.seq, witness.sha256))
    if fault:
        return News([failed("since", fault.replace("it names", "proved was"), _REPAIR)], state, frozenset())
    if log.sha256_of(witness.seq) is None:
        raise UsageError(
            f"commit {witness.seq}, which the last proof is of, is pruned",
            "",
            "`healthtrends verify` looks at all",
        )
    try:
        log.roll_forward(state)
        new = _Commits(log, witness)
        faults = list(new.check(state))
    except (DamageFound, FileNotFoundError) as damage:
        return News([failed("chain", str(damage), _REPAIR)], state, frozenset())
    number = state.seq - witness.seq
    findings = faults or [
        passed("chain", f"{counted(number, 'commit')} since {witness.seq}, linked and in order")
    ]
    files = [file for file in new.files if state.is_live(file.dst)]
    dates = frozenset(new.dates)
    findings += check_content(log, state, files, bar)
    findings += check_ranges(state, frozenset(new.record_dates))
    findings += check_unexpected_files(log, state, frozenset(new.record_dates))
    return News([*findings, passed("since", _left_out(state, witness, len(files)))], state, dates)


def _left_out(state: State, witness: StoredWitness, looked_at: int) -> str:
    indexes = (state.files, state.reject_files, state.fact_files)
    files = sum(index.count(day) for index in indexes for day in index)
    whole = (
        ""
        if witness.whole_seq == witness.seq
        else f"; all was looked at last at commit {witness.whole_seq}, {witness.whole_at}"
    )
    older = counted(files - looked_at, "file")
    return (
        f"commits to {witness.seq} were proved at {witness.verified_at}, and {older}"
        f" of them, their issues and their cubes are not looked at again{whole}"
    )


class _Commits:
    """The commits behind a witness."""

    def __init__(self, log: CommitLog, witness: StoredWitness) -> None:
        self._log = log
        self._witness = witness
        self.files: list[StagedFile] = []
        self.record_dates: set[str] = set()
        self.dates: set[str] = set()

    def check(self, state: State) -> Iterator[Finding]:
        """Fold them onto the state that was proved, and compare with the newest."""
        log, witness = self._log, self._witness
        base = max((seq for seq in log.snapshots.numbers() if seq <= witness.seq), default=0)
        at = log.rebuilt(base, witness.seq)
        before, sealed = witness.sha256, False
        for manifest, sha256, is_sealed in log.pool.map(
            log.read_stored, range(witness.seq + 1, state.seq + 1)
        ):
            path = log.layout.commit(manifest.seq)
            if manifest.previous != before:
                yield failed("links", "it was made on another content of the commit before it", _REPAIR, path)
            if is_sealed is False or (sealed and is_sealed is None):
                yield failed("links", "it is not sealed with the key, as it should be", _REPAIR, path)
            yield from wrong_commit(log, at, manifest)
            at, before, sealed = at.after(manifest, sha256), sha256, sealed or bool(is_sealed)
            self.files += manifest.placed
            touched = {file.date for file in manifest.add} | {_day(name) for name in manifest.remove}
            self.record_dates |= touched & set(state.dates)
            self.dates |= {*touched, *manifest.issues, *manifest.cubes, *manifest.released}
        for fault in wrong_sums(at, state):
            yield failed("snapshot", f"the newest state: {fault}", _REPAIR)


def _day(path: str) -> str:
    return path.rpartition("/")[0].rpartition("=")[2]
