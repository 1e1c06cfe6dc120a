"""What was sent before is known again, and no longer when the topic is another or has lost its beginning."""

import pytest

from healthtrends.ingest.ports import Bounds
from healthtrends.orchestrate.wiring.sent_ledger import SentLedger, plan_digest

DIGEST = "ab" * 32
AFTER = {0: Bounds(0, 100), 1: Bounds(5, 70)}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home of its own."""
    monkeypatch.setenv("HEALTHTRENDS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def ledger():
    """The memory of a topic to which one file was sent."""
    ledger = SentLedger("topic-one")
    ledger.add(DIGEST, "visits.csv", AFTER)
    return ledger


def test_what_is_remembered_says_under_which_name(ledger):
    """For the warning."""
    assert ledger.find(DIGEST).name == "visits.csv"


def test_a_file_that_was_sent_is_not_taken_for_held(ledger):
    """Without offsets nobody can tell whether the topic still has it."""
    ledger.add("cd" * 32, "visits.csv", {})
    assert ledger.find("cd" * 32) is not None
    assert not ledger.is_held("cd" * 32, AFTER)


def test_a_topic_that_goes_on_still_holds_it(ledger):
    """Others send too."""
    assert ledger.is_held(DIGEST, {0: Bounds(0, 150), 1: Bounds(5, 70)})


@pytest.mark.parametrize(
    "bounds",
    [{0: Bounds(1, 100), 1: Bounds(5, 70)}, {0: Bounds(0, 99), 1: Bounds(5, 70)}, {0: Bounds(0, 100)}],
    ids=["its beginning is deleted", "shorter", "a partition is gone"],
)
def test_a_topic_that_lost_some_is_read_again(ledger, bounds):
    """The memory is no longer true."""
    assert not ledger.is_held(DIGEST, bounds)


def test_a_topic_made_anew_has_no_memory(ledger):
    """Kafka gives it another id."""
    assert not SentLedger("topic-two").is_held(DIGEST, AFTER)


@pytest.mark.parametrize("topic_id", ["/3DgcR1vT56Le65BjQWtaQ", "3Dgc/R1vT56", "../../above/"])
def test_a_topic_id_never_leads_out_of_the_home(home, topic_id):
    """Ids come in base64, whose alphabet has a slash."""
    ledger = SentLedger(topic_id)
    ledger.add(DIGEST, "visits.csv", AFTER)
    assert [path.parent.parent for path in home.rglob("*.json")] == [home / "sent"]
    assert ledger.is_held(DIGEST, AFTER)


def test_a_damaged_memory_is_none(ledger, home):
    """More is read, that is all."""
    (path,) = (home / "sent").rglob("*.json")
    path.write_text("{")
    assert ledger.find(DIGEST) is None


def test_a_home_that_cannot_be_written_is_no_failure(home):
    """The records are sent all the same."""
    home.write_text("a file in its place")
    SentLedger("topic-one").add(DIGEST, "visits.csv", AFTER)


def test_the_memory_is_for_the_owner_only(ledger, home):
    """Names of files may tell of patients."""
    assert all(path.stat().st_mode & 0o077 == 0 for path in [home, *home.rglob("*")])


def test_another_plan_has_another_digest():
    """So a demo of more records is sent."""
    assert plan_digest(("demo", 1)) != plan_digest(("demo", 2))
