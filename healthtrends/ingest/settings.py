"""Settings of one ingest, and its summary."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from healthtrends import clock, formats
from healthtrends.config.source import Source
from healthtrends.ingest.plan import OnDataLoss, Shard
from healthtrends.ingest.reject_cipher import PLAIN, RejectCipher
from healthtrends.ingest.worker_protocol import KEPT_REJECT_BYTES, Executors, Worker
from healthtrends.model.decoder import LARGEST_MESSAGE, Decoder, DecoderOptions
from healthtrends.model.opt_out import OptOutList
from healthtrends.model.pseudonym import KnownKey, Pseudonymise
from healthtrends.model.schemas import SchemaSource
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.manifest import Mode


@dataclass(frozen=True, slots=True)
class WorkerPool:
    """Worker processes that may share the staging of a large backlog."""

    workers: int
    """How many at most."""
    least_messages: int
    """Least number of messages for which a process is started."""
    start: Callable[[], Worker]


@dataclass(frozen=True, slots=True)
class ExecutorPool:
    """Spark executors, and the size of their tasks."""

    executors: Executors
    piece_messages: int
    """Offsets of a piece at most."""


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Settings of one ingest."""

    batch_records: int
    batch_bytes: int
    commit_interval: float
    """Seconds after which a batch is committed, full or not."""
    future_days: int
    """Days after the batch's clock date that a visit may lie."""
    pseudonymise: Pseudonymise | None
    key_id: str | None
    older_keys: tuple[KnownKey, ...] = ()
    """Keys that were used before, and may have made pseudonyms that are stored."""
    reject_bytes: int = 64 * 1024
    """Kept of a rejected message."""
    kept_reject_bytes: int = KEPT_REJECT_BYTES
    """Kept of all rejected messages of a run, or of a follower's day."""
    batch_dates: int = 10_000
    """Visit dates of a batch."""
    max_message_bytes: int = LARGEST_MESSAGE
    """A longer message is rejected unread."""
    on_data_loss: OnDataLoss = "stop"
    accept_compacted: bool = False
    """Read a compacted topic, of which Kafka deletes messages that nobody has read."""
    new_key: bool = False
    """Accept another pseudonym key than the log's."""
    accept_no_topic_id: bool = False
    """Go on with a broker that gives topics no id."""
    mode: Mode = "once"
    shard: Shard = field(default_factory=Shard)
    worker_pool: WorkerPool | None = None
    """None: everything in this process."""
    executor_pool: ExecutorPool | None = None
    """None: everything on this machine."""
    source: Source = field(default_factory=Source)
    """Format of the topic's messages, and how to read them."""
    cipher: RejectCipher = PLAIN
    """Encrypts what is kept of rejected messages, and opens it."""
    opt_out: OptOutList | None = None
    """Patients of whom nothing is stored; None: there is no list, or nobody is on it."""

    schemas: SchemaSource | None = None
    """Schema registry of the messages; None: none is configured."""
    reader_schema: str | None = None
    """Avro schema that messages are brought to; None: each stays in its own."""

    def under_known_keys(self) -> "list[IngestSettings]":
        """Give these settings once for each known key, the present one first."""
        older = [replace(self, pseudonymise=key.pseudonymise, key_id=key.id) for key in self.older_keys]
        return [self, *older]

    def today(self) -> dt.date:
        """Calendar day at the place whose messages these are."""
        return clock.today(self.source.timezone)

    def decoder(self, clock_date: dt.date, message_format: str | None = None) -> Decoder:
        """Make a decoder under a clock date, of the topic's format or of another. Raises ConfigError."""
        latest = clock_date + dt.timedelta(days=self.future_days)
        source = self.source if message_format is None else self.source.of_stored(message_format)
        return formats.open_decoder(
            DecoderOptions(
                latest,
                self.pseudonymise,
                self.max_message_bytes,
                source,
                self.schemas,
                self.reader_schema,
                frozenset(self.opt_out.lines) if self.opt_out else frozenset(),
            )
        )


@dataclass(slots=True)
class IngestSummary:
    """Summary of one ingest, over all its attempts."""

    seq: int = 0
    """Number of the last commit, own or not."""
    stored: int = 0
    rejected: int = 0
    skipped: int = 0
    lines: int = 0
    unknown_fields: int = 0
    commits: int = 0
    caught_up: int = 0
    """Times that a follower found nothing new, with everything stored."""
    superseded: str | None = None
    """Why another writer went on; None: this one finished."""
    reasons: dict[str, int] = field(default_factory=dict)
    skips: dict[str, int] = field(default_factory=dict)
    """Skipped messages by reason code."""
    hidden: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By partition, first offset and offset after the last that an open transaction hid at the start."""

    @property
    def progress(self) -> int:
        """Grows whenever servers did what was asked of them: a retry's deadline begins anew."""
        return self.commits + self.caught_up

    def count(self, counts: Counts) -> None:
        """Add one commit."""
        self.commits += 1
        self.stored += counts.messages_stored
        self.rejected += counts.messages_rejected
        self.skipped += counts.messages_skipped
        self.lines += counts.lines
        self.unknown_fields += counts.unknown_fields
        for reason, number in counts.reasons.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + number
        for reason, number in counts.skips.items():
            self.skips[reason] = self.skips.get(reason, 0) + number
