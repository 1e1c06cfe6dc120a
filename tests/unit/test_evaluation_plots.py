"""The pictures of `evaluate --daily`: what is drawn of each detector, and on which scale."""

import math

import pytest

from healthtrends.adapters.vega import draw_svg
from healthtrends.cli.evaluation_plots import daily_plots
from healthtrends.detect.daily_simulation import BASES, SHAPES, SIZES, DailyRates, Estimate

KINDS = len(SHAPES) * len(SIZES)


def rates(name="ewma", share=0.5, delay=1.5, alarms=10.0):
    """What a detector did, the same everywhere; nothing is found of the first kind."""
    return DailyRates(
        name,
        (Estimate(alarms, 0.5),) * len(BASES),
        (Estimate(0.0, 0.0), *(Estimate(share, 0.1),) * (KINDS - 1)),
        (math.nan, *(delay,) * (KINDS - 1)),
    )


def panels(*found):
    """The three panels of the first detector."""
    return next(chart for _, chart in daily_plots(found))["hconcat"]


def test_every_detector_has_a_chart():
    """Named after it."""
    assert [(name, chart["title"]["text"]) for name, chart in daily_plots([rates("a"), rates("b")])] == [
        ("a", "a"), ("b", "b")
    ]  # fmt: skip


def test_the_share_found_is_drawn_for_each_shape_and_height_with_its_interval():
    """An interval ends where shares end."""
    rows = panels(rates(share=0.95))[0]["data"]["values"]
    assert [(row["shape"], row["size"]) for row in rows] == [(s, h) for s in SHAPES for h in SIZES]
    assert (rows[-1]["share"], rows[-1]["low"], rows[-1]["high"]) == (0.95, 0.95 - 0.1, 1.0)


def test_what_is_never_found_has_no_delay():
    """A gap, not a zero."""
    assert panels(rates())[1]["data"]["values"][0]["delay"] is None


def test_all_detectors_have_the_same_scales():
    """So that their pictures compare."""
    delay, alarms = (
        panel["layer"][0]["encoding"]["y"]["scale"]["domain"]
        for panel in panels(rates("a", delay=1.0, alarms=2.0), rates("b", delay=3.0, alarms=60.0))[1:]
    )
    assert (delay, alarms) == ([0, 3.0], [0, 60.5])


@pytest.mark.slow
def test_a_picture_is_small_and_whole():
    """An SVG file below 60 kB, which names its axes."""
    ((_, chart),) = daily_plots([rates()])
    drawn = draw_svg(chart).decode()
    assert len(drawn) < 60_000
    for text in ("ewma", "share of outbreaks found", "false alarms a code and year", *SHAPES):
        assert f">{text}</text>" in drawn
