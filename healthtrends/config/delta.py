"""Settings of the Delta tables of released reports: `[delta]`."""

from typing import Annotated

from msgspec import Meta, Struct


class Delta(Struct, frozen=True, kw_only=True):
    """Where the tables lie, when they are written, and how far back they can be read."""

    location: Annotated[
        str | None,
        Meta(
            description="Folder of the tables: `hdfs://host:port/folder`, or a folder of this machine. "
            "Default: `release_delta` below `hdfs.root`."
        ),
    ] = None
    enabled: Annotated[
        bool,
        Meta(
            description="Whether each `run` brings the tables up to date after its releases; else "
            "`delta write` does. Needs the extra `delta`."
        ),
    ] = False
    keep_days: Annotated[
        int,
        Meta(
            ge=1,
            le=36_500,
            description="Days for which files are kept that the newest version does not need any more: so "
            "far back a table can be read as of a version. `delta vacuum` deletes older ones.",
        ),
    ] = 365
