"""Parquet files, row group after row group."""

import datetime as dt
import decimal
import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from healthtrends.config.mapping import FileForm
from healthtrends.sources.input_damage import damage
from healthtrends.sources.tables import Row
from healthtrends.sources.unpacking import Readable

SUFFIXES = (".parquet",)
ABOUT = "Parquet"

_AT_ONCE = 10_000


def rows(file: Readable, name: str, form: FileForm) -> Iterator[Row]:
    """Yield the rows. Raises UsageError for what is no Parquet."""
    del form  # the file itself says all of it
    try:
        # A reader that cannot go back, as of a packed file, is read into memory.
        table = pq.ParquetFile(file if file.seekable() else io.BytesIO(file.read()))
        for batch in table.iter_batches(_AT_ONCE):
            yield from ({key: _cell(cell) for key, cell in row.items()} for row in batch.to_pylist())
    except (pa.ArrowException, OSError, EOFError) as fault:
        raise damage(name, 1, "no Parquet file", type(fault).__name__, "restore or export it anew") from fault


def _cell(value: object) -> object:
    """Values as JSON has them: dates as ISO 8601."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
