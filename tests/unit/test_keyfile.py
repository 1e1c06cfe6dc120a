"""What an error about a key file tells the user to type."""

import re
import subprocess

import pytest

from healthtrends.config import load
from healthtrends.errors import ConfigError
from healthtrends.orchestrate.wiring.ingest_settings import read_seal_key


def test_the_key_that_the_error_tells_to_make_is_for_its_owner_only(tmp_path):
    """From its first byte on; it is accepted as it is."""
    key = tmp_path / "seal.key"
    settings = load(None, {"verify.key_file": str(key)}, {})
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        read_seal_key(settings)
    (command,) = re.findall("`(.+)`", caught.value.next_step)
    assert "chmod" not in command
    subprocess.run(["/bin/sh", "-c", command.replace("FILE", f"'{key}'")], check=True, umask=0o022)
    assert len(read_seal_key(settings) or b"") == 32
