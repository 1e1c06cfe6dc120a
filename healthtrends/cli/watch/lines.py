"""The screen of `watch` as lines of text. Text of data is spelled out: nothing of it steers the terminal."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from healthtrends.cli.watch.screen import OpenedReport, Screen
from healthtrends.observe import counted
from healthtrends.orchestrate.observation import Observation, ObservedAlarm, ObservedDate
from healthtrends.visible_text import in_one_line

Style = Literal["plain", "head", "chosen", "alarm", "fault", "faint"]

_MOST_ALARMS = 6
_MOST_FAULTS = 6
_LEAST_DATES = 3
_UNKNOWN = "not known"
KEYS = "q quits, up and down choose a date, Enter opens its report, Esc goes back"


class Line(NamedTuple):
    """One line, without what would end it or steer the terminal."""

    text: str
    style: Style = "plain"


def screen_lines(screen: Screen, height: int) -> list[Line]:
    """Give the lines of a terminal of so many lines, never more than these.

    The list of dates takes the room that is left, and follows the chosen one.
    """
    if screen.opened is not None:
        return _report_lines(screen.opened, height)
    if screen.awaits is not None:
        return [Line(f"reading the report of {screen.awaits} ...", "faint")][:height]
    if screen.look is None:
        return [Line("the first look is under way ...", "faint"), Line(KEYS, "faint")][:height]
    head = [*_head(screen.look, screen), *_faults(screen.look, _MOST_FAULTS)]
    alarms = list(_alarms(screen.look, _MOST_ALARMS))
    last = Line(f"{KEYS}; looks every {screen.every:g} s", "faint")
    room = height - len(head) - 1
    dates = _dates(screen, max(_LEAST_DATES, room - len(alarms) - 1))
    return [*[*head, *dates, *alarms][: max(0, height - 1)], last][:height]


def block_lines(screen: Screen) -> Iterator[str]:
    """Give a look as plain lines, for a log or a pipe: everything, and nothing is chosen."""
    look = screen.look
    if look is None:
        return
    yield from (line.text for line in _head(look, screen))
    yield from (line.text for line in _faults(look, len(look.faults)))
    yield from (line.text for line in _dates(replace(screen, chosen=None), len(screen.dates)))
    yield from (line.text for line in _alarms(look, len(look.alarms.alarms) if look.alarms else 0))


def age(since: dt.datetime, now: dt.datetime) -> str:
    """Say how long ago a time is: `4 s`, `3 min`, `5 h`, `2 days`."""
    seconds = max(0, int((now - since).total_seconds()))
    for unit, size in (("s", 1), ("min", 60), ("h", 3600)):
        limit = {"s": 120, "min": 120, "h": 48}[unit]
        if seconds < limit * size:
            return f"{seconds // size} {unit}"
    return counted(seconds // 86_400, "day")


def _head(look: Observation, screen: Screen) -> Iterator[Line]:
    yield _line(f"{look.at:%Y-%m-%d %H:%M:%S} UTC{''.join(_addresses(look.where))}", "head")
    yield _line(f"lag: {_lag(look)}")
    rate = _UNKNOWN if screen.rate is None else f"{screen.rate:,.1f} messages/s stored"
    yield _line(f"rate: {rate}")
    yield _line(f"last commit: {_commit(look)}")


def _addresses(where: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    kafka, hdfs = where.get("kafka"), where.get("hdfs")
    if kafka:
        yield f", topic {kafka['topic']} at {kafka['bootstrap_servers']}"
    if hdfs:
        yield f", root {hdfs['url']}{hdfs['root']}"


def _lag(look: Observation) -> str:
    if look.partitions is None or look.lag is None:
        return _UNKNOWN
    each = ", ".join(f"{part.partition}: {part.lag:,}" for part in look.partitions)
    return counted(look.lag, "message") + (f"; by partition {each}" if each else "; no partition")


def _commit(look: Observation) -> str:
    commit = look.commit
    if commit is None:
        return _UNKNOWN
    if not commit.seq:
        return "none yet"
    since = f", {age(commit.committed_at, look.at)} ago" if commit.committed_at else ""
    return f"{commit.seq:,}{since}; {counted(commit.records, 'message')} stored, {commit.rejects:,} rejected"


def _faults(look: Observation, most: int) -> Iterator[Line]:
    if not look.faults:
        yield Line("faults: none")
        return
    for fault in look.faults[:most]:
        yield _line(f"fault: {fault}", "fault")
    if len(look.faults) > most:
        yield Line(f"and {counted(len(look.faults) - most, 'more fault')}", "fault")


def _dates(screen: Screen, room: int) -> list[Line]:
    """Lines of the dates with a title: at most `room` dates, the chosen one among them."""
    look, dates = screen.look, screen.dates
    if look is None or look.dates is None:
        return [Line(f"dates: {_UNKNOWN}")]
    title = f"dates: the newest {len(dates)} of {look.all_dates:,}" if dates else "dates: none yet"
    place = next((place for place, each in enumerate(dates) if each.date == screen.chosen), 0)
    first = max(0, min(place - room // 2, len(dates) - room))
    return [Line(title), *_date_lines(dates[first : first + room], screen.chosen)]


def _date_lines(dates: Sequence[ObservedDate], chosen: dt.date | None) -> Iterator[Line]:
    for each in dates:
        state = each.state + (f" until {each.provisional_until}" if each.provisional_until else "")
        issue = f"issue {each.issue}" if each.issue else "no issue"
        mark = ">" if each.date == chosen else " "
        yield _line(
            f"{mark} {each.date}  {state:28}  {issue:9}  {counted(each.records, 'record')}",
            "chosen" if each.date == chosen else "plain",
        )


def _alarms(look: Observation, most: int) -> Iterator[Line]:
    found = look.alarms
    if found is None:
        yield Line(f"alarms: {_UNKNOWN}")
        return
    if found.date is None:
        yield Line("alarms: none is published")
        return
    count = counted(len(found.alarms), "alarm") if found.alarms else "none"
    yield Line(f"alarms of {found.date}, issue {found.issue}: {count}")
    for each in found.alarms[:most]:
        yield _alarm(each)
    if len(found.alarms) > most:
        yield Line(f"  and {len(found.alarms) - most} more: `healthtrends alarms {found.date}`")


def _alarm(alarm: ObservedAlarm) -> Line:
    counts = f"{alarm.observed} patients, expected {alarm.expected or _UNKNOWN}"
    return _line(f"  {alarm.severity:8}  {alarm.code}  {alarm.title}: {counts}", "alarm")


def _report_lines(report: OpenedReport, height: int) -> list[Line]:
    if report.problem:
        return [_line(report.title, "head"), _line(report.problem, "fault"), _back(0, 0)][:height]
    widths = [max(map(len, column)) for column in zip(report.header, *report.rows, strict=True)]
    room = max(1, height - 3)
    shown = report.rows[report.first : report.first + room]
    rows = [_line(_row(row, widths)) for row in shown]
    last = _back(len(report.rows), report.first + len(shown))
    return [_line(report.title, "head"), _line(_row(report.header, widths)), *rows, last][:height]


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """The first cell to the left, numbers to the right."""
    first, *others = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join([first.strip().ljust(widths[0]), *others])


def _back(rows: int, shown: int) -> Line:
    more = f"to row {shown} of {rows}, up and down scroll; " if rows else ""
    return Line(f"{more}Esc goes back, q quits", "faint")


def _line(text: str, style: Style = "plain") -> Line:
    return Line(in_one_line(text), style)
