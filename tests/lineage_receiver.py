"""A server of our own on loopback that takes OpenLineage events, and what the published schema says of these.

The classes of `openlineage-python` are made of the published schema by its authors; here they are the oracle.
"""

import datetime as dt
import functools
import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler

import jsonschema
import msgspec
from openlineage.client import event_v2, facet_v2
from openlineage.client.generated import base_subset_dataset as subset

from tests.loopback_http import LoopbackHttp

RUN_FACETS = {
    "processing_engine": facet_v2.processing_engine_run.ProcessingEngineRunFacet,
    "parent": facet_v2.parent_run.ParentRunFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
}
DATASET_FACETS = {
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
}
INPUT_FACETS = {
    "inputStatistics": facet_v2.input_statistics_input_dataset.InputStatisticsInputDatasetFacet,
    "dataQualityAssertions": facet_v2.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
    "subset": subset.InputSubsetInputDatasetFacet,
}
OUTPUT_FACETS = {
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "subset": subset.OutputSubsetOutputDatasetFacet,
}
OWN = "healthtrends_run"
"""Our own facet: the schema of any facet of a run."""


class Receiver(LoopbackHttp):
    """Keeps what is sent in `events`, and its headers in `headers`."""

    def __init__(self, status: int = 201, location: str | None = None) -> None:
        self.events: list[dict] = []
        self.headers: list[dict[str, str]] = []
        super().__init__(_handler(self, status, location))
        self.url = f"http://127.0.0.1:{self.port}/api/v1/lineage"


class HangingReceiver(LoopbackHttp):
    """Takes requests and answers none until `close`."""

    def __init__(self) -> None:
        self._over = over = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                over.wait()

            def log_message(self, *_):
                """Nothing."""

        super().__init__(Handler)
        self.url = f"http://127.0.0.1:{self.port}/api/v1/lineage"

    def close(self) -> None:
        self._over.set()
        super().close()


def _handler(receiver, status, location):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            receiver.headers.append(dict(self.headers))
            receiver.events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer()

        def do_GET(self):
            receiver.headers.append(dict(self.headers))
            self.answer()

        def answer(self):
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_):
            """Nothing."""

    return Handler


def check_event(event: dict) -> None:
    """Fail unless the event and each of its facets are as published."""
    _check(event, event_v2.RunEvent)
    assert event["schemaURL"] == event_v2.RunEvent._get_schema()
    assert dt.datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    uuid.UUID(event["run"]["runId"])
    _check_facets(event["run"]["facets"], RUN_FACETS)
    for dataset in event["inputs"]:
        _check_facets(dataset["facets"], DATASET_FACETS)
        _check_facets(dataset["inputFacets"], INPUT_FACETS)
    for dataset in event["outputs"]:
        _check_facets(dataset["facets"], DATASET_FACETS)
        _check_facets(dataset["outputFacets"], OUTPUT_FACETS)


def _check_facets(facets: dict[str, dict], known: dict[str, type]) -> None:
    for name, facet in facets.items():
        assert facet["_producer"].startswith("pkg:pypi/healthtrends@")
        if name == OWN:
            assert facet["_schemaURL"] == facet_v2.RunFacet._get_schema()
            continue
        assert facet["_schemaURL"] == known[name]._get_schema(), name
        if name == "subset":
            (condition,) = (value for key, value in facet.items() if not key.startswith("_"))
            _check(condition, subset.PartitionSubsetCondition)
        else:
            _check(facet, known[name])


def _check(value: dict, kind: type) -> None:
    """By the types of a class, and no field may be there that it does not know."""
    validator, known = _schema(kind)
    validator.validate(value)
    assert set(value) <= known


@functools.cache
def _schema(kind: type) -> tuple[jsonschema.Draft202012Validator, set[str]]:
    schema = msgspec.json.schema(kind)
    return jsonschema.Draft202012Validator(schema), set(schema["$defs"][kind.__name__]["properties"])
