"""A detector is one module and its registration; the page shows what it found, and computes nothing."""

import dataclasses

import pytest

from healthtrends.detect.registry import detect, register, unregister
from healthtrends.model.alarm import Alarm, Detection
from healthtrends.model.comparison import Comparison, Least
from healthtrends.page.render import render_day
from healthtrends.page.translations import bundled
from tests.browser.sample import detected, sample


class Everything:
    """Says that each code rose."""

    name = "everything"

    def __init__(self, least) -> None:
        self.least = least

    def detect(self, history, *, is_open):
        del is_open
        date, compared = history.dates[-1], Comparison(1234, (1,))
        alarms = [Alarm(self.name, date, code, 99.0, compared, (compared,)) for code in history.patients]
        return Detection(alarms, len(alarms))


@pytest.fixture
def everything():
    """The detector, for the time of a test."""
    register(Everything.name, Everything)
    yield
    unregister(Everything.name)


def test_alarms_of_a_new_detector_are_on_the_page(everything):
    """First, as they are the strongest."""
    page = detected(sample())
    assert {alarm.detector for alarm in page.detection.risen(5)} == {"everything"}
    assert "1,234" in render_day(page, bundled("en"), "").decode()


def test_the_page_shows_what_was_found_and_looks_for_nothing():
    """The history alone puts no code into the lists."""
    page = dataclasses.replace(sample(), detection=Detection((), 10))
    assert bundled("en")("glance.rose_none") in render_day(page, bundled("en"), "").decode()


def test_names_are_taken_once(everything):
    """A second detector of a name would replace the first without a word."""
    with pytest.raises(ValueError, match="a detector everything already"):
        register("everything", Everything)


def test_alarms_of_one_strength_go_by_code(everything):
    """The same history gives the same list."""
    found = detect(sample().history, Least(), is_open=False)
    codes = [alarm.code for alarm in found.alarms if alarm.detector == "everything"]
    assert codes == sorted(codes)
