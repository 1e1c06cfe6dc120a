"""The page of guarantees says what the tests try."""

from pathlib import Path

from docs import write_guarantees
from healthtrends.adapters.failpoints import NAMES
from tests.faults.catalogue import FAULTS, STEPS

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_page_is_current():
    """Otherwise: `make docs`, and commit what it changed."""
    page = REPOSITORY / "docs" / "reference" / write_guarantees.PAGE
    assert page.read_text("utf-8") == write_guarantees.page()


def test_every_effect_has_its_row_and_every_row_its_effect():
    """A step without a word about it is a hole in the page."""
    assert STEPS.keys() == {name.rpartition(".")[0] for name in NAMES}


def test_every_fault_names_a_test():
    """A claim without its test is a claim."""
    assert {fault.test for fault in FAULTS.values()} <= {
        path.name for path in (REPOSITORY / "tests" / "faults").glob("test_*.py")
    }


def test_make_docs_writes_the_page():
    """Beside the other generated ones."""
    text = (REPOSITORY / "Makefile").read_text("utf-8")
    assert "\t$(BIN)/python -m docs.write_guarantees docs/reference\n" in text
