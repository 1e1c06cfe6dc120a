"""Every setting with its meaning, unit, range and default; the reference page is made from this.

A field's `Meta` holds one line for the reader. `extra["allowed"]` says in words what a pattern
means, `extra["secret"]` that the value must never be shown.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from healthtrends.config.alarms import Alarms
from healthtrends.config.detect import Detect
from healthtrends.config.dp import Dp
from healthtrends.config.engines import EngineChoice, Spark
from healthtrends.config.mllp import Mllp
from healthtrends.config.retention import Retention
from healthtrends.config.servers import Hdfs, Kafka
from healthtrends.config.source import Source

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


class Retry(Struct, frozen=True, kw_only=True):
    """Retries of a step."""

    deadline: Annotated[
        float, Meta(gt=0, le=86_400, description="Seconds a step may spend on transient failures.")
    ] = 60.0


Gate = Literal["off", "warn", "fail"]
"""What a limit of the `quality` report does: nothing, a mark in the report, or exit code 3 as well."""


class Quality(Struct, frozen=True, kw_only=True):
    """Gates that mark a run or a report as doubtful. A report is published whatever its gates say."""

    max_reject_share: Annotated[
        float, Meta(ge=0, le=1, description="Share of rejected messages of a run above which it exits 3.")
    ] = 0.10
    min_messages: Annotated[
        int, Meta(ge=1, description="Messages of a run below which the share is not judged.")
    ] = 100
    provisional_days: Annotated[
        int,
        Meta(ge=0, le=3650, description="Days after its date during which a report is called provisional."),
    ] = 2
    expected_fields: Annotated[
        tuple[Literal["visit_id", "record_id", "facility_id", "region"], ...],
        Meta(description="Optional fields that records should have; of these the completeness is judged."),
    ] = ("visit_id", "record_id", "facility_id", "region")
    min_completeness: Annotated[
        float, Meta(ge=0, le=1, description="Share of a date's records that should have each of them.")
    ] = 0.80
    completeness_gate: Annotated[
        Gate, Meta(description="Below that: nothing, `warn` in the report, or `fail` and exit 3.")
    ] = "warn"
    min_timeliness: Annotated[
        float,
        Meta(ge=0, le=1, description="Share of a date's records that should be recorded within 24 hours."),
    ] = 0.80
    timeliness_gate: Annotated[Gate, Meta(description="Below that: the same choice.")] = "warn"
    reject_gate: Annotated[
        Gate,
        Meta(description="When more of a date's messages are rejected than `max_reject_share`: the same."),
    ] = "warn"
    min_records: Annotated[int, Meta(ge=0, description="Records that a date should have.")] = 1
    records_gate: Annotated[Gate, Meta(description="Below that: the same choice.")] = "warn"
    min_weekday_share: Annotated[
        float,
        Meta(
            ge=0,
            description="Lines stored that a date should have, as a share of the mean of the same weekday "
            "in the 4 weeks before (of the observed dates).",
        ),
    ] = 0.5
    weekday_gate: Annotated[Gate, Meta(description="Below that: the same choice.")] = "warn"
    min_facility_share: Annotated[
        float,
        Meta(
            ge=0,
            description="Records that a facility should have, as a share of its mean of the same weekday in "
            "the 4 weeks before (of the observed dates); below it the facility counts as quiet.",
        ),
    ] = 0.5
    min_facility_records: Annotated[
        float, Meta(ge=0, description="Mean of these weekdays below which a facility is not judged.")
    ] = 5.0
    facility_gate: Annotated[Gate, Meta(description="When a facility is quiet: the same choice.")] = "warn"
    max_newest_age: Annotated[
        float,
        Meta(
            ge=0,
            description="Hours that a date's newest record may be older than the date's end "
            "(in `source.timezone`).",
        ),
    ] = 24.0
    newest_gate: Annotated[Gate, Meta(description="When it is older: the same choice.")] = "warn"
    max_invalid_on_day_share: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="Share of a date's records whose code may not be used on that day, by "
            "`diagnosis.system`.",
        ),
    ] = 0.05
    invalid_on_day_gate: Annotated[Gate, Meta(description="When it is more: the same choice.")] = "off"
    max_not_billable_share: Annotated[
        float,
        Meta(ge=0, le=1, description="Share of a date's records whose code is a header of longer codes."),
    ] = 0.05
    not_billable_gate: Annotated[Gate, Meta(description="When it is more: the same choice.")] = "off"

    @property
    def gates(self) -> tuple[Gate, ...]:
        """All gates of lines of the report."""
        return (
            self.completeness_gate,
            self.timeliness_gate,
            self.reject_gate,
            self.records_gate,
            self.weekday_gate,
            self.facility_gate,
            self.newest_gate,
            self.invalid_on_day_gate,
            self.not_billable_gate,
        )


class Diagnosis(Struct, frozen=True, kw_only=True):
    """Edition of ICD-10 of the codes: titles, groups and validity."""

    system: Annotated[
        Literal["icd10cm", "icd10", "icd10gm"],
        Meta(
            description="Edition of ICD-10 by which codes are grouped, judged and named: `icd10cm` of the "
            "United States, which is bundled; `icd10` of the WHO, by the extra `icd10`; `icd10gm` of "
            "Germany, by `table_file`."
        ),
    ] = "icd10cm"
    table_file: Annotated[
        str | None,
        Meta(
            description="CSV file with the codes of the edition: columns `code`, `title`, `chapter`, "
            "`block`, and `valid_from`, `valid_to`, `billable` where they are known."
        ),
    ] = None


class Publish(Struct, frozen=True, kw_only=True):
    """The pages that people open, and how much of what was published is kept."""

    language: Annotated[
        str, Meta(description="Language of the pages: `en`, `de`, or a message file, which ends in `.json`.")
    ] = "en"
    titles_file: Annotated[
        str | None,
        Meta(
            description="CSV file with own titles of diagnosis codes: columns `code`, `title`, and "
            "`title_de` (or another language) for pages in that language."
        ),
    ] = None
    local_dir: Annotated[
        str | None,
        Meta(
            description="Folder of this machine for the pages and their index, of one data root only. "
            "Default: a folder of the root below `pages` in the home."
        ),
    ] = None
    title: Annotated[
        str,
        Meta(max_length=200, description="Name of the place, on pages, index and in alerts."),
    ] = ""
    min_count: Annotated[
        int,
        Meta(
            ge=1,
            description="Patients or visits, of a day or of the days it is compared with, below which pages "
            "and terminal say `2 (usually 0 to 1)` in place of a percentage, and list nothing as risen or "
            "fallen.",
        ),
    ] = 10
    min_change: Annotated[
        float,
        Meta(ge=0, le=10, description="Relative change below which nothing is listed as risen or fallen."),
    ] = 0.25
    exports: Annotated[
        bool,
        Meta(
            description="Put Parquet, JSON and a data package of each date beside its reports: some 20 "
            "files. Without, `report DATE --exports FOLDER` makes them of any issue."
        ),
    ] = False
    stale_windows: Annotated[
        Literal["at once", "on request"],
        Meta(
            description="When a date is published again whose own records did not change, but those of days "
            "before it that its reports tell of. `at once`: by every run over it. `on request`: by "
            "`--reprocess stale` or `all`, or by a run of that date alone; until then it is `stale`."
        ),
    ] = "at once"
    epi_week: Annotated[
        Literal["mmwr", "iso"],
        Meta(description="Weeks of pages and exports: MMWR (CDC, from Sunday) or ISO 8601 (from Monday)."),
    ] = "mmwr"
    keep_issues: Annotated[
        int, Meta(ge=0, description="Issues of a date that are kept, the newest; 0: all.")
    ] = 0
    after_erasure: Annotated[
        Literal["remove", "keep"],
        Meta(
            description="Earlier issues, with reports and exports, that were computed with somebody who was "
            "erased since (`forget`): `remove` or `keep` them. Cubes and pages are made again in any case."
        ),
    ] = "remove"
    keep_copies: Annotated[
        int,
        Meta(
            ge=0,
            description="Issues of a date whose reports are kept, the newest; of others `report --issues` "
            "still tells when and why. 0: of all.",
        ),
    ] = 0


class Release(Struct, frozen=True, kw_only=True):
    """What may leave the house: released reports, after disclosure control."""

    enabled: Annotated[
        bool,
        Meta(
            description="Whether `run` releases each date once, when it is final; else `release DATE` does."
        ),
    ] = False
    policy: Annotated[
        Literal["cms", "own"],
        Meta(
            description="Rule of the release. `cms`: a count that shows is 0 or at least 11. `own`: 0 or at "
            "least `release.hidden_below`."
        ),
    ] = "cms"
    hidden_below: Annotated[
        int, Meta(ge=3, le=1000, description="Least count that shows, of the policy `own`.")
    ] = 11


class Alert(Struct, frozen=True, kw_only=True):
    """Alerts of failed runs, quiet facilities and alarms. The hook's own failure never fails the run."""

    command: Annotated[
        list[str] | None,
        Meta(
            description="Program (by its path, or looked for in PATH) and arguments; "
            "an argument that names a file beside the configuration file is that file. "
            "It gets the run's summary as JSON on its standard input."
        ),
    ] = None
    webhook: (
        Annotated[
            str,
            Meta(
                pattern=r"^https?://\S+\Z",
                description="URL that gets the run's summary as a JSON POST.",
                extra={"allowed": "http://... or https://...", "secret": True},
            ),
        ]
        | None
    ) = None
    timeout: Annotated[float, Meta(gt=0, le=3600, description="Seconds the hook may take.")] = 10.0
    quiet_facilities: Annotated[
        bool,
        Meta(
            description="Call the hook also after a run that went well, when it published a date that is "
            "over, on which a facility was quiet (`quality.min_facility_share`)."
        ),
    ] = False
    alarms_from: Annotated[
        Literal["off", "low", "medium", "high"],
        Meta(
            description="Call the hook also for new alarms of this severity or a higher one, once for each "
            "alarm, not again for its next days or another issue. It gets counts of codes."
        ),
    ] = "off"
    alarms_min_count: Annotated[
        int, Meta(ge=1, description="Patients of the date below which the hook is not told of an alarm.")
    ] = 10
    alarms_max_age: Annotated[
        int,
        Meta(
            ge=0,
            description="Age of a date in days above which the hook is not told of its alarms, so that a "
            "run over years tells nothing of outbreaks that are over.",
        ),
    ] = 7


