"""The form of OpenLineage 2-0-2: a run's event, and the facets that we send, each by its own schema."""

import datetime as dt
from typing import Final, Literal

import msgspec

from healthtrends import __version__

_SPEC: Final = "https://openlineage.io/spec"
PRODUCER: Final = f"pkg:pypi/healthtrends@{__version__}"
"""Names the program, as the parts list of a release does."""
_BASE: Final = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs"

EventType = Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL"]
Facet = dict[str, object]
Facets = dict[str, Facet]

_SCHEMAS: Final = {
    "processing_engine": "1-1-1/ProcessingEngineRunFacet",
    "parent": "1-2-0/ParentRunFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "schema": "1-2-0/SchemaDatasetFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
    "inputStatistics": "1-0-0/InputStatisticsInputDatasetFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "dataQualityAssertions": "1-1-0/DataQualityAssertionsDatasetFacet",
}
"""Version and name of the schema of each facet, by its key."""


class Run(msgspec.Struct, frozen=True, rename="camel"):
    """One run of a job."""

    run_id: str
    facets: Facets = {}


class Job(msgspec.Struct, frozen=True):
    """A command of one pipeline."""

    namespace: str
    name: str


class InputDataset(msgspec.Struct, frozen=True, rename="camel"):
    """What a run has read."""

    namespace: str
    name: str
    facets: Facets = {}
    input_facets: Facets = {}


class OutputDataset(msgspec.Struct, frozen=True, rename="camel"):
    """What a run has written."""

    namespace: str
    name: str
    facets: Facets = {}
    output_facets: Facets = {}


class RunEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run begins, goes on, or ends."""

    event_type: EventType
    event_time: dt.datetime
    run: Run
    job: Job
    inputs: list[InputDataset] = []
    outputs: list[OutputDataset] = []
    producer: str = PRODUCER
    schema_url: str = msgspec.field(default=f"{_BASE}/RunEvent", name="schemaURL")


def facet(key: str, **fields: object) -> Facets:
    """Make a published facet, ready to be joined with others."""
    version, name = _SCHEMAS[key].split("/")
    return {key: _facet(f"{_SPEC}/facets/{version}/{name}.json#/$defs/{name}", fields)}


def input_subset(condition: Facet) -> Facets:
    """Which part of a dataset was read."""
    return {"subset": _facet(_subset("InputSubsetInputDatasetFacet"), {"inputCondition": condition})}


def output_subset(condition: Facet) -> Facets:
    """Which part of a dataset was written."""
    return {"subset": _facet(_subset("OutputSubsetOutputDatasetFacet"), {"outputCondition": condition})}


def own_facet(**fields: object) -> Facets:
    """The facet `healthtrends_run`; its schema is that of any facet of a run."""
    return {"healthtrends_run": _facet(f"{_BASE}/RunFacet", fields)}


def _subset(name: str) -> str:
    return f"{_SPEC}/facets/1-0-0/BaseSubsetDatasetFacet.json#/$defs/{name}"


def _facet(schema: str, fields: Facet) -> Facet:
    return {"_producer": PRODUCER, "_schemaURL": schema, **fields}
