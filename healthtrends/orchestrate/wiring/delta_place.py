"""The place of the Delta tables, as the settings or the command line name it."""

from pathlib import Path

from healthtrends.adapters.delta import DeltaPlace, check_installed
from healthtrends.adapters.namenodes import NameNodes
from healthtrends.config import Settings
from healthtrends.errors import UsageError
from healthtrends.orchestrate.wiring.place_address import place_address
from healthtrends.publish.versioned_tables import TablePlace
from healthtrends.storage.layout import Layout

__all__ = ["check_installed", "open_delta_place"]


def open_delta_place(settings: Settings, location: str | None = None, *, writes: bool = True) -> TablePlace:
    """Open the place; `settings` have the address of HDFS. Raises ConfigError, UsageError.

    A folder of this machine is made when the caller `writes`. `[hdfs.client]` holds for each HDFS.
    """
    url = settings.delta.location if location is None else location
    if url is None:
        url = f"{settings.hdfs.url}{Layout(settings.hdfs.root).delta_tables}"
    place = place_address(url, "tables")
    if place.hdfs:
        client = settings.hdfs.client
        options = {**client, **NameNodes(place.hdfs, client).answering()}
        return DeltaPlace(f"{place.hdfs}{place.path}", options)
    folder = Path(place.path).expanduser().absolute()
    if writes:
        _make(folder)
    return DeltaPlace(str(folder))


def _make(folder: Path) -> None:
    """Refuse a place that cannot be used before anything is read for it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be used for tables",
            error.strerror or "",
            "name a folder that this user may write",
        ) from error
