"""A worker process seen from its pipes: what it says when it cannot go on."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import msgspec

from healthtrends.ingest.settings import IngestSettings
from healthtrends.ingest.stager import LocalStager
from healthtrends.ingest.worker import Reports, serve
from healthtrends.ingest.worker_protocol import Closed, Failed, Prefetch, Task, WorkerReport, Written
from healthtrends.storage.layout import Layout
from healthtrends.testing import LocalStore, MemoryTopic

REPORT: msgspec.json.Decoder[WorkerReport] = msgspec.json.Decoder(WorkerReport)


def no_pseudonym(identifier: str) -> str:
    """A fault that no error of the program foresees; its text holds the id."""
    raise RuntimeError(identifier)


def spoken(folder: Path, message: bytes, settings: IngestSettings) -> list[WorkerReport]:
    """What a worker says about a topic of one message, until it has closed or failed."""
    topic = MemoryTopic()
    topic.send(0, message)
    back, out = os.pipe()
    # Never closed: a worker whose tasks end takes its process with it.
    tasks_end, tasks = os.pipe()
    reports = Reports(os.fdopen(out, "wb"))
    stager = LocalStager(topic, LocalStore(folder), Layout("/r"), settings, reports)
    threading.Thread(target=serve, args=(stager, os.fdopen(tasks_end, "rb"), reports), daemon=True).start()
    task = Task(epoch=1, nonce="n", clock_date="2025-12-23", starts={0: 0}, ends={0: 1})
    for order in (Prefetch(task.starts), task):
        os.write(tasks, msgspec.json.encode(order) + b"\n")
    found: list[WorkerReport] = []
    with os.fdopen(back, "rb") as lines:
        while not found or not isinstance(found[-1], Closed | Failed):
            found.append(REPORT.decode(lines.readline()))
    return found


MESSAGE = (
    b'{"patient_id":"secret-17","age":40,"gender":"F","diagnosis_code":"E11","visit_date":"2025-12-20",'
    b'"treatment_code":"T","outcome":"ongoing"}'
)


SETTINGS = IngestSettings(
    batch_records=10,
    batch_bytes=10**9,
    commit_interval=60.0,
    future_days=1,
    pseudonymise=None,
    key_id=None,
)


def test_a_task_is_written_and_then_closed(tmp_path):
    """The facts come before the closing, so that the manifest is written meanwhile."""
    kinds = [type(report) for report in spoken(tmp_path, MESSAGE, SETTINGS)]
    assert kinds[-2:] == [Written, Closed]


def test_an_unforeseen_fault_is_told_and_not_waited_for(tmp_path):
    """The writer gets a transient failure; a silent worker would stop the command for ever."""
    broken = replace(SETTINGS, pseudonymise=no_pseudonym)
    last = spoken(tmp_path, MESSAGE, broken)[-1]
    assert isinstance(last, Failed)
    assert (last.kind, last.why) == ("StagingFailed", "RuntimeError")
