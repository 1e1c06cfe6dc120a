"""The command line as a user starts it: a process of its own, in an empty folder, with its own home."""

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def document(self) -> Any:  # noqa: ANN401  any JSON
        """The one JSON document on stdout."""
        return json.loads(self.out)


class Cli:
    """Runs commands with an environment that names nothing of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.interpreter = sys.executable
        kept = {name: text for name, text in os.environ.items() if not name.startswith("HEALTHTRENDS_")}
        self.environ = kept | {
            "HEALTHTRENDS_HOME": str(folder / "home"),
            "HEALTHTRENDS_CACHE": str(folder / "cache"),
            "PYTHONWARNINGS": "error",
        }

    def __call__(self, *arguments: str, stdin: bytes | None = None, **environ: str) -> Outcome:
        """Run `healthtrends ARGUMENTS`; keywords are more environment variables."""
        return self.python("-m", "healthtrends.cli", *arguments, stdin=stdin, **environ)

    def python(self, *arguments: str, stdin: bytes | None = None, **environ: str) -> Outcome:
        """Run the interpreter, by default that of the tests."""
        done = subprocess.run(
            [self.interpreter, *arguments],
            cwd=self.folder,
            env=self.environ | environ,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            timeout=240,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def cli(tmp_path) -> Cli:
    """A fresh command line."""
    return Cli(tmp_path)


@pytest.fixture
def cli_on_stack(cli, stack, topic):
    """A command line that is configured for the test stack."""
    key = cli.folder / "pseudonym.key"
    key.write_text("5a" * 32 + "\n")
    key.chmod(0o600)
    cli.environ |= {
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "HEALTHTRENDS_KAFKA__CLIENT": json.dumps(stack.kafka_client),
        "HEALTHTRENDS_KAFKA__TOPIC": topic,
        "HEALTHTRENDS_HDFS__URL": stack.hdfs_url,
        "HEALTHTRENDS_HDFS__ROOT": f"/test/{uuid.uuid4().hex}",
        "HEALTHTRENDS_PRIVACY__KEY_FILE": str(key),
        "HEALTHTRENDS_NOW": "2025-12-23T12:00:00+00:00",
    }
    return cli
