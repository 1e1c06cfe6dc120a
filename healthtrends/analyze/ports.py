"""Protocol of a query engine: what the analysis needs; Sail, Spark and a Connect server implement it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from healthtrends.errors import EngineFailed

if TYPE_CHECKING:  # a second of imports that only a running engine needs
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession


class EngineBroken(EngineFailed):
    """The engine itself gave up (plan or internal error); another engine may well succeed."""


class Engine(Protocol):
    """A PySpark session somewhere. Nothing starts before `session` or `read` is called.

    Every call may raise EngineBroken, EngineFailed (another engine would fail as well) or
    HdfsUnavailable (the files could not be reached; worth another try).
    """

    @property
    def name(self) -> str:
        """`embedded`, `spark` or `connect`."""
        ...

    @property
    def version(self) -> str:
        """Program and client, as `_meta.json` names them: `pysail 0.7.2, pyspark 4.2.1`."""
        ...

    def session(self) -> "SparkSession":
        """Give the one session, started by the first call; UTC."""
        ...

    def read(self, files: Sequence[str], schema: str) -> "DataFrame":
        """Read JSON lines; `files` are full URLs, `schema` is DDL of all columns wanted."""
        ...

    def keep(self, frame: "DataFrame") -> "DataFrame":
        """Hold the rows of `frame` on the engine's side, for several queries; until the next `read`."""
        ...

    def collect(self, frame: "DataFrame") -> "pa.Table":
        """Run a query and fetch its rows; only for results that are small."""
        ...

    def close(self) -> None:
        """End the session and all that was started for it; a second call does nothing."""
        ...