class Stack(Struct, frozen=True, kw_only=True):
    """The local stack, which stands in for servers that are not configured."""

    secure: Annotated[
        bool,
        Meta(
            description="Start it with Kerberos for HDFS and TLS for Kafka, for machines that others use "
            "too; a stack that was started without starts again, with its data. One that was started so "
            "stays so, until `up --no-secure`."
        ),
    ] = False


class Verify(Struct, frozen=True, kw_only=True):
    """Key that seals the log."""

    key_file: Annotated[
        str | None,
        Meta(
            description="File with a key, 64 hex digits, mode 0600, that seals every commit and run record: "
            "who can write the root, but has no key, cannot make up a log. Keep it outside of the root."
        ),
    ] = None


class Settings(Struct, frozen=True, kw_only=True):
    """All sections. `load` makes one; nothing changes it afterwards."""

    kafka: Kafka = field(default_factory=Kafka)
    hdfs: Hdfs = field(default_factory=Hdfs)
    source: Source = field(default_factory=Source)
    mllp: Mllp = field(default_factory=Mllp)
    ingest: Ingest = field(default_factory=Ingest)
    rejects: Rejects = field(default_factory=Rejects)
    privacy: Privacy = field(default_factory=Privacy)
    engine: EngineChoice = field(default_factory=EngineChoice)
    spark: Spark = field(default_factory=Spark)
    retry: Retry = field(default_factory=Retry)
    diagnosis: Diagnosis = field(default_factory=Diagnosis)
    quality: Quality = field(default_factory=Quality)
    detect: Detect = field(default_factory=Detect)
    alarms: Alarms = field(default_factory=Alarms)
    publish: Publish = field(default_factory=Publish)
    retention: Retention = field(default_factory=Retention)
    release: Release = field(default_factory=Release)
    dp: Dp = field(default_factory=Dp)
    alert: Alert = field(default_factory=Alert)
    verify: Verify = field(default_factory=Verify)
    stack: Stack = field(default_factory=Stack)

    @property
    def uses_local_stack(self) -> bool:
        """True when neither Kafka nor HDFS is configured."""
        return self.kafka.bootstrap_servers is None and self.hdfs.url is None
