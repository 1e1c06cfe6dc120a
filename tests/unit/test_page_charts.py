"""Sparklines, and specifications of the charts: JSON files with keys of texts, put in for each language."""

import dataclasses
import json

import pytest

from healthtrends.page.data import OUTCOMES
from healthtrends.page.sparkline import sparkline
from healthtrends.page.translations import bundled, languages
from healthtrends.page.vega_specs import CHARTS, specs

EN = bundled("en")


@pytest.mark.parametrize("language", languages())
def test_no_key_of_a_text_is_left_in_a_chart(language):
    """A reader would see it on an axis."""
    assert "t('" not in json.dumps(specs(bundled(language)))


def test_the_title_of_an_axis_is_the_text_itself():
    """Without the quotes of an expression."""
    assert specs(EN)["ages"]["encoding"]["x"]["axis"]["title"] == EN("js.patients")


def test_a_text_inside_an_expression_is_quoted():
    """An apostrophe or a backslash ends no string of Vega."""
    own = dataclasses.replace(EN, texts={**EN.texts, "column.men": "men's \\"})
    legend = specs(own)["ages"]["encoding"]["color"]["legend"]["labelExpr"]
    assert legend.startswith(r"datum.label === 'men' ? 'men\'s \\' : datum.label === 'women'")


def test_the_chart_of_outcomes_has_those_of_the_reports_in_their_order():
    """Each in a colour of its own."""
    scale = specs(EN)["outcomes"]["encoding"]["color"]["scale"]
    assert scale == {"domain": list(OUTCOMES), "range": [f"var(--{name})" for name in OUTCOMES]}


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_has_the_common_frame(name):
    """Font, colours of axes, and a width that follows the window."""
    spec = specs(EN)[name]
    assert (spec["width"], spec["background"]) == ("container", None)
    assert spec["config"]["aria"] is False


def test_a_sparkline_leaves_a_gap_where_nothing_is_known():
    """Two lines instead of one; a lone known day is a dot."""
    path = sparkline([1, 2, None, 3, None, 4, 4], "").path
    assert path.count("M") == 3
    assert path.count("h0") == 1


def test_a_sparkline_of_nothing_is_an_empty_picture():
    """No division by zero."""
    assert [sparkline(counts, "").path for counts in ([None, None], [])] == ["", ""]
