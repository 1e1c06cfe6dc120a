"""A user who follows the pages, on a topic and a root of their own."""

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PIPELINE = "patient_data_pipeline.py"


@dataclass(frozen=True, slots=True)
class User:
    """Types what the pages say, in an empty folder."""

    folder: Path
    environ: dict[str, str]
    root: str

    def types(self, line: str) -> str:
        """Run one line of an `sh` block; what it prints on stdout. Fails unless it ends with 0."""
        program, *rest = shlex.split(line)
        words = rest if program == "python" else ["-m", "healthtrends.cli", *rest]
        if words[0] == PIPELINE:
            words[0] = str(REPOSITORY / PIPELINE)
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def user(tmp_path, stack, topic, root) -> User:
    """As after the set-up."""
    key = tmp_path / "pseudonym.key"
    key.write_text("5a" * 32 + "\n")
    key.chmod(0o600)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("HEALTHTRENDS_")}
    environ = kept | {
        "HEALTHTRENDS_HOME": str(tmp_path / "home"),
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "HEALTHTRENDS_KAFKA__CLIENT": json.dumps(stack.kafka_client),
        "HEALTHTRENDS_KAFKA__TOPIC": topic,
        "HEALTHTRENDS_HDFS__URL": stack.hdfs_url,
        "HEALTHTRENDS_HDFS__ROOT": root,
        "HEALTHTRENDS_PRIVACY__KEY_FILE": str(key),
    }
    return User(tmp_path, environ, root)
