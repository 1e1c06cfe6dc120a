"""The page of the metrics says what the program measures."""

from pathlib import Path

from docs import write_metrics

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_page_is_current():
    """Otherwise: `make docs`, and commit what it changed."""
    page = REPOSITORY / "docs" / "reference" / write_metrics.PAGE
    assert page.read_text("utf-8") == write_metrics.page()


def test_make_docs_writes_the_page():
    """Beside the other generated ones."""
    text = (REPOSITORY / "Makefile").read_text("utf-8")
    assert "\t$(BIN)/python -m docs.write_metrics docs/reference\n" in text
