"""Shows looks as they come, on a screen or as plain lines, until a key or a signal ends it."""

import queue
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from healthtrends.cli.watch.lines import block_lines, screen_lines
from healthtrends.cli.watch.looks import Found, Looks, OpenPipeline
from healthtrends.cli.watch.screen import OpenedReport, Screen
from healthtrends.cli.watch.terminal import Waker, opened_terminal
from healthtrends.interrupt import StopRequest
from healthtrends.observe import has_lost_reader
from healthtrends.orchestrate.observation import Observation
from healthtrends.orchestrate.observer import HaltedPartitions

_TURN_SECONDS = 0.5
"""A signal is seen at the next turn at the latest."""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What is looked at, and how often."""

    every: float
    dates: int
    max_silence: float
    """Seconds that a partition with messages may stand."""


def show_on_screen(open_pipeline: OpenPipeline, options: WatchOptions, request: StopRequest) -> bool:
    """Draw each look and answer to keys; whether the connections could be closed at the end."""
    found: queue.SimpleQueue[Found] = queue.SimpleQueue()
    waker = Waker()

    def notify(each: Found) -> None:
        found.put(each)
        waker.wake()

    looks = _looks(open_pipeline, options, notify)
    screen = Screen(options.every)
    with opened_terminal(waker) as terminal:
        looks.start()
        while not request.event.is_set():
            for each in _taken(found):
                screen = _applied(screen, each)
            terminal.draw(screen_lines(screen, terminal.height))
            for key in terminal.keys(_TURN_SECONDS):
                if key == "quit":
                    request.event.set()
                before, screen = screen.awaits, screen.pressed(key)
                if screen.awaits is not None and screen.awaits != before:
                    looks.read(screen.awaits)
    return looks.end()


def show_as_lines(
    open_pipeline: OpenPipeline, options: WatchOptions, request: StopRequest, write: Callable[[str], None]
) -> bool:
    """Write a block of lines for each look; whether the connections could be closed at the end."""
    found: queue.SimpleQueue[Found] = queue.SimpleQueue()
    looks, screen = _looks(open_pipeline, options, found.put), Screen(options.every)
    looks.start()
    while not (request.event.is_set() or has_lost_reader()):
        for each in _taken(found, _TURN_SECONDS):
            screen = _applied(screen, each)
            for line in block_lines(screen):
                write(line)
            write("")
        sys.stdout.flush()  # a pipe is read while this goes on
    return looks.end()


def _looks(open_pipeline: OpenPipeline, options: WatchOptions, notify: Callable[[Found], None]) -> Looks:
    halted = HaltedPartitions(options.max_silence)
    return Looks(open_pipeline, halted, options.dates, options.every, notify)


def _taken(found: "queue.SimpleQueue[Found]", seconds: float = 0.0) -> Iterator[Found]:
    """Give all that was found, waiting so long for the first."""
    try:
        yield found.get(timeout=seconds) if seconds else found.get_nowait()
        while True:
            yield found.get_nowait()
    except queue.Empty:
        return


def _applied(screen: Screen, found: Found) -> Screen:
    """Take what the thread found. Raises what no look can mend."""
    if isinstance(found, Observation):
        return screen.looked(found)
    if isinstance(found, OpenedReport):
        return screen.read(found)
    raise found
