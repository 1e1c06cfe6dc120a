"""Erasure and retention on real servers, killed: what they began is repeated or finished, never half."""

import datetime as dt
import json
import random
import signal
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Producer

from healthtrends import clock
from healthtrends.adapters.failpoints import VARIABLE
from tests.faults.sandbox import DAY, Sandbox

FORGET = (
    "B3.create.before", "B3.write.after", "B3.close.after", "B4.create.before@2",
    "B4.write.after@2", "B4.rename.before@1", "B4.rename.before@2", "B4.rename.after@2",
    "B5.rename.before@1", "B5.rename.after@1", "B5.rename.before@2", "B7.delete.before",
    "E.delete.before", "E.delete.after", "C.delete.before", "C.delete.after", "C.create.before",
    "C.rename.before@1", "C.rename.after@1", "C.rename.before@3", "P2.create.before",
    "P2.close.after", "P3.rename.before", "P3.rename.after", "P4.delete.before",
    "P4.rename.before@2", "P4.rename.after@3", "P4.create.before", "P5.delete.before",
    "P5.delete.after",
)  # fmt: skip
"""Where a `forget` is killed, `@n` at the n-th time it comes by."""
EXPIRE = (
    "B4.create.before@1", "B4.create.before@2", "B4.write.after@2", "B4.close.after@2", "B4.rename.before@1",
    "B4.rename.after@1", "B4.rename.before@2", "B4.rename.after@2", "B5.rename.before@1", "B5.rename.after@1",
)  # fmt: skip
PATIENTS = 35
"""How many come in at a time."""
_TOGETHER = 6
"""How many are tried on one root."""
_BACK = 40
"""Days before today of the first date that expires."""


def send(sandbox: Sandbox, days: Iterator[str], first: int = 0) -> None:
    """Produce patients of each day, numbered from the first on, and messages of theirs that break a rule."""
    settings = {"bootstrap.servers": sandbox.servers.bootstrap_servers, **sandbox.servers.kafka_client}
    producer = Producer({**settings, "acks": "all"})
    for day in days:
        for number in range(first, first + PATIENTS):
            fields = {
                "patient_id": f"synthetic-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11",
                "visit_date": day, "treatment_code": "T", "outcome": "ongoing",
            }  # fmt: skip
            producer.produce(sandbox.topic, json.dumps(fields).encode())
            producer.produce(sandbox.topic, json.dumps({**fields, "age": -1}).encode())
    assert producer.flush(30) == 0


def killed(sandbox: Sandbox, failpoint: str, *command: str, **environ: str) -> bool:
    """Run a command that dies at a failpoint; False: it did not come by, and ended well."""
    name, _, at = failpoint.partition("@")
    run = sandbox.start(*command, **environ, **{VARIABLE: f"{name}:kill@{at or 1}"})
    return run.end(0, -signal.SIGKILL) != 0


def try_forget(sandbox: Sandbox, failpoints: tuple[str, ...]) -> int:
    """Forget one person a failpoint, each killed and repeated; how many died."""
    deaths = 0
    for number, failpoint in enumerate(failpoints):
        command = ("forget", "--patient", f"synthetic-{number}", "--yes")
        deaths += killed(sandbox, failpoint, *command)
        sandbox.start(*command).end()
        proof = sandbox.start("verify")
        assert proof.end(0, 4) == 0, (failpoint, proof.out)
        look = sandbox.start("forget", "--patient", f"synthetic-{number}", "--json")
        look.end()
        assert json.loads(look.out)["lines"] == 0, failpoint
    return deaths


@pytest.fixture
def published(stack, make_sandbox: Callable[..., Sandbox]) -> Sandbox:
    """A root whose one date is published."""
    sandbox = make_sandbox(stack)
    publish(sandbox, 0)
    return sandbox


def publish(sandbox: Sandbox, first: int) -> None:
    """Publish the date with more patients."""
    send(sandbox, iter([DAY]), first)
    sandbox.start("run", DAY, HEALTHTRENDS_QUALITY__MAX_REJECT_SHARE="1").end()


def test_an_erasure_that_is_killed_is_finished_by_the_next(published):
    """One moment of all: the files that it took out are not deleted yet."""
    assert try_forget(published, ("E.delete.before",)) == 1


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, len(FORGET), _TOGETHER))
def test_thirty_erasures_that_are_killed(published, first):
    """One person each, at every kind of moment; nearly all come by."""
    assert try_forget(published, FORGET[first : first + _TOGETHER]) >= _TOGETHER - 1


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_thirty_expiries_that_are_killed(stack, make_sandbox, seed):
    """One date each; what was made of it stays, and the proof holds."""
    sandbox, draw = make_sandbox(stack), random.Random(seed)
    today = clock.today()
    dates = [today - dt.timedelta(days=_BACK - number) for number in range(_TOGETHER)]
    send(sandbox, map(str, dates))
    sandbox.start("ingest", HEALTHTRENDS_QUALITY__MAX_REJECT_SHARE="1").end()
    sandbox.start("backfill").end()
    deaths = 0
    for date in dates:
        limits = {"HEALTHTRENDS_RETENTION__RECORDS_DAYS": str((today - date).days - 1)}
        deaths += killed(sandbox, draw.choice(EXPIRE), "expire", **limits)
        sandbox.start("expire", **limits).end()
        proof = sandbox.start("verify")
        assert proof.end(0, 4) == 0, (date, proof.out)
    state = sandbox.start("status", "--json")
    state.end()
    rows = json.loads(state.out)["dates"]
    assert [(row["files"], row["records"]) for row in rows] == [(0, 35)] * _TOGETHER
    assert deaths == _TOGETHER
