"""Delivery of events: a file, and a server by HTTP, beside the work of the command.

Best effort: what fails is one line in the log and a number in the metrics, and never fails the command.
"""

import errno
import http.client
import os
import queue
import threading
import urllib.error
import urllib.request
from pathlib import Path

from healthtrends.adapters.http_opener import NoRedirect, opener_for
from healthtrends.config import expanded
from healthtrends.config.lineage import Lineage
from healthtrends.observe import event, measure


class EventSender:
    """Sends one event after the other in a thread, which a server that hangs keeps to itself."""

    def __init__(self, settings: Lineage) -> None:
        self._settings = settings
        self._events: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._given = self._sent = 0
        self._is_warned = self._is_closed = False
        self._thread = threading.Thread(target=self._work, name="lineage", daemon=True)
        self._thread.start()

    def send(self, content: bytes) -> None:
        """Queue an event; returns at once."""
        self._given += 1
        self._events.put(content)

    def close(self) -> None:
        """Wait for what is on its way, at most `lineage.timeout`; what did not arrive by then is lost."""
        self._events.put(None)
        self._thread.join(self._settings.timeout)
        with self._lock:
            self._is_closed = True
        lost = self._given - self._sent
        if lost:
            self._warn("the time was up")
        measure("lineage.delivered", sent=self._sent, lost=lost)

    def _work(self) -> None:
        while (content := self._events.get()) is not None:
            if not self._delivered(content):
                continue
            with self._lock:
                if self._is_closed:
                    return
                self._sent += 1

    def _delivered(self, content: bytes) -> bool:
        """Whether each place took it; the file is not kept waiting by the server."""
        settings = self._settings
        try:
            if settings.file:
                append_line(expanded(settings.file), content)
            if settings.endpoint:
                post(settings, content)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._warn(reason_of(error))
            return False
        return True

    def _warn(self, reason: str) -> None:
        """Say once that something is lost; the metrics count how much."""
        with self._lock:
            is_first, self._is_warned = not self._is_warned, True
        if is_first:
            event("lineage.not_sent", reason=reason, next="the command goes on; see docs/how-to/lineage.md")


def append_line(path: Path, content: bytes) -> None:
    """Put a line behind those of the file, which is made for this user alone. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb", buffering=0) as file:
        line = content + b"\n"
        if file.write(line) != len(line):  # in one call, as other commands may write too
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def post(settings: Lineage, content: bytes) -> None:
    """Send an event. Raises OSError, ValueError, HTTPException."""
    _open(_request(settings, content), settings.timeout)


def ask(settings: Lineage) -> int:
    """Ask the server without sending anything, and return the status of its answer. Raises as `post`."""
    try:
        return _open(_request(settings, None), settings.timeout)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def _request(settings: Lineage, content: bytes | None) -> urllib.request.Request:
    headers = {"Content-Type": "application/json", "User-Agent": "healthtrends"}
    if settings.token:
        headers["Authorization"] = f"Bearer {settings.token}"
    # The setting admits http and https only, so no file: URL gets here.
    return urllib.request.Request(settings.endpoint or "", content, headers)  # noqa: S310


def _open(request: urllib.request.Request, timeout: float) -> int:
    with opener_for(request.host, NoRedirect()).open(request, timeout=timeout) as answer:
        status: int = answer.status
        return status


def reason_of(error: Exception) -> str:
    """Why an event was not taken, in few words."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return f"HTTP {error.code}"
    return str(getattr(error, "reason", "") or getattr(error, "strerror", "") or type(error).__name__)
