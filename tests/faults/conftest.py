"""Worlds on the session's servers, and servers of our own that may be hurt."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from healthtrends.config import cache
from healthtrends.devstack.stack import LocalStack
from tests.faults.sandbox import Sandbox, new_sandbox


@pytest.fixture(scope="session")
def one_own_stack() -> Iterator[LocalStack]:
    """Kafka and HDFS that nobody else uses; see `own_stack`."""
    home = Path(tempfile.mkdtemp(prefix="ht-"))
    stack = LocalStack(home, cache())
    try:
        yield stack
    finally:
        stack.down(purge=True)
        shutil.rmtree(home)


@pytest.fixture
def own_stack(one_own_stack) -> LocalStack:
    """A stack that may be hurt; all its servers run when the test begins."""
    one_own_stack.up(print)
    return one_own_stack


@pytest.fixture
def make_sandbox(tmp_path) -> Iterator[Callable[..., Sandbox]]:
    """Make sandboxes on any servers; none of their commands outlives the test."""
    made: list[Sandbox] = []

    def make(servers, copies: int = 1) -> Sandbox:
        made.append(new_sandbox(servers, tmp_path, copies))
        return made[-1]

    yield make
    for sandbox in made:
        for run in sandbox.runs:
            run.kill()


@pytest.fixture
def sandbox(stack, make_sandbox) -> Sandbox:
    """One sandbox on the session's servers, which must not be hurt."""
    return make_sandbox(stack)
