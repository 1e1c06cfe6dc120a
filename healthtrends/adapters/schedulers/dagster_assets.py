"""Asset for Dagster: the reports as daily partitions.

    reports = build_reports_asset(first="2025-01-01", config="/srv/healthtrends/healthtrends.toml")

A partition is a date. A run that ends with a server down is tried again by the asset's retry policy; one that
no retry helps fails at once. A quality limit that was passed is the asset check `quality_gate`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    BackfillPolicy,
    DailyPartitionsDefinition,
    Failure,
    MaterializeResult,
    RetryPolicy,
    asset,
)

from healthtrends.adapters.schedulers.command import RUN, Command, Ended, arguments, not_started

GATE = "quality_gate"
_COUNTS = ("stored", "rejected", "seq", "seconds")


def build_reports_asset(  # noqa: PLR0913  what a code location says, by name
    *,
    first: str,
    config: str | None = None,
    command: Sequence[str] = RUN,
    environ: Mapping[str, str] | None = None,
    name: str = "healthtrends_reports",
    timezone: str = "UTC",
    retries: int = 3,
    retry_seconds: float = 600,
    single_run: bool = False,
) -> AssetsDefinition:
    """Make the asset; its partitions begin at `first`, in `timezone`, which should be `source.timezone`.

    `command` is the program with its subcommand, by its path where it has an environment of its own;
    `environ` is added to the variables of the worker. A range is a run for each date, so that one that fails
    leaves the others alone; with `single_run` it is one command for all of them, which is quicker.
    """

    def reports(context: AssetExecutionContext) -> MaterializeResult:
        """Reports of a date, on HDFS."""
        dates = context.partition_key_range
        line = arguments(dates.start, dates.end, config, command)
        try:
            started = Command(line, environ)
        except OSError as error:
            raise Failure(not_started(error), allow_retries=False) from error
        with started as running:
            ended = running.wait(context.log.info)
        return _judged(ended)

    return asset(
        name=name,
        partitions_def=DailyPartitionsDefinition(start_date=first, timezone=timezone),
        backfill_policy=BackfillPolicy.single_run() if single_run else None,
        retry_policy=RetryPolicy(max_retries=retries, delay=retry_seconds),
        check_specs=[AssetCheckSpec(GATE, asset=name)],
    )(reports)


def _judged(ended: Ended) -> MaterializeResult:
    if not ended.is_done:
        raise Failure(ended.text, allow_retries=ended.is_worth_a_retry)
    check = AssetCheckResult(
        check_name=GATE,
        passed=not ended.has_failed_gate,
        severity=AssetCheckSeverity.WARN,
        description=ended.text if ended.has_failed_gate else None,
    )
    return MaterializeResult(metadata=_metadata(ended.summary), check_results=[check])


def _metadata(summary: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: summary[name] for name in _COUNTS if name in summary}
    return {**counts, "run_id": summary.get("run_id", ""), "records": _records(summary)}


def _records(summary: Mapping[str, Any]) -> int:
    """Lines stored for the dates."""
    return sum(date.get("records", 0) for date in summary.get("dates", ()))
