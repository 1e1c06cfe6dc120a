"""The page of the read API is made from its docstrings, and its notebook was run."""

from pathlib import Path

from docs.write_read_api import PAGE, page

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_current():
    """Otherwise: `make docs`, and commit what it changed."""
    assert (DOCS / "reference" / PAGE).read_text(encoding="utf-8") == page()
