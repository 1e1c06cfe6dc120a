"""The table of everything: every report, to sort, filter and download; the script fills it."""

from healthtrends.page.data import DayPage
from healthtrends.page.markup import Html, el
from healthtrends.page.parts import section
from healthtrends.page.words import Words


def explore(page: DayPage, words: Words) -> Html:
    """Give the controls and the empty table."""
    options = (el("option", words.of("report", name), value=name) for name in page.reports)
    return section(
        "explore",
        words("explore.heading"),
        el(
            "p",
            el("label", words("explore.report"), for_="report"),
            el("select", *options, id="report"),
            el("label", words("explore.filter"), for_="filter"),
            el("input", id="filter", type="search", autocomplete="off", spellcheck="false"),
            el(
                "button",
                words("explore.download"),
                id="download",
                type="button",
                aria_describedby="download-means",
            ),
            class_="choose needs-script",
        ),
        el("p", id="rows-shown", class_="note", role="status"),
        el(
            "div",
            el("table", id="everything", aria_label=words("explore.heading")),
            class_="wide tall",
            tabindex="0",
            role="group",
            aria_label=words("explore.heading"),
        ),
        el("p", words("explore.download_means"), id="download-means", class_="note"),
    )
