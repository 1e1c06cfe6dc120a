"""Which rights each command needs, and what a client reads that lacks one."""

import pytest

from tests.secured.conftest import USER


def denied(done, right: str) -> bool:
    """Whether a command ended with exit 2, the right, and how to give it."""
    operation = right.split(maxsplit=1)[0]
    said = f"error: User:{USER} has no right {right}" in done.err
    given = f"--allow-principal User:{USER} --operation {operation}" in done.err
    assert (done.code, said, given) == (2, True, True), done.err
    return True


def test_with_read_on_the_topic_alone_records_are_stored_and_one_line_warns(pipeline, brokers, secured_topic):
    """The group is for lag monitors only: without its right no offset is written there."""
    brokers.allow(USER, "write", "topic", secured_topic)
    brokers.allow(USER, "read", "topic", secured_topic)
    assert pipeline.produce().code == 0
    done = pipeline("ingest", "--json", HEALTHTRENDS_INGEST__BATCH_RECORDS="20")
    assert (done.code, done.document()["stored"]) == (0, 60), done.err
    assert done.err.count("ingest.offsets_not_mirrored") == 1
    assert f"User:{USER} has no right READ on group healthtrends" in done.err
    assert "attempt_failed" not in done.err


def test_produce_needs_the_right_to_write(client, brokers, secured_topic):
    """The client's own error is of the cluster, and fatal."""
    brokers.allow(USER, "describe", "topic", secured_topic)
    done = client.produce()
    assert denied(done, f"WRITE on topic {secured_topic}")
    assert "0 are confirmed" in done.err


@pytest.mark.long
def test_produce_needs_it_where_the_cluster_allows_idempotent_writes(client, brokers, secured_topic):
    """Then each message is refused by itself."""
    brokers.allow(USER, "describe", "topic", secured_topic)
    brokers.allow(USER, "idempotent_write", "cluster")
    assert denied(client.produce(), f"WRITE on topic {secured_topic}")


@pytest.mark.long
def test_produce_needs_the_right_to_create_a_topic_that_is_missing(client, brokers, secured_topic):
    """WRITE alone does not make it."""
    missing = f"{secured_topic}-missing"
    brokers.allow(USER, "write", "topic", missing)
    client.environ["HEALTHTRENDS_KAFKA__TOPIC"] = missing
    assert denied(client.produce(), f"CREATE on topic {missing}")
    brokers.allow(USER, "create", "topic", missing)
    assert client.produce().code == 0


@pytest.mark.long
@pytest.mark.parametrize("command", ["ingest", "status", "run"])
def test_a_topic_that_may_not_be_seen_is_named(pipeline, secured_topic, command):
    """By each command that asks for it."""
    done = pipeline(command, *(["2025-12-22"] if command == "run" else []))
    assert denied(done, f"DESCRIBE on topic {secured_topic}")


@pytest.mark.long
@pytest.mark.parametrize("command", ["ingest", "run", "produce --once", "doctor --topic"])
def test_reading_needs_the_right_to_read(pipeline, brokers, secured_topic, command):
    """And the error does not speak of the group."""
    brokers.allow(USER, "write", "topic", secured_topic)
    assert pipeline.produce().code == 0
    name, *more = command.split()
    if name == "produce":
        more += ["--synthetic", "60", "--seed", "1", "--from", "2025-12-20", "--to", "2025-12-22"]
    done = pipeline(name, *more, *(["2025-12-22"] if name == "run" else []))
    assert denied(done, f"READ on topic {secured_topic}")
    assert name != "run" or "ingest: started" not in done.err  # it asks before it loads the engine


@pytest.mark.long
def test_a_proof_against_the_topic_needs_the_right_to_read(pipeline, brokers, secured_topic):
    """Without the topic it needs none."""
    brokers.allow(USER, "write", "topic", secured_topic)
    brokers.allow(USER, "read", "topic", secured_topic)
    assert (pipeline.produce().code, pipeline("ingest").code) == (0, 0)
    brokers.revoke_all(USER)
    assert pipeline("verify").code == 0
    assert denied(pipeline("verify", "--against-topic"), f"DESCRIBE on topic {secured_topic}")
    brokers.allow(USER, "describe", "topic", secured_topic)
    assert denied(pipeline("verify", "--against-topic"), f"READ on topic {secured_topic}")


@pytest.mark.long
def test_status_and_doctor_need_no_more_than_to_see_the_topic(pipeline, brokers, secured_topic):
    """And `doctor` says so otherwise."""
    unseen = pipeline("doctor").out
    assert f"User:{USER} has no right DESCRIBE on topic {secured_topic}" in unseen
    brokers.allow(USER, "describe", "topic", secured_topic)
    assert pipeline("status").code == 0
    assert f"{secured_topic} at localhost" in pipeline("doctor").out


