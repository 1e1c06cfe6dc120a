"""Section `[detect]`: what the detectors are told of the place."""

from typing import Annotated

from msgspec import Meta, Struct


class Detect(Struct, frozen=True, kw_only=True):
    """Detectors of unusual counts."""

    known_outbreaks_file: Annotated[
        str | None,
        Meta(
            description="CSV file of known outbreaks: columns `code`, `first`, `last` (empty: it goes on), "
            "`note`. Their days are left out of baselines. `healthtrends outbreaks` keeps such a list beside "
            "the data; both count."
        ),
    ] = None
    holidays_file: Annotated[
        str | None,
        Meta(
            description="CSV file of holidays: columns `date`, `note`. Baselines of models with weekdays "
            "leave them out."
        ),
    ] = None
