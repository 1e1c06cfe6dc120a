"""Published files of two engines side by side: nothing may differ but what names the engine and the run."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

Tree = Mapping[str, bytes]
"""Content by path below `reports/`."""


def unsigned(tree: Tree) -> dict[str, bytes]:
    """Take out of every file the engine, its version, and the names of run and inputs.

    `_meta.json` holds all of them, `exports/trends.json` the engine.
    Inputs are told as digests of file names, which are drawn at random when records are stored.
    """
    facts = {PurePosixPath(path).parts[1]: told for path, told in metas(tree).items()}
    facts |= metas(tree)
    return {
        path: _without(content, facts.get(path) or facts[PurePosixPath(path).parts[1]])
        if path.endswith(("/_meta.json", "/trends.json")) and "/date=" in path
        else content
        for path, content in tree.items()
    }


def metas(tree: Tree) -> dict[str, dict[str, Any]]:
    """Each `_meta.json` by path."""
    return {path: json.loads(content) for path, content in tree.items() if path.endswith("/_meta.json")}


def _without(content: bytes, told: Mapping[str, Any]) -> bytes:
    engine, version, run = (told[name] for name in ("engine", "engine_version", "run_id"))
    spellings = (f"{engine}, {version}", version, run, f'"engine":"{engine}"', f'"engine": "{engine}"')
    for spelling in (*spellings, *told["days_before"].values()):
        content = content.replace(spelling.encode(), b"-")
    return content


def engines_of(tree: Tree) -> set[str]:
    """Names of the engines that made what is published."""
    return {told["engine"] for told in metas(tree).values()}


def folder_tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder of this machine."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