def rights_findings(client) -> list[dict]:
    """What `doctor` says of the rights."""
    found = client("doctor", "--json").document()["findings"]
    return [each for each in found if each["name"] == "kafka rights"]


def test_doctor_names_each_right_that_is_missing(pipeline, brokers, secured_topic):
    """Reading is an error, as the reports begin with it; the others are for some commands only."""
    brokers.allow(USER, "describe", "topic", secured_topic)
    rights = [("READ", "topic"), ("WRITE", "topic"), ("DESCRIBE_CONFIGS", "topic"), ("READ", "group")]
    names = {"topic": secured_topic, "group": "healthtrends"}
    found = rights_findings(pipeline)
    assert [each["level"] for each in found] == ["error", "warning", "warning", "warning"]
    for (operation, kind), each in zip(rights, found, strict=True):
        assert each["text"].startswith(f"User:{USER} has no right {operation} on {kind} {names[kind]}: ")
        given = f"--allow-principal User:{USER} --operation {operation} --{kind} {names[kind]}`"
        assert each["next_step"].endswith(given)


@pytest.mark.long
def test_doctor_wants_the_right_to_write_where_a_door_is_set_up(pipeline, brokers, secured_topic):
    """Else its first message would be refused."""
    brokers.allow(USER, "read", "topic", secured_topic)
    pipeline.environ |= {"HEALTHTRENDS_MLLP__LISTEN": "127.0.0.1:0", "HEALTHTRENDS_SOURCE__FORMAT": "hl7v2"}
    found = rights_findings(pipeline)
    assert [each["level"] for each in found if " WRITE " in each["text"]] == ["error"]


@pytest.mark.long
def test_a_group_that_may_only_be_seen_is_named(pipeline, brokers, secured_topic):
    """The broker describes it, and says that no offset may be written."""
    for right, kind, name in (("read", "topic", secured_topic), ("describe", "group", "healthtrends")):
        brokers.allow(USER, right, kind, name)
    [found] = [each["text"] for each in rights_findings(pipeline) if " group " in each["text"]]
    assert found.startswith(f"User:{USER} has no right READ on group healthtrends: ")


@pytest.mark.long
def test_doctor_is_content_when_no_right_is_missing(pipeline, brokers, secured_topic):
    """One line says so, before the group has any offset."""
    for right in ("read", "write", "describe_configs"):
        brokers.allow(USER, right, "topic", secured_topic)
    brokers.allow(USER, "read", "group", "healthtrends")
    assert [each["level"] for each in rights_findings(pipeline)] == ["ok"]


@pytest.mark.long
def test_doctor_says_nothing_of_rights_to_a_topic_that_is_missing(pipeline, brokers, secured_topic):
    """The topic itself is the finding."""
    missing = f"{secured_topic}-missing"
    brokers.allow(USER, "read", "topic", missing)
    pipeline.environ["HEALTHTRENDS_KAFKA__TOPIC"] = missing
    assert rights_findings(pipeline) == []
    assert f"no topic {missing}" in pipeline("doctor").out


@pytest.mark.long
def test_the_offsets_are_in_the_group_where_it_may_be_used(pipeline, brokers, secured_topic):
    """No line warns then."""
    for right, kind, name in (
        ("write", "topic", secured_topic),
        ("read", "topic", secured_topic),
        ("read", "group", "healthtrends"),
    ):
        brokers.allow(USER, right, kind, name)
    assert pipeline.produce().code == 0
    done = pipeline("ingest")
    assert (done.code, "offsets_not_mirrored" in done.err) == (0, False), done.err
    assert sum(brokers.group_offsets("healthtrends", secured_topic).values()) == 60


@pytest.mark.long
def test_a_door_that_may_not_write_does_not_open(client, brokers, secured_topic):
    """Else the first message would end it."""
    brokers.allow(USER, "read", "topic", secured_topic)
    done = client("mllp", HEALTHTRENDS_MLLP__LISTEN="127.0.0.1:0", HEALTHTRENDS_SOURCE__FORMAT="hl7v2")
    assert denied(done, f"WRITE on topic {secured_topic}")
    assert "mllp.listening" not in done.err


@pytest.mark.long
def test_a_mapping_is_made_from_a_topic_that_may_be_read(client, brokers, secured_topic):
    """As every command says it."""
    brokers.allow(USER, "write", "topic", secured_topic)
    assert client.produce().code == 0
    assert denied(client("map", "--topic"), f"READ on topic {secured_topic}")
