"""Environments of their own for schedulers, and a stand-in for the command that ends as a file says.

The schedulers are installed here, in the versions that `make lock` wrote. The program is not: its package
lies on the path, without its dependencies, as for the workers of a scheduler.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.sandbox import DAY, Sandbox, new_sandbox

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
EXAMPLE_COMMAND = '("/srv/healthtrends/.venv/bin/healthtrends", "run")'
EXAMPLE_CONFIG = '"/srv/healthtrends/healthtrends.toml"'
FUTURE = "2026-01-31"
DATES = DAY, FUTURE, "2025-12-03"
NO_RECORDS = f"healthtrends ended with exit code 2: no records can be expected of {FUTURE}"
ENDS = """
import json, pathlib, sys
file = pathlib.Path(sys.argv[1])
code, *rest = file.read_text().split()
file.write_text(" ".join(rest))
error = {"what": "a server is down"} if code == "5" else None
print("asked for", *sys.argv[2:], file=sys.stderr)
print(json.dumps({"stored": 3, "dates": [{"records": 7}], "error": error}))
sys.exit(int(code))
"""


def make_environment(name: str, folder: Path) -> Path:
    """Install a scheduler; return the folder of its programs."""
    uv = Path(sys.prefix) / "bin" / "uv"
    python = folder / "venv" / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--require-hashes", "--python", python, "-r", HERE / f"{name}.txt"],
        check=True,
    )
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "healthtrends.pth").write_text(f"{REPOSITORY}\n", "utf-8")
    return python.parent


def write_example(example: str, place: Path, config: Path) -> Path:
    """Put an example of `deploy/` where it is read, with the paths of this machine."""
    text = (REPOSITORY / "deploy" / example).read_text("utf-8")
    assert text.count(EXAMPLE_COMMAND) == text.count(EXAMPLE_CONFIG) == 1
    command = (str(Path(sys.prefix) / "bin" / "healthtrends"), "run")
    text = text.replace(EXAMPLE_COMMAND, repr(command)).replace(EXAMPLE_CONFIG, repr(str(config)))
    place.write_text(text, "utf-8")
    return place


def servers_of(sandbox: Sandbox) -> dict[str, str]:
    """Variables that lead a command to the servers of a sandbox."""
    return {name: text for name, text in sandbox.environ.items() if name.startswith("HEALTHTRENDS_")}


def check_reports(sandbox: Sandbox) -> None:
    """Fail unless those of `DATES` have reports of which records can be expected."""
    reports = sandbox.store().list(f"{sandbox.root}/reports/trend_summary")
    assert {entry.name for entry in reports} == {f"date={date}" for date in DATES if date != FUTURE}


@pytest.fixture
def ends(tmp_path):
    """Command line that ends with the codes that `codes` names, one after the other."""

    class Ends:
        codes = tmp_path / "codes"
        line = (sys.executable, "-c", ENDS, str(codes))

    return Ends


@pytest.fixture
def filled(stack, tmp_path):
    """A topic with records of five dates, and a configuration file; the environment leads to both."""
    sandbox = new_sandbox(stack, tmp_path)
    sandbox.send(60, 0)
    (sandbox.folder / "healthtrends.toml").write_text("[retry]\ndeadline = 60\n", "utf-8")
    yield sandbox
    for run in sandbox.runs:
        run.kill()
