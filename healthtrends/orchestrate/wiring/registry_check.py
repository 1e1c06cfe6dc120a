"""The checks of `doctor` on the schema registry."""

import importlib.util
from collections.abc import Iterator

from healthtrends.config import Settings
from healthtrends.devstack.doctor import Finding
from healthtrends.envelopes import CONFLUENT
from healthtrends.errors import HealthTrendsError
from healthtrends.orchestrate.wiring.schemas import open_schemas, read_reader_schema


def registry_findings(settings: Settings) -> Iterator[Finding]:
    """Ask the registry for its types, where one is configured or needed."""
    source = settings.source
    if not source.registry and CONFLUENT not in source.envelopes:
        return
    if importlib.util.find_spec("fastavro") is None:
        yield Finding(
            "fastavro",
            "warning",
            "not installed (Avro messages)",
            'install the extra: `pip install "healthtrends[registry]"`',
        )
    try:
        read_reader_schema(source)
        registry = open_schemas(source)
        types = registry.schema_types() if registry is not None else None
    except HealthTrendsError as error:
        yield Finding("schema registry", "error", str(error), error.next_step)
        return
    if types is None:
        yield Finding(
            "schema registry",
            "error",
            "source.envelope has confluent, but source.registry has no url",
            'set url = "http://HOST:8081" in [source.registry]',
        )
        return
    yield Finding("schema registry", "ok", f"{source.registry['url']}: {', '.join(types)}")
