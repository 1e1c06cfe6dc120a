"""Dagster really runs the example: a date, and a range of which one date fails."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.sandbox import DAY
from tests.schedulers.conftest import (
    DATES,
    HERE,
    NO_RECORDS,
    check_reports,
    make_environment,
    servers_of,
    write_example,
)

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

DEFINITIONS = """
from dagster import Definitions, define_asset_job

from healthtrends.adapters.schedulers.dagster_assets import build_reports_asset

reports = build_reports_asset(first="2025-12-01", command={command!r}, retries=2, retry_seconds=0)
definitions = Definitions(assets=[reports], jobs=[define_asset_job("ends", selection=[reports])])
"""


class Dagster:
    """A Dagster with a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._programs = make_environment("dagster", folder)
        (folder / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", "utf-8")

    def run(self, file: Path, job: str, *dates: str, **environ: str) -> list[dict]:
        """Run a job for some partitions, and return how each ended."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("HEALTHTRENDS_")}
        done = subprocess.run(
            [self._programs / "python", HERE / "run_partitions.py", file, job, *dates],
            cwd=self.folder,
            env={**kept, "DAGSTER_HOME": str(self.folder), **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def dagster(tmp_path_factory) -> Dagster:
    """Installed once for the tests of this file."""
    return Dagster(tmp_path_factory.mktemp("dagster"))


def test_the_example_makes_the_reports_of_each_date_but_of_the_one_that_fails(dagster, filled):
    """Of 2026-01-31 no records can be expected: exit code 2, which no retry helps."""
    config = filled.folder / "healthtrends.toml"
    file = write_example("dagster/definitions.py", dagster.folder / "definitions.py", config)
    day, failed, before = dagster.run(file, "healthtrends_daily", *DATES, **servers_of(filled))
    assert [each["success"] for each in (day, failed, before)] == [True, False, True]
    assert (day["records"], day["gate_passed"]) == ([30], [True])
    assert (failed["failures"], failed["retries"]) == ([NO_RECORDS], 0)
    check_reports(filled)


@pytest.mark.parametrize(
    ("codes", "success", "retries"),
    [("5 5 0", True, 2), ("4 0", False, 0), ("3 0", True, 0)],
)
def test_only_a_server_that_is_down_is_tried_again(dagster, ends, codes, success, retries):
    """By the retry policy of the asset; a gate that failed is an asset check that did not pass."""
    ends.codes.write_text(codes, "utf-8")
    file = dagster.folder / "ends.py"
    file.write_text(DEFINITIONS.format(command=ends.line), "utf-8")
    (done,) = dagster.run(file, "ends", DAY)
    assert (done["success"], done["retries"]) == (success, retries)
    assert done["gate_passed"] == ([codes != "3 0"] if success else [])
