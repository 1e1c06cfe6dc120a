"""The address of a folder outside of the root, as a person writes it: on this machine, or on an HDFS."""

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from healthtrends.errors import UsageError


class PlaceAddress(NamedTuple):
    """A folder."""

    hdfs: str
    """As `hdfs://host:port`; empty: this machine."""
    path: str


def place_address(url: str, what: str) -> PlaceAddress:
    """Read an address; `what` names in errors what lies there. Raises UsageError."""
    try:
        parts = urlsplit(url)
    except ValueError as error:  # a bracket of a host
        raise _refused(url, what) from error
    path = parts.path.strip("/")
    if parts.scheme == "hdfs" and parts.netloc and path:
        return PlaceAddress(f"hdfs://{parts.netloc}", f"/{path}")
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and path:
        return PlaceAddress("", unquote(parts.path))
    if not url or "://" in url or parts.scheme in ("hdfs", "file"):
        raise _refused(url, what)
    return PlaceAddress("", url)


def _refused(url: str, what: str) -> UsageError:
    next_step = "a folder, file:///folder, or hdfs://host:port/folder"
    return UsageError(f"{url or 'an empty name'} is no place for {what}", "", next_step)
