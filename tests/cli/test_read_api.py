"""The read API on a real HDFS gives what the commands give, and its notebook shows what it shows."""

import json
from pathlib import Path

import pytest

import healthtrends
from docs.run_notebook import encode, run

DAY = "2025-12-22"
RANGE = ("--from", "2025-12-20", "--to", DAY)
LATER = {"HEALTHTRENDS_NOW": "2025-12-24T12:00:00.000+00:00"}
NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "notebooks" / "read-api.ipynb"


@pytest.fixture
def user(cli_on_stack, monkeypatch):
    """Three dates; the last has a second issue, of late records, and the first is released."""
    synthetic = ("produce", "--synthetic", "900", "--seed", "7", *RANGE)
    late = ("produce", "--synthetic", "50", "--seed", "8", "--from", DAY, "--to", DAY)
    assert cli_on_stack(*synthetic).code == 0
    assert cli_on_stack("run", *RANGE).code == 0
    assert cli_on_stack(*late).code == 0
    assert cli_on_stack("run", DAY, **LATER).code == 0
    assert cli_on_stack("release", "2025-12-20", **LATER).code == 0
    monkeypatch.chdir(cli_on_stack.folder)
    Path("healthtrends.toml").write_text("")
    Path("healthtrends.toml").chmod(0o600)
    for name, text in cli_on_stack.environ.items():
        if name.startswith("HEALTHTRENDS_"):
            monkeypatch.setenv(name, text)
    return cli_on_stack


def test_programs_read_what_the_commands_print(user, tmp_path):
    """Reports, issues, records; then the cells of the notebook, with the outputs that stand in it."""
    with healthtrends.open("healthtrends.toml") as data:
        printed = user("report", DAY, "--json", **LATER).document()
        (second,) = [row for row in data.issues(DAY).rows() if row["issue"] == printed["issue"]]
        assert second["sequence"] == printed["sequence"]
        read = data.reports("trend_summary", DAY).rows()
        assert [[row[name] for name in printed["columns"]] for row in read] == printed["rows"]
        records = data.records(DAY)
        assert records.lines == records.to_arrow().num_rows == printed["records"]
        assert data.spark(None)._stored.records(data.latest()).addresses()[0].startswith("hdfs://")
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    executed = run(notebook)
    # Where it differs for a good reason, this is the file to commit.
    (tmp_path / NOTEBOOK.name).write_text(encode(executed), "utf-8")
    assert executed == notebook
