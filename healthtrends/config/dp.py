"""Settings of noisy releases, differential privacy: `[dp]`."""

from typing import Annotated

from msgspec import Meta, Struct


class Dp(Struct, frozen=True, kw_only=True):
    """What a noisy release of a date costs, and what all of them may cost."""

    epsilon: Annotated[
        float,
        Meta(gt=0, le=100, description="Epsilon that a release of a date spends; less is more noise."),
    ] = 1.0
    max_codes: Annotated[
        int,
        Meta(
            ge=1,
            le=100,
            description="Codes of a date in which one patient counts; more are left out by chance.",
        ),
    ] = 5
    codes_file: Annotated[
        str | None,
        Meta(
            description="File with the codes to release, one a line, which must not depend on the data; "
            "without one, codes whose noisy count reaches `threshold` are released, at a delta."
        ),
    ] = None
    threshold: Annotated[
        int, Meta(ge=1, description="Noisy patients from which a code is released, without `codes_file`.")
    ] = 60
    max_epsilon: Annotated[
        float, Meta(ge=0, description="Most epsilon that all noisy releases together may spend.")
    ] = 30.0
    max_epsilon_month: Annotated[
        float, Meta(ge=0, description="Most epsilon that the dates of one month may spend.")
    ] = 10.0
    max_delta: Annotated[
        float, Meta(ge=0, lt=1, description="Most delta that all noisy releases together may spend.")
    ] = 0.001
