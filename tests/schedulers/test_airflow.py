"""Airflow really runs the example DAG, on SQLite: a date, and a range of which one date fails."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.sandbox import DAY
from tests.schedulers.conftest import (
    DATES,
    NO_RECORDS,
    check_reports,
    make_environment,
    servers_of,
    write_example,
)

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

DAG = """
import datetime as dt

from airflow.sdk import DAG

from healthtrends.adapters.schedulers.airflow_operator import HealthTrendsOperator

with DAG(dag_id="ends", schedule=None, start_date=dt.datetime(2025, 12, 1, tzinfo=dt.UTC)):
    HealthTrendsOperator(
        task_id="reports", date="{{{{ ds }}}}", command={command!r}, retries=2, retry_delay=dt.timedelta(0),
        fail_on_gate={fail_on_gate},
    )
"""


class Airflow:
    """An Airflow with a home of its own; nothing of it goes on after a call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = make_environment("airflow", folder)
        self.dags = folder / "dags"
        self.dags.mkdir()
        self._environ = {
            **{name: text for name, text in os.environ.items() if not name.startswith("HEALTHTRENDS_")},
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "SCARF_ANALYTICS": "false",
        }
        assert self._call("db", "migrate").returncode == 0

    def run(self, dag: str, file: Path, date: str, **environ: str) -> tuple[str, str]:
        """Run a DAG for a date; return how its run ended, and its log."""
        done = self._call("dags", "test", dag, date, "--dagfile-path", str(file), **environ)
        log = done.stdout + done.stderr
        states = [state for state in ("success", "failed") if f", state={state}, " in log]
        assert len(states) == 1, log
        return states[0], log

    def _call(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._programs / "airflow", *arguments],
            cwd=self._folder,
            env=self._environ | environ,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def airflow(tmp_path_factory) -> Airflow:
    """Installed once for the tests of this file."""
    return Airflow(tmp_path_factory.mktemp("airflow"))


def test_the_example_makes_the_reports_of_each_date_but_of_the_one_that_fails(airflow, filled):
    """Of 2026-01-31 no records can be expected: exit code 2, which no retry helps."""
    config = filled.folder / "healthtrends.toml"
    file = write_example("airflow/healthtrends_dag.py", airflow.dags / "healthtrends_dag.py", config)
    day, failed, before = (airflow.run("healthtrends", file, date, **servers_of(filled)) for date in DATES)
    assert [state for state, _ in (day, failed, before)] == ["success", "failed", "success"]
    assert "step.done" in day[1]  # the lines of the command are those of the task
    assert NO_RECORDS in failed[1]
    assert "up_for_retry" not in failed[1]
    check_reports(filled)


@pytest.mark.parametrize(
    ("codes", "fail_on_gate", "state", "left"),
    [
        ("5 5 0", False, "success", ""),
        ("4 0", False, "failed", "0"),
        ("3 0", True, "failed", "0"),
    ],
)
def test_only_a_server_that_is_down_is_tried_again(airflow, ends, codes, fail_on_gate, state, left):
    """By the retries of the task; a gate fails it only where the DAG says so."""
    ends.codes.write_text(codes, "utf-8")
    file = airflow.dags / "ends.py"
    file.write_text(DAG.format(command=ends.line, fail_on_gate=fail_on_gate), "utf-8")
    assert airflow.run("ends", file, DAY)[0] == state
    assert ends.codes.read_text("utf-8") == left
