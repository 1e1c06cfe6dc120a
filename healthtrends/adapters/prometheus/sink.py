"""The sink that turns events into metrics. What no event told of has no series, not even a zero."""

from collections.abc import Callable, Mapping
from typing import Any

from healthtrends.adapters.prometheus.samples import Samples
from healthtrends.observe import Event, metrics
from healthtrends.observe.metrics import Metric

_Fields = Mapping[str, Any]
_DONE = (0, 3)
"""Exit codes of a command that has done its work."""
_ANSWERS = {"AA": "accepted", "AE": "failed", "AR": "rejected"}


class MetricsSink:
    """A `Sink` that fills samples."""

    def __init__(self) -> None:
        self.samples = Samples()
        self._newest: dict[str, Any] = {}
        """Newest date that a number was given for, by event."""
        self._answered: dict[str, int] = {}
        """Messages that `mllp` has answered so far, by answer."""
        self._handlers: dict[str, Callable[[_Fields], None]] = {
            "command.ended": self._command_ended,
            "ingest.stored": self._stored,
            "ingest.position": self._position,
            "log.read": lambda fields: self._put(metrics.COMMIT_SEQUENCE, fields["seq"]),
            "dates.states": self._dates,
            "quality.gate": lambda fields: self._put(metrics.GATE, fields["failed"], gate=fields["gate"]),
            "facilities.quiet": self._facilities,
            "alarms.found": self._alarms,
            "mllp.counts": self._mllp,
            "lineage.delivered": self._lineage,
        }

    def write(self, event: Event) -> None:
        """Take one event, from any thread."""
        if handler := self._handlers.get(event.name):
            handler(event.fields)

    def _command_ended(self, fields: _Fields) -> None:
        job, code = fields["job"], fields["exit_code"]
        self._put(metrics.DURATION, fields["seconds"], job=job)
        self._put(metrics.EXIT_CODE, code, job=job)
        if code in _DONE:
            self._put(metrics.LAST_SUCCESS, fields["time"], job=job)

    def _stored(self, fields: _Fields) -> None:
        topic = fields["topic"]
        for fate in ("stored", "rejected", "skipped"):
            self.samples.add(metrics.RECORDS, fields[fate], {"topic": topic, "fate": fate})
        for reason, number in fields["reasons"].items():
            self.samples.add(metrics.REJECTS, number, {"topic": topic, "reason": reason})
        self._put(metrics.COMMIT_SEQUENCE, fields["seq"])
        self.samples.observe(metrics.COMMIT_SECONDS, fields["seconds"])

    def _position(self, fields: _Fields) -> None:
        place = {"topic": fields["topic"], "partition": fields["partition"]}
        self._put(metrics.LAG, fields["lag"], **place)
        self._put(metrics.LAG_SECONDS, fields["lag_seconds"], **place)
        self._put(metrics.HEADROOM, fields["headroom"], **place)
        self._put(metrics.HEADROOM_SECONDS, fields["headroom_seconds"], **place)

    def _dates(self, fields: _Fields) -> None:
        self._put(metrics.STALE, fields["stale"])
        self._put(metrics.OLDEST_OPEN, fields["oldest_open_seconds"])

    def _facilities(self, fields: _Fields) -> None:
        if self._is_newest("facilities", fields):
            self._put(metrics.SILENT, fields["facilities"])

    def _alarms(self, fields: _Fields) -> None:
        if self._is_newest("alarms", fields):
            for level, number in fields["levels"].items():
                self._put(metrics.ALARMS, number, level=level)

    def _is_newest(self, what: str, fields: _Fields) -> bool:
        """Whether no later date came before: the dates of a range may come in any order."""
        newest = max(self._newest.get(what, fields["date"]), fields["date"])
        self._newest[what] = newest
        return bool(newest == fields["date"])

    def _mllp(self, fields: _Fields) -> None:
        for answer, field in _ANSWERS.items():
            grown = fields[field] - self._answered.get(answer, 0)
            self.samples.add(metrics.MLLP_MESSAGES, grown, {"answer": answer})
            self._answered[answer] = fields[field]
        self._put(metrics.MLLP_CONNECTIONS, fields["open"])

    def _lineage(self, fields: _Fields) -> None:
        for fate in ("sent", "lost"):
            self.samples.add(metrics.LINEAGE_EVENTS, fields[fate], {"fate": fate})

    def _put(self, metric: Metric, value: float | None, **labels: object) -> None:
        """Set a gauge; None: not known, so it stays as it is."""
        if value is not None:
            self.samples.put(metric, value, labels)
