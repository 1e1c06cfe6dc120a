"""Settings of what is published, released and told: `[publish]`, `[release]` and `[alert]`."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


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
        int,
        Meta(
            ge=0,
            description="Issues of a date that are kept, the newest; one that a release was made of stays in "
            "any case. 0: all.",
        ),
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
            "still tells when and why. Those of an issue that a release was made of stay in any case. "
            "0: of all.",
        ),
    ] = 0


class Release(Struct, frozen=True, kw_only=True):
    """What may leave the house: released reports, after disclosure control."""

    enabled: Annotated[
        bool,
        Meta(
            description="Whether `run` releases each date once, when it is final; else `release DATE` does."
        ),
    ] = True
    schedule: Annotated[
        Literal["final", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
        Meta(
            description="When `run` releases dates, with `release.enabled`. `final`: each run releases those "
            "that it was asked for and those of the 14 days before it, once they are final. A weekday: the "
            "same for the 14 days, by runs on that day (in `source.timezone`) alone. Always in their order: "
            "none before a date that was released."
        ),
    ] = "final"
    max_codes: Annotated[
        int,
        Meta(
            ge=1,
            description="Codes of a date up to which runs release it: the audit of more takes many minutes, "
            "and gigabytes. The command `release` knows no limit.",
        ),
    ] = 20_000
    policy: Annotated[
        Literal["cms", "own", "opensafely", "midpoint6"],
        Meta(
            description="Rule of the release. `cms`: a count that shows is 0 or at least 11. `own`: 0 or at "
            "least `release.hidden_below`. `opensafely`: 1 to 7 are hidden, others rounded to the nearest 5. "
            "`midpoint6`: 1 to 6 show as 3, 7 to 12 as 9, and so on."
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
