"""The page about MLLP: its example works, and its answer is the one shown."""

import re
import subprocess
import sys
from pathlib import Path

from tests.docs.fenced import blocks
from tests.mllp.door import opened

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "mllp.md"


def shape(answer: str) -> str:
    """An answer without its time and its own control id."""
    return re.sub(r"\b(\d{14}(?=\+0000)|[0-9A-F]{20})\b", "*", answer).strip("\n\x0b\x1c")


def test_the_example_is_answered_as_the_page_shows():
    """Copied from the page, with the port of a door that runs."""
    (example,), (shown,) = blocks(PAGE, "python"), blocks(PAGE, "text")
    with opened() as door:
        code = example.replace("2575", door.address.rpartition(":")[2])
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shape(done.stdout) == shape(shown)
