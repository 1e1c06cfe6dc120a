"""What CI and the git hooks call is what a person calls."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TARGETS = set(
    re.findall(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)[0].split()
)


@pytest.mark.parametrize(
    ("file", "needed"),
    [
        (".github/workflows/ci.yml", {"check", "unit", "test"}),
        (".pre-commit-config.yaml", {"check", "unit"}),
        (".ci/run", {"test"}),
    ],
)
def test_every_target_that_is_called_is_one_of_the_makefile(file, needed):
    """And the checks are among them."""
    text = (REPOSITORY / file).read_text("utf-8")
    called = set(re.findall(r"^\s*(?:- run: |entry: )?make ([\w-]+)", text, re.MULTILINE))
    assert needed <= called <= TARGETS
