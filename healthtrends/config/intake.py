"""Settings of what is taken in: `[ingest]`, `[rejects]` and `[privacy]`."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

_MIB = 1024 * 1024


class Ingest(Struct, frozen=True, kw_only=True):
    """Limits of batches and messages."""

    batch_records: Annotated[int, Meta(ge=1, description="Messages after which a batch is committed.")] = (
        1_000_000
    )
    batch_bytes: Annotated[
        int, Meta(ge=1, description="Bytes of stored lines after which a batch is committed.")
    ] = 256 * _MIB
    batch_dates: Annotated[
        int,
        Meta(ge=2, le=50_000, description="Visit dates after which a batch is committed; each is a file."),
    ] = 10_000
    workers: Annotated[
        int,
        Meta(ge=0, le=64, description="Processes that share a large backlog; 0: one a core, at most four."),
    ] = 0
    worker_records: Annotated[
        int,
        Meta(ge=1, description="Messages that a worker process must have to itself before one is started."),
    ] = 250_000
    commit_interval: Annotated[
        float, Meta(gt=0, le=86_400, description="Seconds after which a batch is committed.")
    ] = 10.0
    snapshot_every: Annotated[
        int, Meta(ge=1, le=100_000, description="Commits after which the log's state is written as a whole.")
    ] = 200
    compact_above: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            description="Record or reject files of a day above which a run merges; 0: never.",
        ),
    ] = 64
    future_days: Annotated[
        int,
        Meta(
            ge=0, le=3650, description="Days after today (in `source.timezone`) that a `visit_date` may lie."
        ),
    ] = 1
    max_message_bytes: Annotated[
        int,
        Meta(
            ge=1024,
            le=1024 * _MIB,
            description="Bytes of a message above which it is rejected unread, as `too_large`.",
        ),
    ] = _MIB
    on_data_loss: Annotated[
        Literal["stop", "skip"],
        Meta(
            description="When the topic no longer holds the next offset: stop, or record the gap and go on."
        ),
    ] = "stop"


class Rejects(Struct, frozen=True, kw_only=True):
    """Rejected messages: how much of them is kept, and the function that may mend them."""

    keep_bytes: Annotated[
        int,
        Meta(
            ge=0,
            le=1024 * _MIB,
            description="Bytes kept of a rejected message, besides length and SHA-256 of a longer one.",
        ),
    ] = 64 * 1024
    keep_run_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="Bytes of reject files of a run, or of a follower's day, after which at most 256 "
            "bytes of a message are kept.",
        ),
    ] = 256 * _MIB
    encrypt: Annotated[
        bool,
        Meta(
            description="Encrypt what is kept of a rejected message, under a key made of `privacy.key_file`; "
            "to look at it needs that key."
        ),
    ] = False
    transform: (
        Annotated[
            str,
            Meta(
                pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*\Z",
                description="Function of your own that mends rejected messages in a replay.",
                extra={"allowed": "package.module:function"},
            ),
        ]
        | None
    ) = None


class Privacy(Struct, frozen=True, kw_only=True):
    """Pseudonyms of identifiers."""

    pseudonymise: Annotated[
        bool, Meta(description="Store keyed pseudonyms of `patient_id`, `visit_id` and `record_id`.")
    ] = True
    key_file: Annotated[
        str | None,
        Meta(description="File with the pseudonym key, 64 hex digits, mode 0600. Local stack: made by `up`."),
    ] = None
    opt_out_file: Annotated[
        str | None,
        Meta(
            description="File of patients of whom nothing is stored: one id or pseudonym a line, mode 0600. "
            "Their messages are counted as `opted_out`."
        ),
    ] = None
