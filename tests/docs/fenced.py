"""Fenced blocks of the pages."""

import re
from pathlib import Path

FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, kind: str) -> list[str]:
    """Content of the fenced blocks of one kind, in order."""
    return [content for found, content in FENCE.findall(page.read_text("utf-8")) if found == kind]
