"""Check of computed records: all are computed again from all facts, and compared with what is stored."""

import tempfile
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from healthtrends.observe import SilentBar, counted
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.verify import Finding, failed, passed
from healthtrends.visits.differences import fill
from healthtrends.visits.fact_reader import FactReader
from healthtrends.visits.resolve import add_stored, fact_files, has_visits
from healthtrends.visits.workspace import Workspace

_REPAIR = "healthtrends resolve --rebuild"


def check_visits(log: CommitLog, state: State) -> Iterator[Finding]:
    """Records and counts of all dates are what the facts of the resolved files come to.

    Nothing for a log without facts and records of any. Raises DamageFound.
    """
    if not has_visits(state):
        return
    files = [file for file in fact_files(state) if file.dst not in state.unresolved]
    faults: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="facts-") as folder, Workspace(Path(folder)) as workspace:
        fill(workspace, FactReader(log), [], files, SilentBar())
        add_stored(log, state, workspace)
        for date, changes in groupby(workspace.changes(), attrgetter("date")):
            numbers = [change.number for change in changes]
            missing, more = sum(n for n in numbers if n > 0), -sum(n for n in numbers if n < 0)
            faults[date] = f"{counted(missing, 'record')} missing, {more:,} too many"
        for date, counts in workspace.counts.items():
            if date and any(counts.values()):
                faults.setdefault(date, "its counts are not those of the facts")
    for date, fault in sorted(faults.items()):
        detail = f"the records of {date} are not those of its facts: {fault}"
        yield failed("visits", detail, _REPAIR, date=date)
    if not faults:
        facts = sum(file.lines for file in files)
        waiting = sum(file.lines for file in fact_files(state)) - facts
        late = f"; {waiting:,} wait for the next run" if waiting else ""
        yield passed("visits", f"{counted(facts, 'fact')}, and the records are what they come to{late}")
