"""Farrington: a week against the windows around the same week of the years before, for weekly counts.

As `farrington_flexible` with 1 period, 3 newest weeks left out, and a reweighting threshold of 1. Only some
35 weeks are fitted, and every week above its expected count is weighted down, so that the limit is low: more
is found, and more alarms are false (see the tables of the explanation). Kept because published figures use
it.

Source: Farrington, Andrews, Beale, Catchpole 1996, doi:10.2307/2983331; `farringtonFlexible` of the R package
surveillance 1.20.3 with these values.
"""

from dataclasses import dataclass
from typing import ClassVar

from healthtrends.detect.farrington_flexible import FarringtonFlexible, PastWeeks, Periods, WeightsThreshold


@dataclass(frozen=True, slots=True)
class Farrington(FarringtonFlexible):
    """The detector."""

    name: ClassVar[str] = "farrington"

    periods: Periods = 1
    past_weeks_excluded: PastWeeks = 3
    weights_threshold: WeightsThreshold = 1.0
