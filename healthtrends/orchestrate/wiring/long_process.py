"""A long process and its monitors: `/metrics`, `/healthz`, `/readyz`, a touched file, the service manager."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from healthtrends.adapters import service_manager
from healthtrends.adapters.allocator import keep_few_heaps
from healthtrends.config import Settings, expanded
from healthtrends.listen_address import Where, bind_address, is_loopback, listen, shown_address
from healthtrends.observe import attached, event
from healthtrends.orchestrate.health import LoopHealth, Readiness
from healthtrends.orchestrate.preflight import Check

if TYPE_CHECKING:
    from healthtrends.adapters.operations_server import Page, Pages

_WHERE = Where("metrics.listen", "healthtrends ingest --follow", "in metrics.listen", "127.0.0.1:9478")
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_KEEP_SECONDS = 1.0  # how often file and service manager hear that all is well
_READY_SECONDS = 5.0  # how often servers are asked whether they are ready


class LongProcess:
    """Tells monitors how the process is."""

    def __init__(self, health: LoopHealth, file: Path | None, *, is_watched: bool) -> None:
        """Touch `file`; `is_watched`: somebody wants to know at all."""
        self._health = health
        self._file = file
        self._is_watched = is_watched
        self._readiness = Readiness({})
        self._closed = threading.Event()
        self._keeper: threading.Thread | None = None

    def begin(self, checks: Mapping[str, Check], stop: threading.Event) -> None:
        """Tell from now on; ready once the loop has turned and all `checks` pass. `stop` ends the work."""
        if not self._is_watched:
            return
        self._readiness = Readiness(checks)
        threading.Thread(target=self._look, name="readiness", daemon=True).start()
        self._keeper = threading.Thread(target=self._keep, args=(stop,), name="health", daemon=True)
        self._keeper.start()

    def close(self) -> None:
        """Tell nothing any more; a look that waits for a server is left behind."""
        self._closed.set()
        if self._keeper is not None:
            self._keeper.join()

    def healthy(self) -> "Page":
        """The answer of `/healthz`."""
        return _answer(self._health.faults())

    def ready(self) -> "Page":
        """The answer of `/readyz`."""
        return _answer(self._missing())

    def _missing(self) -> list[str]:
        begun = [] if self._health.has_begun else ["the main loop has not begun"]
        return [*begun, *self._health.faults(), *self._readiness.faults()]

    def _look(self) -> None:
        while not self._closed.is_set():
            self._readiness.look()
            self._closed.wait(_READY_SECONDS)

    def _keep(self, stop: threading.Event) -> None:
        limit = service_manager.watchdog_seconds()
        pause = min(_KEEP_SECONDS, limit / 3) if limit else _KEEP_SECONDS
        is_known_ready = is_stopping = False
        while not self._closed.is_set():
            if stop.is_set() and not is_stopping:
                is_stopping = True
                service_manager.notify("STOPPING=1")
            if not self._health.faults():
                self._touch()
                service_manager.notify("WATCHDOG=1")
            if not is_known_ready and not self._missing():
                is_known_ready = True
                service_manager.notify("READY=1")
            (self._closed if is_stopping else stop).wait(pause)

    def _touch(self) -> None:
        if self._file is None:
            return
        try:
            self._file.touch()
        except OSError as error:
            event("health.file_not_touched", path=str(self._file), reason=error.strerror or "")
            self._file = None


@contextmanager
def watched(settings: Settings, beat: str, note: Callable[[str], None]) -> Iterator[LongProcess]:
    """Open what the settings and the environment ask for; nobody is told before `begin`.

    `beat`: event of a turn of the main loop. Raises ConfigError when `metrics.listen` cannot be used.
    """
    keep_few_heaps()
    address, file = settings.metrics.listen, settings.health.file
    health = LoopHealth(beat, settings.health.max_silence, settings.ingest.commit_interval)
    is_watched = bool(address or file or service_manager.is_there())
    process = LongProcess(health, expanded(file) if file else None, is_watched=is_watched)
    if not is_watched:
        yield process
        return
    with attached(health):
        try:
            if address is None:
                yield process
            else:
                with _served(address, process, note):
                    yield process
        finally:
            process.close()


@contextmanager
def _served(address: str, process: LongProcess, note: Callable[[str], None]) -> Iterator[None]:
    from healthtrends.adapters.operations_server import Page, serving
    from healthtrends.adapters.prometheus.sink import MetricsSink

    sink = MetricsSink()
    pages: Pages = {
        "/metrics": lambda: Page(sink.samples.text(), _TEXT),
        "/healthz": process.healthy,
        "/readyz": process.ready,
    }
    with bind_address(address, _WHERE) as bound, attached(sink):
        listen(bound, _WHERE)
        _say_where(bound, note)
        with serving(bound, pages):
            yield


def _say_where(bound: socket.socket, note: Callable[[str], None]) -> None:
    address = shown_address(bound)
    if not is_loopback(bound):
        note(
            f"warning: {address} is open to other machines: whoever reaches it can read the metrics\n"
            "  next: Let only the monitoring reach it, or set metrics.listen to an address of loopback."
        )
    event("metrics.listening", address=address)


def _answer(faults: list[str]) -> "Page":
    from healthtrends.adapters.operations_server import Page

    content = json.dumps({"ok": not faults, "faults": faults}) + "\n"
    status = HTTPStatus.SERVICE_UNAVAILABLE if faults else HTTPStatus.OK
    return Page(content.encode(), "application/json", status)
