"""Arrow to the bytes of a Parquet file and back; pyarrow is imported when there is something to do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_PER_GROUP = 32_768
"""So few that a reader of a part of the rows skips most others."""

Filters = Sequence[tuple[str, str, int]]
"""Column, comparison, value; all must hold."""


def encode(table: "pa.Table") -> bytes:
    """Parquet; the same rows give the same bytes with the same pyarrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Hashes repeat nowhere: a dictionary of them costs time and helps nothing.
    worth = [field.name for field in table.schema if not pa.types.is_fixed_size_binary(field.type)]
    out = pa.BufferOutputStream()
    pq.write_table(table, out, row_group_size=_ROWS_PER_GROUP, use_dictionary=worth, compression="zstd")
    return bytes(out.getvalue())


def decode(content: bytes, filters: Filters = ()) -> "pa.Table":
    """Rows of a Parquet file for which all `filters` hold."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not filters:
        return pq.ParquetFile(pa.BufferReader(content)).read()
    return pq.read_table(pa.BufferReader(content), filters=list(filters))
