"""A death at a step leaves the batch in the data, or not, as docs/reference/guarantees.md says."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from healthtrends.adapters.failpoints import VARIABLE
from tests.faults.catalogue import MOMENTS
from tests.faults.sandbox import BATCH, Sandbox, check

AT_ONCE = 4
# The fence comes by there before the first batch does.
FENCE_FIRST = ("B4.",)
# Nothing is pruned after two batches.
NOT_REACHED = ("S.delete",)
CASES = [
    (f"{name}:kill@{2 if name.startswith(FENCE_FIRST) else 1}", moment.committed)
    for name, moment in MOMENTS.items()
    if moment.committed is not None and not name.startswith(NOT_REACHED)
]


def left_by(case: str, sandbox: Sandbox) -> bool:
    """Whether the first batch is in the data after a death there."""
    sandbox.send()
    sandbox.start("ingest", **{VARIABLE: case}).end(-signal.SIGKILL)
    committed = sandbox.committed()
    assert committed in (0, BATCH)
    check(sandbox)
    return committed == BATCH


@pytest.mark.long
def test_the_batch_is_in_the_data_after_the_rename_and_not_before(stack, make_sandbox):
    """At every effect of an ingest."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tried = {case: pool.submit(left_by, case, make_sandbox(stack)) for case, _ in CASES}
    assert {case: future.result() for case, future in tried.items()} == dict(CASES)
