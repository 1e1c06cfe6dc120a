"""Detectors, each a module of its own, in two kinds.

Those of the page look at a day's history and give alarms: `ports.Detector`, listed in `registry`. Those of
series compute with arrays of days x codes: `series_detector.SeriesDetector`, listed in `series_registry`.
"""
