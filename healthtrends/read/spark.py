"""Records as a DataFrame of a PySpark session that the caller has."""

from typing import TYPE_CHECKING

from healthtrends.read.arguments import Date, to_date

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from healthtrends.orchestrate.stored_data import StoredData


class SparkData:
    """What a session of PySpark reads of a root, as the query of a day reads it."""

    def __init__(self, session: "SparkSession", stored: "StoredData") -> None:
        """`session`: classic or Connect; it must reach the file system, with its own Hadoop settings."""
        self._session = session
        self._stored = stored

    def records(self, date: Date, *, resolved: bool = False) -> "DataFrame":
        """Give the stored lines of a visit date at the newest commit, with the columns of a canonical line.

        `resolved`: only the lines that count, as in a report: of a record its latest version, and nothing
        that was cancelled. Raises UsageError, DamageFound, HdfsUnavailable.
        """
        from healthtrends.analyze.line_frame import read_lines  # noqa: PLC0415  PySpark: only for who has it

        lines = read_lines(self._session, self._stored.records(to_date(date)).addresses())
        if not resolved:
            return lines
        from healthtrends.analyze.version_resolution import resolve_versions  # noqa: PLC0415  as above

        return resolve_versions(lines)
