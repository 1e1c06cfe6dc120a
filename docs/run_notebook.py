# ruff: noqa: INP001  a script of the documentation, no package
"""Runs the cells of a notebook in this process, as a kernel would, and puts what they print into it.

`python -m docs.run_notebook NOTEBOOK` in a folder whose healthtrends.toml names a root. A kernel of Jupyter
would bring 27 packages for one page.
"""

import ast
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

Notebook = dict[str, Any]


def run(notebook: Notebook) -> Notebook:
    """Give the notebook with the outputs of its code cells; what a cell raises is raised."""
    names: dict[str, Any] = {"__name__": "__main__"}
    count, cells = 0, []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            cells.append(
                {**cell, "execution_count": count, "outputs": _outputs("".join(cell["source"]), names, count)}
            )
        else:
            cells.append(cell)
    return {**notebook, "cells": cells}


def _outputs(source: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Run a cell: what it prints, and the value of its last line if that is an expression."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), "cell", "exec"), names)  # noqa: S102  our own page
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307  as above
    found: list[dict[str, Any]] = []
    if text := printed.getvalue():
        found.append({"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)})
    if value is not None:
        shown = {"text/plain": repr(value).splitlines(keepends=True)}
        found.append(
            {"output_type": "execute_result", "execution_count": count, "metadata": {}, "data": shown}
        )
    return found


def encode(notebook: Notebook) -> str:
    """Spell a notebook as Jupyter does."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main(file: Path) -> None:
    """Run a notebook and write it again."""
    file.write_text(encode(run(json.loads(file.read_text("utf-8")))), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
