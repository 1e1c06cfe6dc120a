"""Defaults of the list of alarms, chosen by `healthtrends evaluate --alarms` and by nothing else.

The goals: at most 1 false alarm per 100 codes and week, and at least 80 % of doublings of a code with 20
patients a day found on one of their first three days. The tables stand in docs/explanation/detectors.md; a
test holds these values against what the evaluation chooses.
"""

from typing import Final

DETECTOR: Final = "ewma"
MIN_COUNT: Final = 12
"""Patients of the date."""
MAX_P: Final = 0.01
"""What the detector itself calls an alarm (red)."""
MAX_Q: Final = 0.1
"""After Benjamini and Hochberg, among all that was tested on the date."""
