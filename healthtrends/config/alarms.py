"""Settings of the reports `alarms` and `trends`: `[alarms]`."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from healthtrends.config import alarm_defaults


class Alarms(Struct, frozen=True, kw_only=True):
    """Detector of the daily alarms, and what is left of them on the list of a date."""

    detector: Annotated[
        Literal["switch", "ewma", "regression", "ears_c1", "ears_c2", "ears_c3", "new_code"],
        Meta(description="Detector of the report `alarms`."),
    ] = alarm_defaults.DETECTOR
    parameters: Annotated[
        dict[str, str],
        Meta(
            description="Parameters of the detector, as texts, such as `baseline`; its baseline and guard "
            "end at most 30 days before the date. Without, its own defaults."
        ),
    ] = field(default_factory=dict)
    measure: Annotated[
        Literal["patients", "percent_of_visits"],
        Meta(
            description="What is tested: patients, or these as percent of the visits of their date. "
            "`new_code` compares shares by itself."
        ),
    ] = "patients"
    levels: Annotated[
        tuple[
            Literal[
                "diagnosis",
                "category",
                "block",
                "chapter",
                "syndrome",
                "age_group",
                "gender",
                "facility",
                "region",
            ],
            ...,
        ],
        Meta(
            description="Which series are looked at: full codes, groups of ICD-10, own sets of codes; with "
            "`age_group`, `gender`, `facility` or `region` also full codes by these."
        ),
    ] = ("diagnosis", "category", "block", "chapter", "syndrome")
    min_count: Annotated[
        int, Meta(ge=1, description="Patients of a series on the date below which there is no alarm.")
    ] = alarm_defaults.MIN_COUNT
    max_p: Annotated[
        float,
        Meta(gt=0, le=1, description="An alarm has a smaller p, besides what its detector asks for."),
    ] = alarm_defaults.MAX_P
    max_q: Annotated[
        float,
        Meta(
            gt=0,
            le=1,
            description="An alarm has at most this p after Benjamini and Hochberg's adjustment; 1: any.",
        ),
    ] = alarm_defaults.MAX_Q
    syndromes: Annotated[
        dict[str, str],
        Meta(
            description='Own sets of codes by name, parted by blanks: `influenza = "J09* J10* J11*"`. '
            "`*` is any end or part of a code, `-` before a code takes it out."
        ),
    ] = field(default_factory=dict)
