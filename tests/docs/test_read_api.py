"""The page of the read API is made from its docstrings, and its notebook was run."""

import json
from pathlib import Path

from docs.write_read_api import PAGE, page

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_current():
    """Otherwise: `make docs`, and commit what it changed."""
    assert (DOCS / "reference" / PAGE).read_text(encoding="utf-8") == page()


def test_every_cell_of_the_notebook_was_run():
    """What the cells give is compared in tests/cli/test_read_api.py, on a real HDFS."""
    notebook = json.loads((DOCS / "notebooks" / "read-api.ipynb").read_text("utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == [*range(1, len(code) + 1)]
    assert all(cell["outputs"] for cell in code[:-1])
