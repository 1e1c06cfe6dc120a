"""A page taken apart into elements and texts, and the pages of the sample."""

import dataclasses
from html.parser import HTMLParser

from healthtrends.page.render import render_day
from healthtrends.page.translations import bundled
from tests.browser.sample import detected, sample, unpacked

EN = bundled("en")
LIBRARY = "window.vegaEmbed = () => {};"
CELL = ("th", "td")
ENDS = {
    "li": ("li",), "dt": ("dt", "dd"), "dd": ("dt", "dd"), "option": ("option",),
    "tr": ("tr", *CELL), "th": CELL, "td": CELL, "tbody": ("thead", "tr", *CELL),
}  # fmt: skip
"""Which open elements the begin of one ends."""


class Parsed(HTMLParser):
    """Elements of a page, and the text inside each; one without an end tag ends where HTML ends it."""

    def __init__(self, page) -> None:
        super().__init__()
        self.elements = []
        self.texts = []
        self._open = []
        self.page = page.decode()
        self.feed(self.page)

    def handle_starttag(self, tag, attrs):
        while self._open and self._open[-1][0] in ENDS.get(tag, ()):
            self._open.pop()
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")
        self._open.append((tag, len(self.texts) - 1))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for _, place in self._open:
            self.texts[place] += data

    def named(self, tag):
        """Attributes and text of all elements of one kind."""
        pairs = zip(self.elements, self.texts, strict=True)
        return [(attributes, text) for (name, attributes), text in pairs if name == tag]

    def part(self, name):
        """Text of the element with an id."""
        pairs = zip(self.elements, self.texts, strict=True)
        return next(text for (_, attributes), text in pairs if attributes.get("id") == name)

    @property
    def data(self):
        """What the script gets."""
        return unpacked(self.page)


def render_changed(**changes):
    """The page of the sample with other data."""
    return Parsed(render_day(detected(dataclasses.replace(sample(), **changes)), EN, LIBRARY))
