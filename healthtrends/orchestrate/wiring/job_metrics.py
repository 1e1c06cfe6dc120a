"""Metrics of a command that ends: made of its events, and delivered where the settings say."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from healthtrends import clock
from healthtrends.config import Settings, expanded
from healthtrends.errors import HealthTrendsError
from healthtrends.interrupt import EXIT_CODE
from healthtrends.observe import attached, measure


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
