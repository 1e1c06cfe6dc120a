"""A follower says of itself what is wrong with its servers, while it waits for them."""

import json
from pathlib import Path

import pytest

from tests.faults.sandbox import Run, Sandbox, wait_until
from tests.faults.servers import hanging, safe_mode
from tests.operations.scrape import address_of, fetch

WATCHED = {
    "HEALTHTRENDS_METRICS__LISTEN": "127.0.0.1:0",
    "HEALTHTRENDS_HEALTH__MAX_SILENCE": "6",
    # It waits for its servers as long as the test needs.
    "HEALTHTRENDS_RETRY__DEADLINE": "600",
}


@pytest.fixture
def own(own_stack, make_sandbox) -> Sandbox:
    """On servers of our own."""
    return make_sandbox(own_stack.up(print))


@pytest.fixture
def follower(own) -> Run:
    """At work."""
    own.send()
    run = own.start("ingest", "--follow", **WATCHED)
    wait_until(lambda: is_well(run, "/readyz") or run.has_ended())
    return run


def is_well(run: Run, path: str) -> bool:
    return fetch(address_of(run), path)[0] == 200


def faults(run: Run, path: str) -> str:
    """What the process says is wrong."""
    return " ".join(json.loads(fetch(address_of(run), path)[1])["faults"])


def test_a_hung_broker_shows_and_its_return_does(own_stack, follower):
    """Stopped with its connections open; and SIGTERM ends the follower all the same."""
    with hanging(own_stack, "kafka"):
        wait_until(lambda: not is_well(follower, "/healthz"))
        assert "the main loop has not moved" in faults(follower, "/healthz")
        assert not is_well(follower, "/readyz")
    wait_until(lambda: is_well(follower, "/healthz"))
    with hanging(own_stack, "kafka"):
        follower.terminate()
        follower.end(0, 5)


@pytest.mark.long
def test_safe_mode_and_a_missing_key_are_no_readiness(own_stack, own, follower):
    """The process is healthy: a restart would not help. Both pass again once they are over."""
    with safe_mode(own_stack):
        wait_until(lambda: not is_well(follower, "/readyz"))
        assert "safe mode" in faults(follower, "/readyz").lower().replace("safemode", "safe mode")
        assert is_well(follower, "/healthz")
    wait_until(lambda: is_well(follower, "/readyz"))
    key = Path(own.environ["HEALTHTRENDS_PRIVACY__KEY_FILE"])
    aside = key.rename(key.with_suffix(".aside"))
    wait_until(lambda: "pseudonym key" in faults(follower, "/readyz"))
    aside.rename(key)
    wait_until(lambda: is_well(follower, "/readyz"))
    follower.terminate()
    follower.end()
