"""Every metric with its type, labels, unit and meaning: for the reference page and the exporter.

A label says which topic, partition, command, gate or level: never a diagnosis, a facility or anything of a
person.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["gauge", "counter", "histogram"]
Unit = Literal["messages", "seconds", "unix time", "dates", "number", "0 or 1"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as a reader of Prometheus finds it."""

    name: str
    kind: Kind
    unit: Unit
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram."""


LAST_SUCCESS = Metric(
    "healthtrends_run_last_success_timestamp_seconds",
    "gauge",
    "unix time",
    "when this command last ended with 0, or with 3: all is stored and published, and a gate failed",
    ("job",),
)
DURATION = Metric(
    "healthtrends_run_duration_seconds", "gauge", "seconds", "how long this command last took", ("job",)
)
EXIT_CODE = Metric(
    "healthtrends_run_exit_code", "gauge", "number", "exit code with which this command last ended", ("job",)
)
RECORDS = Metric(
    "healthtrends_ingest_records_total",
    "counter",
    "messages",
    "messages that ingest has committed; fate is stored, rejected or skipped",
    ("topic", "fate"),
)
REJECTS = Metric(
    "healthtrends_ingest_rejects_total",
    "counter",
    "messages",
    "rejected messages and parts of messages, by reason code",
    ("topic", "reason"),
)
LAG = Metric(
    "healthtrends_ingest_lag_messages",
    "gauge",
    "messages",
    "offsets from the committed position to the end of the partition",
    ("topic", "partition"),
)
LAG_SECONDS = Metric(
    "healthtrends_ingest_lag_seconds",
    "gauge",
    "seconds",
    "how long ago the committed position was the end of the partition; 0: it is",
    ("topic", "partition"),
)
HEADROOM = Metric(
    "healthtrends_ingest_retention_headroom_messages",
    "gauge",
    "messages",
    "offsets from the start of the partition to the committed position; 0: the next that Kafka deletes is "
    "not stored yet",
    ("topic", "partition"),
)
HEADROOM_SECONDS = Metric(
    "healthtrends_ingest_retention_headroom_seconds",
    "gauge",
    "seconds",
    "time until the topic's retention.ms lets Kafka delete what is not stored: retention.ms less the lag; "
    "+Inf without a limit in time",
    ("topic", "partition"),
)
COMMIT_SEQUENCE = Metric(
    "healthtrends_commit_sequence", "gauge", "number", "number of the newest commit that was seen"
)
COMMIT_SECONDS = Metric(
    "healthtrends_commit_seconds",
    "histogram",
    "seconds",
    "time of a commit of ingest, from the last message of its batch to the release of its number",
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
OLDEST_OPEN = Metric(
    "healthtrends_oldest_open_day_seconds",
    "gauge",
    "seconds",
    "time since the end of the oldest date whose reports are missing or stale; 0: none is",
)
STALE = Metric("healthtrends_stale_days", "gauge", "dates", "dates whose reports are stale")
GATE = Metric(
    "healthtrends_quality_gate",
    "gauge",
    "0 or 1",
    "1: the gate failed in the last run that looked at it; max_reject_share, release, and lines of the "
    "report `quality` whose gate is `fail`",
    ("gate",),
)
SILENT = Metric(
    "healthtrends_silent_facilities",
    "gauge",
    "number",
    "facilities that usually send, and were silent or far below that on the newest date that was published",
)
ALARMS = Metric(
    "healthtrends_alarms",
    "gauge",
    "number",
    "alarms of the newest date that was published, by level of the series",
    ("level",),
)
MLLP_MESSAGES = Metric(
    "healthtrends_mllp_messages_total",
    "counter",
    "messages",
    "messages that `mllp` has answered: AA, AE or AR",
    ("answer",),
)
MLLP_CONNECTIONS = Metric("healthtrends_mllp_connections", "gauge", "number", "open connections of `mllp`")
LINEAGE_EVENTS = Metric(
    "healthtrends_lineage_events_total",
    "counter",
    "number",
    "events of OpenLineage; fate is sent, or lost: a place of `[lineage]` did not take it",
    ("fate",),
)

METRICS = (
    LAST_SUCCESS, DURATION, EXIT_CODE, RECORDS, REJECTS, LAG, LAG_SECONDS, HEADROOM, HEADROOM_SECONDS,
    COMMIT_SEQUENCE, COMMIT_SECONDS, OLDEST_OPEN, STALE, GATE, SILENT, ALARMS,
    MLLP_MESSAGES, MLLP_CONNECTIONS, LINEAGE_EVENTS,
)  # fmt: skip
