"""Metrics of a command: the sink that makes them of its events, and the ways that the settings name."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from healthtrends import clock
from healthtrends.config import Settings, expanded
from healthtrends.errors import HealthTrendsError
from healthtrends.interrupt import EXIT_CODE
from healthtrends.listen_address import Where, bind_address, is_loopback, listen, shown_address
from healthtrends.observe import attached, event, measure

_WHERE = Where("metrics.listen", "healthtrends ingest --follow", "in metrics.listen", "127.0.0.1:9478")
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Job:
    """The command that is measured."""

    name: str
    exit_code: int = 0
    """How it ends; an exception overrules it."""


@contextlib.contextmanager
def recorded_job(settings: Settings, name: str) -> Iterator[Job]:
    """Measure what happens inside, and deliver it at the end; with no `[metrics]` nothing is done.

    The command sets the exit code of the job before it leaves.
    """
    job = Job(name)
    metrics = settings.metrics
    if not (metrics.textfile or metrics.pushgateway):
        yield job
        return
    from healthtrends.adapters.prometheus.delivery import push, write_textfile
    from healthtrends.adapters.prometheus.sink import MetricsSink

    sink = MetricsSink()
    with attached(sink):
        try:
            with _timed(job):
                yield job
        finally:
            if metrics.pushgateway:
                push(metrics.pushgateway, name, sink.samples)
            if metrics.textfile:  # last: it joins the samples of the file
                write_textfile(expanded(metrics.textfile), sink.samples)


@contextlib.contextmanager
def served_metrics(settings: Settings, note: Callable[[str], None]) -> Iterator[None]:
    """Serve `/metrics` at `metrics.listen`, if it is set, until the block ends.

    Raises ConfigError when the address cannot be used.
    """
    address = settings.metrics.listen
    if address is None:
        yield
        return
    from healthtrends.adapters.operations_server import Page, serving
    from healthtrends.adapters.prometheus.sink import MetricsSink

    sink = MetricsSink()
    with bind_address(address, _WHERE) as bound, attached(sink):
        listen(bound, _WHERE)
        _say_where(bound, note)
        with serving(bound, {"/metrics": lambda: Page(sink.samples.text(), _TEXT)}):
            yield


def _say_where(bound: socket.socket, note: Callable[[str], None]) -> None:
    address = shown_address(bound)
    if not is_loopback(bound):
        note(
            f"warning: {address} is open to other machines: whoever reaches it can read the metrics\n"
            "  next: Let only the monitoring reach it, or set metrics.listen to an address of loopback."
        )
    event("metrics.listening", address=address)


@contextlib.contextmanager
def _timed(job: Job) -> Iterator[None]:
    """Measure how the command ended."""
    begin = clock.monotonic()
    try:
        yield
    except BaseException as error:
        job.exit_code = _exit_code(error)
        raise
    finally:
        measure(
            "command.ended",
            job=job.name,
            exit_code=job.exit_code,
            seconds=clock.monotonic() - begin,
            time=clock.wall().timestamp(),
        )


def _exit_code(error: BaseException) -> int:
    if isinstance(error, HealthTrendsError):
        return error.exit_code
    return EXIT_CODE if isinstance(error, KeyboardInterrupt) else 1
