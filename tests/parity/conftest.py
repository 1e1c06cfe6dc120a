"""One session an engine for all of these tests: a Java that starts takes as long as ten of them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.parity.engine_queries import Both, ask
from tests.parity.engines import Engines

Write = Callable[[Sequence[str]], str]
HERE = Path(__file__).parent
OPENED = pytest.StashKey[Engines]()


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Engines]:
    """Each starts when a test first asks for it."""
    opened = Engines(tmp_path_factory.mktemp("engines"))
    request.session.stash[OPENED] = opened
    yield opened
    opened.close()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End them with the last of these tests: others need the memory."""
    if OPENED in item.session.stash and (nextitem is None or HERE not in nextitem.path.parents):
        item.session.stash[OPENED].close()


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
