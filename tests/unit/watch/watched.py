"""A process for the tests of the terminal: a follower on fakes, and the screen that watches it.

    watched.py FOLDER NOTHING|HANG

On `HANG` the store does not answer any more once the first look is made.
"""

import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from healthtrends import interrupt
from healthtrends.cli.watch.loop import WatchOptions, show_as_lines, show_on_screen
from healthtrends.cli.watch.terminal import is_screen
from healthtrends.ingest.plan import Shard
from healthtrends.observe import configure, guard
from healthtrends.orchestrate.pipeline import Pipeline
from tests.unit.test_cubes import BEFORE, LAST
from tests.unit.test_releasing import OneAge


def main(folder: Path) -> int:
    """Two dates with reports; ten more records come for the last one while it is watched."""
    configure(quiet=True)
    place = OneAge(folder, None)
    place.where = {
        "kafka": {"topic": "patient-records", "bootstrap_servers": "memory"},
        "hdfs": {"url": f"file://{folder}", "root": "/r"},
    }
    place.receive(BEFORE, 12)
    place.receive(LAST, 30)
    place.run([BEFORE, LAST])
    place.settings = replace(place.settings, commit_interval=0.1)

    @contextmanager
    def opened():
        yield Pipeline(place)

    stop = threading.Event()
    follower = threading.Thread(target=lambda: Pipeline(place).ingest(True, Shard(), stop))
    follower.start()
    place.receive(LAST, 10)
    options = WatchOptions(every=0.2, dates=14, max_silence=60.0)
    with interrupt.stop_request() as request:
        if is_screen():
            show_on_screen(opened, options, request)
        else:
            show_as_lines(opened, options, request, print)
    stop.set()
    follower.join()
    place.close()
    return interrupt.EXIT_CODE if request.interrupted else 0


if __name__ == "__main__":
    guard()
    interrupt.install()
    sys.exit(main(Path(sys.argv[1])))
