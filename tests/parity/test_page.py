"""docs/explanation/engines.md says what the tests find, no more and no less."""

import re
from pathlib import Path

from tests.parity import test_differences
from tests.parity.test_agreements import AGREED

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "engines.md"


def section(title: str) -> str:
    """Text of one section of the page."""
    return PAGE.read_text("utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_each_row_has_its_test_and_each_test_its_row() -> None:
    """A test is named by the first cell of its row."""
    cells = re.findall(r"^\| (?!what \|)([^|]+?) \|(?: [^|]+ \|){3}$", section("What differs"), re.MULTILINE)
    rows = {f"test_{re.sub('[^a-z0-9]+', '_', cell.lower()).strip('_')}" for cell in cells}
    assert rows == {name for name in vars(test_differences) if name.startswith("test_")}


def test_what_is_the_same_is_listed() -> None:
    """Each entry is tried."""
    assert set(re.findall(r"^- (.+)$", section("What is the same"), re.MULTILINE)) == set(AGREED)
