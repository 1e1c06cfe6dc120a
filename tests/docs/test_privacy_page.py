"""The worked example of the page on privacy: `healthtrends audit` computes the numbers that stand there."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from healthtrends.cli.main import cli
from tests.docs.fenced import blocks

PAGE = Path(__file__).resolve().parents[2] / "docs/explanation/privacy.md"
RANGE = re.compile(r"^\| (\w), (\w) \| (\d+) \| (\d+) \| (\d+) to (\d+) \|$", re.MULTILINE)


@pytest.fixture
def ranges(tmp_path):
    """What the audit says of the page's table, some fields of it changed: exit code, and range by cell."""

    def audited(change=lambda table: table):
        (table,), (description,) = blocks(PAGE, "csv"), blocks(PAGE, "ini")
        (tmp_path / "county.csv").write_text(change(table))
        (tmp_path / "audit.toml").write_text(description)
        done = CliRunner().invoke(cli, ["audit", str(tmp_path), "--json"])
        cells = json.loads(done.stdout)["cells"]
        found = {(*each["keys"].values(),): (each["lower"], each["upper"]) for each in cells}
        return done.exit_code, found

    return audited


def written():
    """Ranges of the page's table: as the example is, and with one more hidden count."""
    rows = RANGE.findall(PAGE.read_text("utf-8"))
    return (
        {(county, industry): (int(low), int(high)) for county, industry, low, high, _, _ in rows},
        {(county, industry): (int(low), int(high)) for county, industry, _, _, low, high in rows},
    )


def test_the_ranges_of_the_example_are_those_that_the_audit_computes(ranges):
    """One of nine is exact; it is no small count, so the audit passes."""
    assert ranges() == (0, written()[0])


def test_with_one_more_hidden_count_none_is_exact(ranges):
    """As the last column says."""
    code, found = ranges(lambda table: table.replace("x,d,31\n", "x,d,\n"))
    assert (code, {cell: found[cell] for cell in written()[1]}) == (0, written()[1])
    assert all(lower < upper for lower, upper in found.values())


def test_every_line_of_the_example_hides_no_or_several_counts():
    """So each line by itself looks safe."""
    rows = [line.split(",") for line in blocks(PAGE, "csv")[0].splitlines()[1:]]
    for place in (0, 1):
        for name in {row[place] for row in rows}:
            assert sum(row[2] == "" for row in rows if row[place] == name) != 1
