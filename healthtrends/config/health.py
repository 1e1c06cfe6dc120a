"""Section `[health]`: when a long process counts as stuck, and whom it tells that it is not."""

from typing import Annotated

from msgspec import Meta, Struct


class Health(Struct, frozen=True, kw_only=True):
    """Health of `ingest --follow` and `mllp`."""

    max_silence: Annotated[
        float,
        Meta(
            ge=1,
            le=86_400,
            description="Seconds after which `/healthz` says that the process is stuck: its main loop did "
            "not move, or a partition with messages did not.",
        ),
    ] = 120.0
    file: Annotated[
        str | None,
        Meta(description="File whose time is set every few seconds while the process is not stuck."),
    ] = None
