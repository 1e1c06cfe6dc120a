"""The sink that turns the events of a command's stages into those of OpenLineage.

One run a command: START, then one of COMPLETE, ABORT and FAIL; RUNNING in between for one that goes on for
hours. Datasets are topics and folders of all dates; which dates is said of each. No event holds a record.
"""

import threading
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from healthtrends import __version__, clock
from healthtrends.adapters.lineage.datasets import (
    Dataset,
    Datasets,
    hdfs_namespace,
    record_columns,
    report_columns,
    topic_namespace,
)
from healthtrends.adapters.lineage.events import EventType, Facets, Job, Run, RunEvent, facet, own_facet
from healthtrends.errors import QualityGate
from healthtrends.interrupt import EXIT_CODE as INTERRUPTED
from healthtrends.observe import Event
from healthtrends.storage.layout import Layout

_Fields = Mapping[str, Any]
_ENDS: dict[int, EventType] = {0: "COMPLETE", QualityGate.exit_code: "COMPLETE", INTERRUPTED: "ABORT"}
"""By exit code; all others are failures. With 3 all is stored and published, and an assertion failed."""
_TOPIC_GATE = "max_reject_share"
"""The gate that is about the topic; all others are about stored records."""
_RUNNING_SECONDS = 3600.0


class LineageSink:
    """A `Sink` that sends an event of OpenLineage whenever the command begins, goes on, or ends."""

    def __init__(self, job: Job, parent: Facets, send: Callable[[bytes], None]) -> None:
        """`send` must not keep the caller waiting."""
        self._job = job
        self._run_id = str(uuid.uuid4())
        self._parent = parent
        self._send = send
        self._lock = threading.Lock()
        self._inputs, self._outputs = Datasets(), Datasets()
        self._kafka = self._topic = self._hdfs = ""
        self._layout = Layout("")
        self._engine = "healthtrends", __version__
        self._offsets: dict[str, dict[str, int]] = {}
        self._answered = 0
        self._error = ""
        self._sent_at = clock.monotonic()
        self._handlers: dict[str, Callable[[_Fields], None]] = {
            "kafka.opened": self._kafka_opened,
            "hdfs.opened": self._hdfs_opened,
            "ingest.stored": self._stored,
            "ingest.position": self._position,
            "files.committed": self._files,
            "issue.published": self._issue,
            "quality.gate": self._gate,
            "mllp.counts": self._mllp,
            "run.failed": self._failed,
            "command.ended": self._ended,
        }

    def begin(self) -> None:
        """Send START."""
        with self._lock:
            self._emit("START")

    def write(self, event: Event) -> None:
        """Take one event, from any thread."""
        if handler := self._handlers.get(event.name):
            with self._lock:
                handler(event.fields)

    def _kafka_opened(self, fields: _Fields) -> None:
        self._kafka, self._topic = topic_namespace(fields["servers"]), fields["topic"]

    def _hdfs_opened(self, fields: _Fields) -> None:
        self._hdfs, self._layout = hdfs_namespace(fields["url"]), Layout(fields["root"])

    def _stored(self, fields: _Fields) -> None:
        topic = self._inputs.get(self._kafka, self._topic)
        topic.count(fields["stored"] + fields["rejected"] + fields["skipped"])
        self._go_on()

    def _position(self, fields: _Fields) -> None:
        self._inputs.get(self._kafka, self._topic)
        self._offsets[str(fields["partition"])] = {"stored": fields["stored"], "end": fields["end"]}

    def _files(self, fields: _Fields) -> None:
        for folder, (lines, size, files) in fields["folders"].items():
            is_records = folder == self._layout.records
            columns = record_columns if is_records else list
            dataset = self._outputs.get(self._hdfs, folder, columns)
            dataset.count(lines, size, files)
            dataset.note(fields["seq"], fields["dates"] if is_records else ())

    def _issue(self, fields: _Fields) -> None:
        self._engine = fields["engine"], fields["engine_version"]
        seq, dates = fields["seq"], [fields["date"]]
        if not fields["is_release"]:
            records = self._records()
            records.count(fields["records"], files=fields["files"])
            records.note(seq, dates)
        for name, (rows, size) in fields["reports"].items():
            columns = partial(report_columns, name)
            if fields["is_release"]:
                self._inputs.get(self._hdfs, f"{self._layout.reports}/{name}", columns).note(seq, dates)
            dataset = self._outputs.get(self._hdfs, f"{fields['folder']}/{name}", columns)
            dataset.count(rows, size, 1)
            dataset.note(seq, dates)

    def _gate(self, fields: _Fields) -> None:
        gate = fields["gate"]
        for dataset in self._inputs.all():
            is_topic = dataset.namespace == self._kafka
            if is_topic == (gate == _TOPIC_GATE) and (is_topic or dataset.name == self._layout.records):
                dataset.gates[gate] = not fields["failed"]

    def _mllp(self, fields: _Fields) -> None:
        topic = self._outputs.get(self._kafka, self._topic)
        topic.count(fields["accepted"] - self._answered)
        self._answered = fields["accepted"]
        self._go_on()

    def _failed(self, fields: _Fields) -> None:
        self._error = fields["what"]

    def _ended(self, fields: _Fields) -> None:
        code = fields["exit_code"]
        found = own_facet(exitCode=code, offsets=self._offsets)
        kind = _ENDS.get(code, "FAIL")
        if kind != "COMPLETE":
            what = fields["what"] or self._error or f"the exit code is {code}"
            found |= facet("errorMessage", message=what, programmingLanguage="python")
        self._emit(kind, found)

    def _records(self) -> Dataset:
        return self._inputs.get(self._hdfs, self._layout.records, record_columns)

    def _go_on(self) -> None:
        if clock.monotonic() - self._sent_at >= _RUNNING_SECONDS:
            self._emit("RUNNING", own_facet(offsets=self._offsets))

    def _emit(self, kind: EventType, facets: Facets | None = None) -> None:
        self._sent_at = clock.monotonic()
        name, version = self._engine
        engine = facet("processing_engine", name=name, version=version, openlineageAdapterVersion=__version__)
        run_event = RunEvent(
            event_type=kind,
            event_time=clock.wall(),
            run=Run(self._run_id, {**engine, **self._parent, **(facets or {})}),
            job=self._job,
            inputs=[each.as_input() for each in self._inputs.all()],
            outputs=[each.as_output() for each in self._outputs.all()],
        )
        self._send(msgspec.json.encode(run_event))
