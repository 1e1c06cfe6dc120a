"""Settings of retention: after how many days what is stored goes for good."""

from typing import Annotated

from msgspec import Meta, Struct

_LONGEST = 36_525


class Retention(Struct, frozen=True, kw_only=True):
    """How long what is stored is kept; `healthtrends expire`, and every run, take out what is older."""

    records_days: Annotated[
        int,
        Meta(
            ge=0,
            le=_LONGEST,
            description="Days after its date that records are kept, once they are counted and published. "
            "Reports and cubes stay, and are final. 0: for ever.",
        ),
    ] = 0
    rejects_days: Annotated[
        int,
        Meta(ge=0, le=_LONGEST, description="Days after their ingest that rejects are kept; 0: for ever."),
    ] = 0
    issues_days: Annotated[
        int,
        Meta(
            ge=0,
            le=_LONGEST,
            description="Days after its publication that an issue is kept which a later one has replaced; "
            "one that a release was made of stays in any case. 0: as `publish.keep_issues` says.",
        ),
    ] = 0
    copies: Annotated[
        int,
        Meta(
            ge=0,
            description="Issues of a date whose reports are kept, the newest, also of dates that no run "
            "publishes again; those of an issue that a release was made of stay in any case. "
            "0: as `publish.keep_copies` says.",
        ),
    ] = 0
    runs_days: Annotated[
        int, Meta(ge=0, le=_LONGEST, description="Days that run records are kept; 0: for ever.")
    ] = 0

    @property
    def is_set(self) -> bool:
        """Whether anything is taken out at all."""
        return any((self.records_days, self.rejects_days, self.issues_days, self.copies, self.runs_days))
