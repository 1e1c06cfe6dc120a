"""Tables of the read API: rows that are read when they are asked for, batch after batch."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from healthtrends.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class Table:
    """Rows of a fixed schema. Which files they are from is known when the table is made; each use reads them.

    DuckDB, Polars and other programs that take an Arrow stream take a `Table` as it is.
    """

    def __init__(
        self,
        schema: "pa.Schema",
        read: "Callable[[], Iterator[pa.RecordBatch]]",
        check_open: Callable[[], None],
    ) -> None:
        """`read` begins a new pass over the rows; `check_open` raises once the root is closed."""
        self._schema = schema
        self._read = read
        self._check_open = check_open

    @property
    def schema(self) -> "pa.Schema":
        """Names and types of the columns."""
        return self._schema

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """Read the rows; only one batch is in memory at a time. Raises DamageFound, HdfsUnavailable."""
        self._check_open()
        for batch in self._read():
            yield batch
            self._check_open()

    def reader(self) -> "pa.RecordBatchReader":
        """Give the rows as an Arrow stream, in bounded memory."""
        import pyarrow as pa  # noqa: PLC0415  `import healthtrends` stays cheap

        return pa.RecordBatchReader.from_batches(self._schema, self.batches())

    def rows(self) -> Iterator[dict[str, object]]:
        """Give the rows one by one, by column; None where nothing is known."""
        for batch in self.batches():
            yield from batch.to_pylist(maps_as_pydicts="strict")

    def to_arrow(self) -> "pa.Table":
        """Read all rows into memory."""
        import pyarrow as pa  # noqa: PLC0415  as in `reader`

        return pa.Table.from_batches(self.batches(), self._schema)

    def to_pandas(self) -> "pd.DataFrame":
        """Read all rows; whole numbers stay whole where some are missing (`Int64`), dates are `datetime64`.

        Raises UsageError when pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415  as in `reader`
        except ImportError:
            raise _not_installed("pandas") from None
        whole = {"int64": pd.Int64Dtype(), "int32": pd.Int32Dtype()}
        return self.to_arrow().to_pandas(
            types_mapper=lambda kind: whole.get(str(kind)),
            date_as_object=False,
            maps_as_pydicts="strict",
        )

    def to_polars(self) -> "pl.DataFrame":
        """Read all rows. Raises UsageError when Polars is not installed."""
        try:
            import polars as pl  # noqa: PLC0415  as in `reader`
        except ImportError:
            raise _not_installed("polars") from None
        return pl.DataFrame(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the rows to a program that knows Arrow's C interface."""
        return self.reader().__arrow_c_stream__(requested_schema)


class Records(Table):
    """Stored lines of one visit date at one commit."""

    def __init__(self, table: Table, date: dt.date, commit: int, lines: int) -> None:
        super().__init__(table._schema, table._read, table._check_open)  # noqa: SLF001  the same table
        self.date = date
        """Visit date."""
        self.commit = commit
        """Number of the commit whose files are read; 0: nothing was ever committed."""
        self.lines = lines
        """How many rows there are."""


def _not_installed(package: str) -> UsageError:
    return UsageError(f"{package} is not installed", "", f"`pip install {package}`, or use .to_arrow()")
