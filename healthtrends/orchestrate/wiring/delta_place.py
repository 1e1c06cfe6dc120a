"""The place of the Delta tables, as the settings or the command line name it."""

from urllib.parse import unquote, urlsplit

from healthtrends.adapters.delta import DeltaPlace, check_installed, local_folder
from healthtrends.adapters.namenodes import NameNodes
from healthtrends.config import Settings
from healthtrends.errors import UsageError
from healthtrends.publish.versioned_tables import TablePlace
from healthtrends.storage.layout import Layout

__all__ = ["check_installed", "open_delta_place"]


def open_delta_place(settings: Settings, location: str | None = None) -> TablePlace:
    """Open the place; `settings` have the address of HDFS. Raises ConfigError, UsageError.

    `[hdfs.client]` holds for each HDFS.
    """
    url = (
        location or settings.delta.location or f"{settings.hdfs.url}{Layout(settings.hdfs.root).delta_tables}"
    )
    parts = urlsplit(url)
    if parts.scheme == "hdfs" and parts.netloc and parts.path.strip("/"):
        address, client = f"hdfs://{parts.netloc}", settings.hdfs.client
        options = {**client, **NameNodes(address, client).answering()}
        return DeltaPlace(url.rstrip("/"), options)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        url = unquote(parts.path)
    elif "://" in url:
        raise UsageError(
            f"{url} is no place for tables", "", "a folder, file:///folder, or hdfs://host:port/folder"
        )
    try:
        return DeltaPlace(local_folder(url))
    except OSError as error:
        raise UsageError(
            f"{url} cannot be used for tables", error.strerror or "", "name a folder that this user may write"
        ) from error
