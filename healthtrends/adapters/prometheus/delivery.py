"""Delivery of a command's metrics at its end: a file for node_exporter, and a Pushgateway.

Best effort: a failure is one line in the log and never fails the command.
"""

import fcntl
import http.client
import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import pushadd_to_gateway

from healthtrends.adapters.http_opener import opener_for
from healthtrends.adapters.prometheus.samples import Samples
from healthtrends.observe import event

_PUSH_SECONDS = 10.0
_READABLE = 0o644
"""Another user's node_exporter reads the file; it holds nothing that is secret."""


def write_textfile(path: Path, samples: Samples) -> None:
    """Join the samples with those of the file, and put the new file in its place at once."""
    try:
        with _locked(path):
            _join_earlier(path, samples)
            _replace(path, samples.text())
    except OSError as error:
        event("metrics.not_written", path=str(path), reason=error.strerror or type(error).__name__)


def push(gateway: str, job: str, samples: Samples) -> None:
    """Send the samples; metrics that are not among them stay as they are there."""
    try:
        pushadd_to_gateway(
            gateway, job=job, registry=samples.registry(), timeout=_PUSH_SECONDS, handler=_sender
        )
    except (OSError, ValueError, http.client.HTTPException) as error:
        event("metrics.not_pushed", reason=str(getattr(error, "reason", "") or type(error).__name__))


def _join_earlier(path: Path, samples: Samples) -> None:
    try:
        samples.join(path.read_text("utf-8"))
    except FileNotFoundError:
        return
    except ValueError as error:  # not UTF-8, or not of this form
        event("metrics.begun_anew", path=str(path), reason=type(error).__name__)


def _replace(path: Path, content: bytes) -> None:
    """Write beside, under a name that the collector passes over, then rename."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as file:
            os.fchmod(file.fileno(), _READABLE)
            file.write(content)
        aside.replace(path)
    finally:
        with suppress(FileNotFoundError):
            aside.unlink()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one command at a time read and replace the file; the lock ends with the process."""
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _sender(
    url: str, method: str, timeout: float | None, headers: list[tuple[str, str]], data: bytes
) -> Callable[[], None]:
    def send() -> None:
        # The setting admits http and https only, so no file: URL gets here.
        request = urllib.request.Request(url, data, dict(headers), method=method)  # noqa: S310
        with opener_for(request.host).open(request, timeout=timeout):
            pass

    return send
