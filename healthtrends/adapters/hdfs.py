"""HDFS by the native client: no JVM, and every failure sorted into transient or final.

Kerberos and wire encryption need settings only: any Hadoop client key, or HADOOP_CONF_DIR, and a ticket
cache (`KRB5CCNAME`) or keytab (`KRB5_CLIENT_KTNAME`) in the environment.
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import methodcaller
from typing import NamedTuple, ParamSpec, TypeVar

from hdfs_native import Client, WriteOptions

from healthtrends.adapters.hdfs_calls import HdfsCalls, Link
from healthtrends.errors import ConfigError, HdfsUnavailable, HealthTrendsError
from healthtrends.storage.access_rights import Access, AccessRights
from healthtrends.storage.ports import Entry, FileWriter

_MIB = 1024 * 1024
_PIECE = 4 * _MIB
# Hadoop's default for a block; what is likely to fill one gets the default of the NameNode.
_LARGE = 128 * _MIB
_LEAST_BLOCK = "dfs.namenode.fs-limits.min-block-size"

_NO_QUOTA = 2**62

_REFUSED = {
    "owner": "only HDFS's superuser gives a folder to another owner",
    "group": "the user has to be in the group, by the NameNode's own list of groups",
}
"""Why HDFS refuses to set one."""

P = ParamSpec("P")
T = TypeVar("T")


class Quota(NamedTuple):
    """A limit that an administrator set on a folder."""

    folder: str
    kind: str
    """bytes, which replicas count in, or names."""
    limit: int
    left: int


class HdfsStore:
    """A `FileStore` on one name service."""

    def __init__(
        self, url: str, client_settings: Mapping[str, str], rights: AccessRights | None = None
    ) -> None:
        """Connect lazily to `url`, such as hdfs://host:port; settings are Hadoop client keys.

        The places of `rights` are made before anything is written; one that is there keeps its mode.
        """
        self._calls = HdfsCalls(url, client_settings)
        self._rights = rights or AccessRights()
        self._missing_places = list(self._rights.places.items())
        self._small_blocks = True

    def create(self, path: str, size: int | None = None) -> FileWriter:
        """Open a new file, making its parents. Raises FileExistsError.

        A DataNode reserves a whole block for each open file, so a file that is likely to be small, by its
        `size`, gets small blocks; it may become larger all the same.
        """
        self._make_places()
        block = self._block(size)
        options = WriteOptions(
            overwrite=False, create_parent=True, block_size=block, permission=self._rights.file
        )
        # Not the client's own file object: collected unclosed, it closes itself in whatever thread that is,
        # and waits there for more than a minute when its DataNode has died.
        try:
            asked = self._calls.link
            inner = self._calls.call(asked, asked.client.inner.create, path, options)
            return HdfsWriter(self._calls, asked, inner)
        except HdfsUnavailable as refused:
            if block is None or _LEAST_BLOCK not in refused.why:
                raise
        # An administrator may ask for larger blocks than by default.
        self._small_blocks = False
        return self.create(path)

    def _block(self, size: int | None) -> int | None:
        """Block size for a file; None: the NameNode's default."""
        if size is None or size >= _LARGE or not self._small_blocks:
            return None
        return max(1, -(-size // _MIB)) * _MIB

    def read(self, path: str) -> bytes:
        """Whole content of a small file. Raises FileNotFoundError."""
        found = self._calls.repeatable(lambda client: client.read(path).read())
        self._calls.data_came = True
        return found

    def chunks(self, path: str) -> Iterator[bytes]:
        """Content of a file of any size, piece by piece. Raises FileNotFoundError."""
        reader = self._calls.repeatable(lambda client: client.read(path))
        size = len(reader)
        for offset in range(0, size, _PIECE):
            yield self._calls.call(self._calls.link, reader.read_range, offset, min(_PIECE, size - offset))
            self._calls.data_came = True

    def rename(self, src: str, dst: str, *, replace: bool = False) -> None:
        """Move a file, making the parents of `dst`; see `FileStore`."""
        try:
            self._calls.once(lambda client: client.rename(src, dst, replace))
        except FileNotFoundError:
            # The source, or the parent of the destination: the client does not say which.
            self._make_places()
            parent = posixpath.dirname(dst)
            self._make(parent, self._rights.folder_mode(parent))
            self._calls.once(lambda client: client.rename(src, dst, replace))

    def list(self, folder: str) -> list[Entry]:
        """Names in a folder, sorted; empty when there is no such folder."""
        try:
            found = self._calls.repeatable(lambda client: list(client.list_status(folder)))
        except FileNotFoundError:
            return []
        return sorted(Entry(posixpath.basename(each.path), each.isdir, each.length) for each in found)

    def length(self, path: str) -> int | None:
        """Bytes of a file; None when there is no such file."""
        try:
            return self._calls.repeatable(lambda client: client.get_file_info(path)).length
        except FileNotFoundError:
            return None

    def delete(self, path: str) -> None:
        """Remove a file or a folder with all it holds; nothing happens when it is gone."""
        try:
            self._calls.once(lambda client: client.delete(path, True))
        except FileNotFoundError:
            return

    def quotas(self, path: str) -> Iterator[Quota]:
        """Quotas of a folder and of those above it but the topmost, which would take long to sum up."""
        while path not in ("/", ""):
            try:
                summary = self._calls.repeatable(partial(Client.get_content_summary, path=path))
            except (FileNotFoundError, HealthTrendsError):
                path = posixpath.dirname(path)
                continue
            names = summary.file_count + summary.directory_count
            # Without a quota the NameNode says -1, as an unsigned number.
            if 0 <= summary.space_quota < _NO_QUOTA:
                left = summary.space_quota - summary.space_consumed
                yield Quota(path, "bytes", summary.space_quota, max(0, left))
            if 0 <= summary.quota < _NO_QUOTA:
                yield Quota(path, "names", summary.quota, max(0, summary.quota - names))
            path = posixpath.dirname(path)

    def access(self, path: str) -> Access | None:
        """Mode, owner and group of a file or folder; None when there is none."""
        try:
            found = self._calls.repeatable(lambda client: client.get_file_info(path))
        except FileNotFoundError:
            return None
        return Access(found.permission, found.owner, found.group)

    def _make_places(self) -> None:
        """Once; a folder made on the way to a file would have the mode of that above it."""
        for folder, mode in self._missing_places:
            parent = posixpath.dirname(folder)
            self._make(parent, self._rights.folder_mode(parent))
            self._make(folder, mode)
            self._give_away(folder)
        self._missing_places = []

    def _make(self, folder: str, mode: int) -> None:
        self._calls.repeatable(lambda client: client.mkdirs(folder, mode, True))

    def _give_away(self, folder: str) -> None:
        """Set owner and group of a place where they differ. Raises ConfigError when HDFS refuses that."""
        wanted = {"owner": self._rights.owner, "group": self._rights.group}
        found = self.access(folder) if any(wanted.values()) else None
        for kind, name in wanted.items():
            if found is None or name in (None, getattr(found, kind)):
                continue
            try:
                self._calls.repeatable(methodcaller("set_owner", folder, **{kind: name}))
            except ConfigError as refused:
                raise ConfigError(
                    f"HDFS does not let this user make {name} the {kind} of {folder}",
                    refused.why,
                    f"correct hdfs.{kind}, or leave it out: {_REFUSED[kind]}",
                ) from refused


class HdfsWriter:
    """An open HDFS file; errors of the client become ours. One that is refused is not asked to end.

    The client would ask the NameNode for 15 s to complete it.
    """

    def __init__(self, calls: HdfsCalls, asked: Link, inner: FileWriter) -> None:
        self._calls = calls
        self._asked = asked
        self._inner = inner
        self._refused: ConfigError | None = None

    def write(self, data: bytes | bytearray, /) -> int:
        """Append."""
        return self._while_open(self._inner.write, data)

    def close(self) -> None:
        """Make it durable and readable."""
        self._while_open(self._inner.close)
        self._calls.data_came = True

    def _while_open(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._refused is not None:
            raise self._refused
        try:
            return self._calls.call(self._asked, function, *args, **kwargs)
        except FileNotFoundError as error:
            # Whoever took over has deleted it meanwhile; what that means, the caller looks up.
            raise HdfsUnavailable("a file was removed while it was written", str(error)) from error
        except ConfigError as refused:
            self._refused = refused
            raise
