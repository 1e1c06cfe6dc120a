"""Lines of record files as Arrow batches, in bounded memory and in this process.

The columns are those of `LINE_SCHEMA`, so a reader sees what an engine sees: times stay texts, as no two
programs parse all of them (23:59:60) in the same way.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, get_type_hints

from healthtrends.analyze.line_schema import NAMES
from healthtrends.model.record import PatientRecord

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 8 * 1024 * 1024
"""Bytes that are parsed together: some 30,000 lines."""


def line_batches(pieces: Iterable[bytes], columns: Sequence[str] = NAMES) -> "Iterator[pa.RecordBatch]":
    """Parse the content of a file, given piece by piece; a batch has `columns`, in their order."""
    schema = arrow_schema(columns)
    block, size = [], 0
    for piece in pieces:
        block.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            whole, end, rest = b"".join(block).rpartition(b"\n")
            yield from _parsed(whole + end, schema)
            block, size = [rest], len(rest)
    yield from _parsed(b"".join(block), schema)


def arrow_schema(columns: Sequence[str] = NAMES) -> "pa.Schema":
    """Columns of a stored line as Arrow has them."""
    import pyarrow as pa

    kinds = get_type_hints(PatientRecord)
    return pa.schema([(name, pa.int32() if kinds[name] is int else pa.string()) for name in columns])


def _parsed(lines: bytes, schema: "pa.Schema") -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa
    from pyarrow import json

    if lines:
        table = json.read_json(
            pa.BufferReader(lines),
            json.ReadOptions(use_threads=False, block_size=len(lines)),
            json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
        yield from table.select(schema.names).to_batches()
