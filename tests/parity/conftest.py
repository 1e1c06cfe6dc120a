"""One session an engine for all of these tests: a Java that starts takes as long as ten of them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.parity.asking import Both, ask
from tests.parity.engines import Engines

Write = Callable[[Sequence[str]], str]


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Each starts when a test first asks for it."""
    opened = Engines(tmp_path_factory.mktemp("engines"))
    yield opened
    opened.close()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Call with canonical lines; gives the URL of a new file of them."""
    files = 0

    def write(lines: Sequence[str]) -> str:
        nonlocal files
        files += 1
        path = tmp_path / f"part-{files}.jsonl"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return f"file://{path}"

    return write


@pytest.fixture
def both(engines: Engines) -> Both:
    """Call with a question to a session; gives Spark's answer and Sail's, REFUSED for an error."""
    return lambda question: ask(engines, question)
