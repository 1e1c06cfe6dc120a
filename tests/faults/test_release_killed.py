"""`release` on real servers, killed: it is repeated or finished, never half, and `verify` holds."""

import json

import pytest

from tests.faults.sandbox import DAY, Sandbox
from tests.faults.test_erasure_killed import PATIENTS, killed, publish, published

__all__ = ["published"]

MOMENTS = (
    "P3.rename.after", "P2.create.before", "P2.create.after@2", "P2.write.before", "P2.write.after@3",
    "P2.close.before", "P2.close.after@2", "B4.create.before", "B4.create.after", "B4.write.before",
    "B4.write.after", "B4.close.before", "B4.close.after", "B4.rename.before", "B4.rename.after",
    "P3.rename.before", "P4.delete.before", "P4.delete.after@2", "P4.delete.before@4", "P4.rename.before",
    "P4.rename.after", "P4.rename.before@3", "P4.rename.after@5", "P4.create.before", "P4.create.after@2",
    "P4.close.before", "P4.close.after@3", "P5.delete.before", "P5.delete.after", "B7.delete.before",
)  # fmt: skip
"""Where a `release` is killed, `@n` at the n-th time it comes by."""
_TOGETHER = 6
"""How many are tried on one root."""


def try_release(sandbox: Sandbox, moments: tuple[str, ...]) -> int:
    """Release a date again and again, each time with more patients, killed and repeated; how many died."""
    deaths = 0
    for number, moment in enumerate(moments):
        if number:
            publish(sandbox, number * PATIENTS)
        command = ("release", DAY, "--re-release")
        deaths += killed(sandbox, moment, *command)
        again = sandbox.start(*command, "--json")
        again.end()
        (done,) = json.loads(again.out)["releases"]
        assert (done["action"] in ("released", "up to date"), done["release"]) == (True, number + 1), moment
        proof = sandbox.start("verify")
        assert proof.end(0, 4) == 0, (moment, proof.out)
        audit = sandbox.start("audit", DAY)
        assert audit.end(0, 3) == 0, (moment, audit.out)
    return deaths


def test_a_release_that_is_killed_is_finished_by_the_next(published):
    """One moment of all: it has its number, and nothing of it is in place."""
    assert try_release(published, MOMENTS[:1]) == 1


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, len(MOMENTS), _TOGETHER))
def test_thirty_releases_that_are_killed(published, first):
    """At every kind of moment; nearly all come by."""
    assert try_release(published, MOMENTS[first : first + _TOGETHER]) >= _TOGETHER - 1
