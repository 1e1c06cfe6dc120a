"""Converts Arrow tables to the bytes of a Parquet file and back; pyarrow is imported at first use."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def encode(table: "pa.Table") -> bytes:
    """Parquet; the same rows give the same bytes with the same pyarrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Hashes repeat nowhere: a dictionary of them, or packing them, costs time and helps nothing.
    worth = [field.name for field in table.schema if not pa.types.is_fixed_size_binary(field.type)]
    packed = {name: "zstd" if name in worth else "none" for name in table.column_names}
    out = pa.BufferOutputStream()
    # Arrow's own schema beside Parquet's is a quarter of a small file, and says nothing more of these types.
    pq.write_table(table, out, use_dictionary=worth, compression=packed, store_schema=False)
    content: bytes = out.getvalue().to_pybytes()
    return content


def decode(content: bytes, columns: Sequence[str] | None = None) -> "pa.Table":
    """Rows of a Parquet file, all its columns or these, by the calling thread alone."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.ParquetFile(pa.BufferReader(content)).read(columns, use_threads=False)
