"""The three worked extracts give the reports that the page shows, and the raw folders are read as shown."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.fenced import FENCE, blocks

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
OWN_DATA = HOW_TO / "own-data.md"
RAW_FOLDERS = HOW_TO / "raw-folders.md"
NAMED = re.compile(r"`([\w.]+\.(?:py|csv|jsonl?))`")


def steps(number: int) -> Iterator[tuple[str, str, str]]:
    """Kind, content, and the file that is named before it, of each block of one extract."""
    section = OWN_DATA.read_text("utf-8").split("\n## ")[number]
    end = 0
    for found in FENCE.finditer(section):
        names = NAMED.findall(section[end : found.start()])
        yield found[1], found[2], names[-1] if names else ""
        end = found.end()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_extract_gives_the_report_that_the_page_shows(user, number):
    """Every file written, every command typed, in the order of the page."""
    printed = ""
    *rest, (kind, report, _) = steps(number)
    for block, content, name in rest:
        if block == "sh":
            printed = [user.types(line) for line in content.splitlines()][-1]
        else:
            (user.folder / (name if block != "python" else "convert.py")).write_text(content, "utf-8")
    assert kind == "csv"
    assert printed == report


def test_pandas_and_duckdb_read_the_raw_folders_as_the_page_shows(user, stack):
    """And come to the patients of the report."""
    sent = "".join(content for kind, content, _ in steps(3) if kind == "json")
    (user.folder / "feed.jsonl").write_text(sent, "utf-8")
    user.types("healthtrends produce feed.jsonl")
    user.types("healthtrends run 2025-12-22")
    code = "\n".join(blocks(RAW_FOLDERS, "python")).replace("/healthTrend", user.root)
    found = "print(len(lines), list(patients.itertuples(index=False, name=None)), list(report['diagnosis']))"
    # In a process of its own: the client of HDFS does not outlive a fork, which other tests make.
    (user.folder / "raw.py").write_text(f"HDFS_URL = {stack.hdfs_url!r}\n{code}\n{found}\n", "utf-8")
    assert user.types("python raw.py") == "4 [('J10.1', 1)] ['J10.1']\n"
