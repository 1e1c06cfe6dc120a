"""Port of a schema registry: the schemas that messages were written with, by the ids that they name."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

SchemaId = int | UUID
"""Id of a schema in one registry, or its global one."""


@dataclass(frozen=True, slots=True)
class WriterSchema:
    """A schema as the registry holds it."""

    kind: str
    """`AVRO`, `JSON` or `PROTOBUF`."""
    text: str
    references: tuple[str, ...] = ()
    """Texts of the schemas it refers to, each behind those that it refers to itself."""


class SchemaSource(Protocol):
    """Gives schemas by id."""

    def find_schema(self, schema_id: SchemaId) -> WriterSchema:
        """Find one schema; asks the registry once for each id.

        Raises RegistryUnavailable when no answer came, and ConfigError when the registry has no such schema.
        """
        ...
