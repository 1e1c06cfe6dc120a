"""A topic is deleted, and made again or not, under followers and between commands: each ends with 4, named.

What the new topic holds is never taken for what the old one held, whatever its offsets are.
"""

import collections
from dataclasses import dataclass

import psutil
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from healthtrends.adapters.kafka_admin import topic_info
from healthtrends.config.servers import Kafka
from healthtrends.errors import DataLossRefused
from healthtrends.orchestrate.wiring.producer import held
from tests.faults.sandbox import BAD, DAY, RECORDS, Run, Sandbox, check, wait_until

SENT = RECORDS + BAD
ANOTHER, GONE = "belongs to another topic", "is gone"


@dataclass(frozen=True, slots=True)
class Form:
    """What becomes of the topic; no records: it is not made again."""

    records: int
    partitions: int
    words: str


FORMS = {
    "smaller": Form(50, 3, ANOTHER),
    "larger": Form(2000, 3, ANOTHER),
    "fewer partitions": Form(2000, 1, ANOTHER),
    "more partitions": Form(2000, 5, ANOTHER),
    "deleted only": Form(0, 0, GONE),
}


def make_again(sandbox: Sandbox, form: Form) -> None:
    """Delete the topic, make one of its name, and fill it."""
    servers = {"bootstrap.servers": sandbox.servers.bootstrap_servers, **sandbox.servers.kafka_client}
    admin = AdminClient(servers)
    admin.delete_topics([sandbox.topic])[sandbox.topic].result(30)
    wait_until(lambda: sandbox.topic not in admin.list_topics(timeout=10).topics)
    if form.records:
        made = NewTopic(sandbox.topic, form.partitions, 1)
        admin.create_topics([made])[sandbox.topic].result(30)
        wait_until(lambda: sandbox.topic in admin.list_topics(timeout=10).topics)
        sandbox.send(form.records, 0, first=RECORDS)


def followers(make_sandbox, stack) -> dict[str, tuple[Sandbox, Run]]:
    """One for each form, which has stored all of its topic."""
    sandboxes = {name: make_sandbox(stack) for name in FORMS}
    for sandbox in sandboxes.values():
        sandbox.send()
    found = {name: (sandbox, sandbox.start("ingest", "--follow")) for name, sandbox in sandboxes.items()}
    for sandbox, _ in found.values():
        wait_until(lambda sandbox=sandbox: sandbox.committed() == SENT)
    return found


def check_refused(found: dict[str, tuple[Sandbox, Run]]) -> None:
    """All have ended with 4 and said why, and stored nothing of the new topics."""
    for name, (sandbox, run) in found.items():
        run.end(4)
        assert FORMS[name].words in run.err, (name, run.err)
        assert (name, sandbox.committed()) == (name, SENT)


def test_followers_of_topics_that_are_made_again_end_with_4(make_sandbox, stack):
    """In each form; they end by themselves, also where nothing new arrives."""
    found = followers(make_sandbox, stack)
    for name, (sandbox, _) in found.items():
        make_again(sandbox, FORMS[name])
    check_refused(found)


@pytest.mark.long
def test_followers_that_sleep_while_their_topics_are_made_again_end_with_4(make_sandbox, stack):
    """Awake, they find the new messages at the offsets where they stopped."""
    found = followers(make_sandbox, stack)
    for _, run in found.values():
        psutil.Process(run.pid).suspend()
    for name, (sandbox, _) in found.items():
        make_again(sandbox, FORMS[name])
    for _, run in found.values():
        psutil.Process(run.pid).resume()
    check_refused(found)


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_ingest_that_has_read_a_part_stores_nothing_of_a_topic_made_again(sandbox, workers):
    """Alone or shared by processes: they had opened their files when it happened."""
    shared = {"HEALTHTRENDS_INGEST__WORKERS": workers, "HEALTHTRENDS_INGEST__WORKER_RECORDS": "100"}
    sandbox.send()
    run = sandbox.start_until("B3.create.before", "ingest", **shared)
    assert run.wait_until_stopped()
    make_again(sandbox, FORMS["larger"])
    run.wake()
    run.end(4)
    assert ANOTHER in run.err
    assert sandbox.committed() == 0


def test_no_command_serves_a_topic_made_again(sandbox):
    """`run`, `status`, `doctor`, and `--restage`, which would fill an old file with other messages."""
    sandbox.send()
    sandbox.start("ingest").end()
    store, folder = sandbox.store(), f"{sandbox.root}/patient_json/date={DAY}"
    file = f"{folder}/{store.list(folder)[0].name}"
    store.delete(file)
    make_again(sandbox, FORMS["larger"])
    runs = [sandbox.start(*words) for words in (["run", DAY], ["status"], ["ingest", "--restage", file])]
    doctor = sandbox.start("doctor")
    for run in runs:
        run.end(4)
        assert ANOTHER in run.err + run.out
    doctor.end(1)
    assert ANOTHER in doctor.out
    assert sandbox.committed() == SENT


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_topic_made_again_is_adopted(sandbox, workers):
    """All of it is stored behind what was stored before, alone or shared by processes."""
    shared = {"HEALTHTRENDS_INGEST__WORKERS": workers, "HEALTHTRENDS_INGEST__WORKER_RECORDS": "100"}
    sandbox.send()
    follower = sandbox.start("ingest", "--follow")
    wait_until(lambda: sandbox.committed() == SENT)
    make_again(sandbox, FORMS["more partitions"])
    follower.end(4)
    sandbox.start("topic", "adopt", "--offsets", "start", "--why", "made again by mistake").end()
    sandbox.start("ingest", **shared).end()
    assert sandbox.committed() == SENT + 2000
    listed = sandbox.start("topic", "list")
    proof = sandbox.start("verify", "--against-topic")
    for run in (listed, proof, sandbox.start("status"), sandbox.start("run", DAY)):
        run.end()
    assert "made again by mistake" in listed.out
    check(sandbox, sent=RECORDS + 2000)


@pytest.mark.long
def test_a_topic_that_is_gone_is_data_loss_for_every_command(sandbox):
    """And no wrong name in the configuration, once something of it was stored."""
    sandbox.send()
    sandbox.start("ingest").end()
    make_again(sandbox, FORMS["deleted only"])
    for run in [sandbox.start(*words) for words in (["run", DAY], ["status"], ["ingest"])]:
        run.end(4)
        assert GONE in run.err + run.out


def test_sending_what_is_missing_notices_a_topic_made_again_under_its_reading(sandbox):
    """What the old one held would be left out, and is not in the new one."""
    servers, client = sandbox.servers.bootstrap_servers, sandbox.servers.kafka_client
    found = topic_info(servers, sandbox.topic, client)
    assert found is not None
    sandbox.send(50, 0)
    values = held(Kafka(bootstrap_servers=servers, topic=sandbox.topic, client=client), found)
    next(values)
    make_again(sandbox, FORMS["larger"])
    with pytest.raises(DataLossRefused, match="was deleted or made again while it was read"):
        collections.deque(values, maxlen=0)
