"""Charts of commands as pictures."""

from collections.abc import Mapping

from healthtrends.adapters.vega import draw_svg


def draw(chart: Mapping[str, object]) -> bytes:
    """Give the SVG file of a chart in Vega-Lite."""
    return draw_svg(chart)
