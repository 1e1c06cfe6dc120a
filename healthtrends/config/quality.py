"""Limits of the quality of a run and of a date: `[quality]`."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

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
