"""One ingest of a topic in memory into a log on a local folder, for the tests of what it stores."""

import json
import threading

from healthtrends.ingest.runner import ingest
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.observe import progress


def record(number, **changes):
    """A synthetic message of one patient."""
    fields = {
        "patient_id": f"P-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11",
        "visit_date": "2025-12-20", "treatment_code": "T", "outcome": "ongoing", **changes,
    }  # fmt: skip
    return json.dumps(fields).encode()


def settings(**changes):
    """Settings of an ingest that closes no batch early."""
    values = {
        "batch_records": 1000, "batch_bytes": 10**9, "commit_interval": 60.0, "future_days": 1,
        "pseudonymise": None, "key_id": None, **changes,
    }  # fmt: skip
    return IngestSettings(**values)


def ingested(topic, log, stop=None, **changes):
    """Ingest to the end of the topic; what came of it."""
    summary = IngestSummary()
    with progress("t", None, "m") as bar:
        ingest(topic, log, settings(**changes), stop or threading.Event(), bar, summary)
    return summary
