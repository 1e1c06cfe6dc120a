"""The page of the detectors says what they declare."""

from pathlib import Path

from docs import write_detectors

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_page_is_current():
    """Otherwise: `make docs`, and commit what it changed."""
    page = REPOSITORY / "docs" / "reference" / write_detectors.PAGE
    assert page.read_text("utf-8") == write_detectors.page()


def test_make_docs_writes_the_page():
    """Beside the other generated ones."""
    text = (REPOSITORY / "Makefile").read_text("utf-8")
    assert "\t$(BIN)/python -m docs.write_detectors docs/reference\n" in text
