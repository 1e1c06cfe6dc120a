"""Delta tables by delta-rs, without Java; the extra `delta`.

Each release is a transaction of the table's own log: its application id is that of the date in the root, its
version the release's number. A commit is made on the version that was looked at, or not at all: whoever comes
second looks again.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from healthtrends.adapters.hdfs_calls import take_patience
from healthtrends.adapters.timeouts import NoAnswer, within
from healthtrends.errors import ConfigError, DamageFound, HdfsUnavailable, HealthTrendsError, WriteFailed
from healthtrends.publish.versioned_tables import StoredVersion, Version

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import CommitProperties, DeltaTable

T = TypeVar("T")

_ROOT = "healthtrends.root"
_VERSION = "healthtrends.version"
_CAUSE = re.compile(r"\s*\x1b\[31m↳\x1b\[0m\s*")
"""How delta-rs puts an error before its cause."""
_FOREVER = "interval 36500 days"
"""The log of versions stays: it is small, and says which release a version is. An update reads it whole."""
_BACKTRACE = re.compile(r"\n\s+0: .*", re.DOTALL)
"""What delta-rs puts behind an error where RUST_BACKTRACE is set."""
_SYSTEM = re.compile(r"os error \d+|Os \{ code: \d+")
"""How it spells an error of the operating system: a full disk, a right that lacks."""
_ANSWERS = 2
"""A write waits for the NameNode more often than once; the client itself waits without end."""


def check_installed() -> None:
    """Raise ConfigError when the package is not installed."""
    try:
        import deltalake  # noqa: F401
    except ModuleNotFoundError as error:
        raise ConfigError(
            "Delta tables need the package deltalake",
            f"the package {error.name} is not installed",
            "`pip install 'healthtrends[delta]'`",
        ) from error


class DeltaPlace:
    """A folder of tables, one for each report."""

    def __init__(self, address: str, options: Mapping[str, str] | None = None) -> None:
        """`address`: `hdfs://host:port/folder` or a path; options are Hadoop client keys.

        Raises ConfigError when the package is not installed.
        """
        check_installed()
        self.address = address
        self._options = dict(options or {})
        self._patience = _ANSWERS * take_patience(self._options)

    def open(self, name: str, schema: "pa.Schema", root: str) -> "DeltaReport":
        """Open a table, which is made when it is not there. Raises ConfigError for one of another root."""
        if not self._is_there(name):
            self._call(lambda: self._create(self._url(name), name, schema, root))
        return self._load(name, root)

    def find(self, name: str, root: str) -> "DeltaReport | None":
        """Open a table; None: it is not there. Raises ConfigError for one of another root."""
        return self._load(name, root) if self._is_there(name) else None

    def _is_there(self, name: str) -> bool:
        from deltalake import DeltaTable

        return self._call(lambda: DeltaTable.is_deltatable(self._url(name), self._options))

    def _load(self, name: str, root: str) -> "DeltaReport":
        from deltalake import DeltaTable

        url = self._url(name)
        table = self._call(lambda: DeltaTable(url, storage_options=self._options))
        owner = table.metadata().configuration.get(_ROOT)
        if owner != root:
            raise ConfigError(
                f"the table {url} belongs to another root",
                f"it is of root {owner or 'unknown'}, this is {root or 'one without a name yet'}",
                "give each root a folder of its own: `delta.location`",
            )
        return DeltaReport(table, root, self._call)

    def _create(self, url: str, name: str, schema: "pa.Schema", root: str) -> None:
        """Make version 0, or find that another writer has made it meanwhile."""
        from deltalake import CommitProperties, DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            DeltaTable.create(
                url,
                schema,
                # As version 0 or not at all: with `ignore` the second writer's would be version 1.
                mode="error",
                commit_properties=CommitProperties(max_commit_retries=0),
                partition_by=["date"],
                name=name,
                configuration={_ROOT: root, "delta.logRetentionDuration": _FOREVER},
                storage_options=self._options,
                raise_if_key_not_exists=False,
            )
        except DeltaError:
            if not DeltaTable.is_deltatable(url, self._options):
                raise

    def _url(self, name: str) -> str:
        """Address of a table; of one on this machine the folders above it are made by the client."""
        return f"{self.address.rstrip('/')}/{name}"

    def _call(self, function: Callable[[], T], /) -> T:
        """Make a call of the client. Raises HdfsUnavailable, WriteFailed, DamageFound."""
        from deltalake.exceptions import CommitFailedError, DeltaError

        try:
            return within(self._patience, function)
        except CommitFailedError:
            raise
        except NoAnswer as silence:
            raise HdfsUnavailable(
                f"{self.address} is silent", str(silence), "check the NameNode"
            ) from silence
        except (OSError, DeltaError) as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> HealthTrendsError:
        text = _CAUSE.sub(": ", _BACKTRACE.sub("", str(error)))
        why = " ".join(text.split()) or type(error).__name__
        is_hdfs = self.address.startswith("hdfs://")
        if is_hdfs and "AccessControlException" in why:
            return ConfigError(
                f"{self.address} refuses this user",
                why,
                "have the right to write there given, or name another folder",
            )
        if is_hdfs and (isinstance(error, OSError) or "hdfs" in why.lower()):
            return HdfsUnavailable(f"{self.address} cannot be used", why, "check NameNode and DataNodes")
        if not is_hdfs and (isinstance(error, OSError) or _SYSTEM.search(why)):
            return WriteFailed(
                f"{self.address} cannot be used",
                why,
                "make room, see the rights on it, or name another folder",
            )
        return DamageFound(
            f"a table under {self.address} cannot be read or written", why,
            "`healthtrends delta write` to another folder makes the tables again",
        )  # fmt: skip


class _Call(Protocol):
    """Makes a call of the client."""

    def __call__(self, function: Callable[[], T], /) -> T: ...


class DeltaReport:
    """The table of one report."""

    def __init__(self, table: "DeltaTable", root: str, call: "_Call") -> None:
        self._table = table
        self._root = root
        self._call = call

    def newest(self, date: dt.date) -> int:
        """Number of the newest release of a date that was written; 0: none was."""
        return self._call(lambda: self._table.transaction_version(self._app(date))) or 0

    def write(self, version: Version, rows: "pa.Table") -> bool:
        """Put `rows` in the place of those of the date, as one version; whether that was done."""
        from deltalake import write_deltalake
        from deltalake.exceptions import CommitFailedError

        before = self._table.version()
        try:
            self._call(
                lambda: write_deltalake(
                    self._table,
                    rows,
                    mode="overwrite",
                    predicate=f"date = '{version.date}'",
                    schema_mode="merge",  # a version of the program may have more columns
                    commit_properties=self._properties(version),
                )
            )
        except CommitFailedError as error:
            self._call(self._table.update_incremental)
            if self._table.version() == before:  # nobody else was there
                raise HdfsUnavailable(
                    f"{version.date} could not be committed to {self._table.table_uri}",
                    str(error),
                    "run again",
                ) from error
            return False
        return True

    def _properties(self, version: Version) -> "CommitProperties":
        from deltalake import CommitProperties, Transaction

        said = {
            "date": version.date.isoformat(),
            "release": version.release,
            "issue": version.issue,
            "published_at": version.published_at,
        }
        return CommitProperties(
            custom_metadata={_VERSION: json.dumps(said)},
            max_commit_retries=0,  # on this version of the table, or not at all
            app_transactions=[Transaction(self._app(version.date), version.release)],
        )

    def versions(self) -> list[StoredVersion]:
        """List the versions, oldest first."""
        found = self._call(self._table.history)
        return [
            StoredVersion(each["version"], _decode(each[_VERSION]))
            for each in reversed(found)
            if _VERSION in each
        ]

    def vacuum(self, keep_days: int) -> int:
        """Delete files that no version of the last days needs; return how many."""
        remove = partial(
            self._table.vacuum,
            24 * keep_days,
            enforce_retention_duration=False,
            full=True,  # also what an interrupted write left, which no version names
        )
        if not self._call(partial(remove, dry_run=True)):
            return 0  # a vacuum is two versions of the log, also of nothing
        return len(self._call(partial(remove, dry_run=False)))

    def _app(self, date: dt.date) -> str:
        return f"healthtrends:{self._root}:{date}"


def _decode(text: str) -> Version:
    said = json.loads(text)
    return Version(dt.date.fromisoformat(said["date"]), said["release"], said["issue"], said["published_at"])
