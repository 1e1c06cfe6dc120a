"""Days on which the feed was quiet: some records came, and by far fewer than on the days like it."""

import numpy as np

from healthtrends.detect.series import BoolArray, FloatArray

WEEK = 7
FEWEST = 2


def quiet_days(visits: FloatArray, share: float) -> BoolArray:
    """Find days with fewer than `share` of the median of the other same weekdays (days; NaN: not observed).

    With fewer than two others known a day is not judged. A holiday looks the same, and is left out of
    baselines for the same reason: it does not say what is usual.
    """
    quiet = np.zeros(len(visits), np.bool_)
    for day in np.flatnonzero(np.isfinite(visits)):
        others = visits[day % WEEK :: WEEK]
        others = others[np.isfinite(others) & (np.arange(len(others)) != day // WEEK)]
        if len(others) >= FEWEST:
            quiet[day] = visits[day] < share * np.median(others)
    return quiet
