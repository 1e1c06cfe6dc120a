"""Log events: a fixed dotted name and named fields, handed to every sink.

The log for a person is `2025-12-22T12:00:01Z commit.done seq=5 lines=100`; `--quiet` has none. With
`--log-format json` JSON lines take its place, one object with `time`, `event` and the fields, which `--quiet`
leaves alone. A field says where or how many, never what a patient's record holds.
"""

import datetime as dt
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from healthtrends import clock
from healthtrends.visible_text import visible

LogFormat = Literal["plain", "json"]


@dataclass(frozen=True, slots=True)
class Mode:
    """How much is said and in which form; chosen once by the command line."""

    quiet: bool = False  # no log and no progress on the terminal; errors are still printed
    verbose: bool = False  # debug events as well
    json: bool = False  # one JSON document on stdout, so the log is JSON lines too
    log_format: LogFormat = "plain"

    @property
    def logs_json(self) -> bool:
        """Whether stderr has JSON lines: events, progress among them, and never a bar."""
        return self.log_format == "json" or (self.json and not self.quiet)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""

    time: dt.datetime
    name: str
    fields: Mapping[str, object]
    is_debug: bool = False


class Sink(Protocol):
    """Where events go. One that raises gets no more of them; it must not keep the caller waiting."""

    def write(self, event: Event) -> None:
        """Take one event, from any thread."""
        ...


class _PlainLines:
    """The log for a person, on stderr."""

    def write(self, event: Event) -> None:
        words = (f"{key}={_shown(value)}" for key, value in event.fields.items())
        write_line(" ".join([stamp(event.time), event.name, *words]))


class _JsonLines:
    """The log for a program, on stderr."""

    def write(self, event: Event) -> None:
        record = {"time": event.time.isoformat(), "event": event.name, **event.fields}
        write_line(visible(json.dumps(record, default=str, ensure_ascii=False)))


class _State:
    """The process-wide mode and sinks, and the writer of the bar that is on screen, if any."""

    def __init__(self) -> None:
        self.mode = Mode()
        self.log: Sink | None = _PlainLines()
        self.others: tuple[Sink, ...] = ()
        self.above_bar: Callable[[str], None] | None = None
        self.lock = threading.RLock()


STATE = _State()


def configure(
    *, quiet: bool = False, verbose: bool = False, json: bool = False, log_format: LogFormat = "plain"
) -> Mode:
    """Set the mode for the whole process and return it. `quiet` wins over `verbose`."""
    mode = Mode(quiet, verbose and not quiet, json, log_format)
    STATE.mode = mode
    STATE.log = _JsonLines() if mode.logs_json else None if quiet else _PlainLines()
    return mode


def mode() -> Mode:
    """Return the mode of the process, for a process that it starts."""
    return STATE.mode


@contextmanager
def attached(sink: Sink) -> Iterator[None]:
    """Hand all events to one more sink for a while, debug events too, whatever the log shows."""
    STATE.others = (*STATE.others, sink)
    try:
        yield
    finally:
        _detach(sink)


def _detach(sink: Sink) -> None:
    STATE.others = tuple(other for other in STATE.others if other is not sink)


def event(name: str, **fields: object) -> None:
    """Hand an event to the sinks, e.g. `event("commit.done", seq=5, lines=100)`.

    A log shows values by `str`; the plain one puts a value with blanks or quotes in quotes.
    """
    _emit(Event(clock.wall(), name, fields))


def debug_event(name: str, **fields: object) -> None:
    """As `event`, but the log shows it only with `-v`."""
    if STATE.mode.verbose or STATE.others:
        _emit(Event(clock.wall(), name, fields, is_debug=True))


def measure(name: str, **fields: object) -> None:
    """Hand numbers to the attached sinks, and to no log, e.g. `measure("ingest.position", lag=5)`."""
    if STATE.others:
        _hand_over(Event(clock.wall(), name, fields, is_debug=True))


def is_measured() -> bool:
    """Whether any sink takes numbers: only then is it worth asking a server for them."""
    return bool(STATE.others)


def _emit(emitted: Event) -> None:
    if STATE.log is not None and (STATE.mode.verbose or not emitted.is_debug):
        STATE.log.write(emitted)
    _hand_over(emitted)


def _hand_over(emitted: Event) -> None:
    for sink in STATE.others:
        try:
            sink.write(emitted)
        except Exception as error:  # noqa: BLE001  told, and not asked again; the work goes on
            _detach(sink)
            event("log.sink_failed", sink=type(sink).__name__, kind=type(error).__name__)


def write_line(text: str) -> None:
    """Write one whole line to stderr, above the bar when one is shown."""
    with STATE.lock:
        if STATE.above_bar is not None:
            STATE.above_bar(text)
            return
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def stamp(time: dt.datetime) -> str:
    """Return a time as `2025-12-22T12:00:01Z`, for the head of a plain line."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(value: object) -> str:
    """One word, so that a line can be split at its blanks."""
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    if text and text.isprintable() and not any(sign in text for sign in ' "='):
        return text
    return visible(json.dumps(text, ensure_ascii=False))
