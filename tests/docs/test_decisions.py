"""Each decision has a date, and is found in the list of all."""

import re
from pathlib import Path

import pytest

ADR = Path(__file__).resolve().parents[2] / "docs" / "adr"
PAGES = sorted(ADR.glob("[0-9]*.md"))


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_a_decision_has_its_date_under_its_title(page):
    """The day on which it was taken; in one form, so that a search finds it."""
    title, blank, date, *_ = page.read_text("utf-8").splitlines()
    assert (title[:6], blank) == (f"# {page.name[:4]}", "")
    assert re.fullmatch(r"Date: 2\d{3}-\d\d-\d\d", date)


def test_the_list_has_every_decision_once():
    """In the order of their numbers."""
    readme = (ADR / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| \[(\d{4})\]\((\1[\w-]*\.md)\) \|", readme, re.MULTILINE)
    assert [name for _, name in listed] == [page.name for page in PAGES]
