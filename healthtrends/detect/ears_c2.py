"""EARS C2: a day against seven days that end two days before it.

    upper(t) = mean(t-9 .. t-3) + z(1 - alpha) max(sd(t-9 .. t-3), min_sigma);  alarm: y(t) > upper(t)

Source and parameters: as `ears_c1`. The two days between keep the beginning of an outbreak out of the
baseline, so that its second and third day are seen too.
"""

from dataclasses import dataclass
from typing import ClassVar

from healthtrends.detect.ears_c1 import EarsC1


@dataclass(frozen=True, slots=True)
class EarsC2(EarsC1):
    """The detector."""

    name: ClassVar[str] = "ears_c2"
    guard: ClassVar[int] = 2
