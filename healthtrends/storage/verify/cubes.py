"""Check of the cubes that the log has recorded, and of their tables for other programs."""

import datetime as dt
from collections.abc import Iterable, Iterator

from healthtrends import clock
from healthtrends.observe import counted
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import RecordedCube
from healthtrends.storage.verify.findings import Days, Finding, failed, is_selected, passed

_AT_ONCE = 4
# A run that replaces a cube records it with its issue, within that time.
_PAUSE = 5.0


def check_cubes(log: CommitLog, shown: Iterable[str], days: Days | None = None) -> Iterator[Finding]:
    """Each recorded cube exists and is what was written. Raises HdfsUnavailable."""
    names = tuple(shown)
    bad = {date: faults for date, faults in _all_faults(log, names, days) if faults}
    if bad:
        clock.sleep(_PAUSE)
        bad = {date: faults for date, faults in _all_faults(log, names, days) if faults and date in bad}
    for date, faults in bad.items():
        for path, problem in faults:
            yield failed("cubes", problem, f"healthtrends run {date}", path, date)
    known = [date for date in log.read_state(since=log.newest_seen).cubes if is_selected(date, days)]
    if known and not bad:
        yield passed("cubes", f"{counted(len(known), 'cube')} as the log has on record")


def _all_faults(
    log: CommitLog, shown: tuple[str, ...], days: Days | None
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    cubes, recorded = Cubes(log.pool, log.layout), log.read_state(since=log.newest_seen).cubes
    dates = [date for date in recorded if is_selected(date, days)]
    looked = log.pool.stream(
        lambda date: cube_faults(cubes, log.layout, date, recorded[date], shown), dates, _AT_ONCE
    )
    return zip(dates, looked, strict=True)


def cube_faults(
    cubes: Cubes, layout: Layout, date: str, recorded: RecordedCube, shown: tuple[str, ...]
) -> list[tuple[str, str]]:
    """Files of the cube on record that are not what was written, with what is wrong.

    A cube in its place that is not on record is a fault too: somebody made it up, or a run died before it
    could record it; the next run makes one anew, and records it.
    """
    day = dt.date.fromisoformat(date)
    heads = cubes.heads(day)
    ours = [head for head, sha256 in heads if (head.attempt, sha256) == recorded]
    if ours:
        return cubes.wrong(ours[0], [name for name in shown if name in ours[0].tables])
    if any(head.attempt == recorded[0] for head, _ in heads):
        return [(layout.cubes(day), "the cube on record was changed")]
    return [
        (
            layout.cubes(day),
            "the log has another cube on record" if heads else "the cube on record is missing",
        )
    ]
