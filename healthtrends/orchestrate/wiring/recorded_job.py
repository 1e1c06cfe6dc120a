"""A command from its begin to its end, as metrics and lineage tell of it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from healthtrends import clock
from healthtrends.config import Settings
from healthtrends.errors import HealthTrendsError
from healthtrends.interrupt import EXIT_CODE
from healthtrends.observe import measure


@dataclass(slots=True)
class Job:
    """The command."""

    name: str
    exit_code: int = 0
    """How it ends; an exception overrules it."""


@contextlib.contextmanager
def recorded_job(settings: Settings, name: str) -> Iterator[Job]:
    """Tell metrics and lineage of what happens inside; with neither configured nothing is done.

    The command sets the exit code of the job before it leaves.
    """
    job, metrics = Job(name), settings.metrics
    with contextlib.ExitStack() as sinks:
        if metrics.textfile or metrics.pushgateway:
            from healthtrends.orchestrate.wiring.job_metrics import deliver_metrics

            sinks.enter_context(deliver_metrics(metrics, name))
        if settings.lineage.is_on:  # inside: metrics count the events
            from healthtrends.orchestrate.wiring.job_lineage import send_lineage

            sinks.enter_context(send_lineage(settings.lineage, name))
        sinks.push(partial(_ended, job, clock.monotonic()))
        yield job


def _ended(job: Job, begin: float, _kind: object, error: BaseException | None, _trace: object) -> None:
    """Measure how the command ended; an error goes on to whoever handles it."""
    if error is not None:
        job.exit_code = _exit_code(error)
    measure(
        "command.ended",
        job=job.name,
        exit_code=job.exit_code,
        seconds=clock.monotonic() - begin,
        time=clock.wall().timestamp(),
        what="" if error is None else _what(error),
    )


def _exit_code(error: BaseException) -> int:
    if isinstance(error, HealthTrendsError):
        return error.exit_code
    return EXIT_CODE if isinstance(error, KeyboardInterrupt) else 1


def _what(error: BaseException) -> str:
    """The first sentence of an error of ours; of another only what it is, as its text may hold anything."""
    return error.what if isinstance(error, HealthTrendsError) else type(error).__name__
