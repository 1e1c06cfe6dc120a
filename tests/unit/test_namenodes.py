"""Which NameNodes `hdfs.url` names, which of them hang, and what the client's errors become."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from healthtrends.adapters.hdfs_errors import translate
from healthtrends.adapters.namenodes import NameNodes
from healthtrends.errors import ConfigError, HdfsUnavailable

pytestmark = pytest.mark.slow

AT = "hdfs://namenode:8020"


@pytest.fixture(autouse=True)
def _no_machine_conf(monkeypatch):
    """What this machine is set up for says nothing here."""
    monkeypatch.delenv("HADOOP_CONF_DIR", raising=False)
    monkeypatch.delenv("HADOOP_HOME", raising=False)


def service(*addresses: str) -> dict[str, str]:
    """Client keys of a name service `ns` with NameNodes nn1, nn2 and so on."""
    names = {f"nn{n}": address for n, address in enumerate(addresses, 1)}
    found = {f"dfs.namenode.rpc-address.ns.{name}": address for name, address in names.items()}
    return {"dfs.ha.namenodes.ns": ",".join(names), **found}


@contextmanager
def namenode() -> Iterator[str]:
    """Address of a server that answers each connection as a NameNode answers HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 404 Not Found\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        host, port = server.getsockname()
        yield f"{host}:{port}"


def test_two_addresses_are_refused_with_what_to_write():
    """A name service is what is meant."""
    with pytest.raises(ConfigError, match="one address") as found:
        NameNodes("hdfs://nn1:8020,nn2:8020", {})
    assert "hdfs://NAME" in found.value.next_step


def test_neither_a_port_nor_a_known_name_service_is_refused_with_both_ways():
    """The usual port, and the keys of a name service."""
    with pytest.raises(ConfigError, match="names no port, and no name service") as found:
        NameNodes("hdfs://namenode", {})
    assert "hdfs://namenode:8020" in found.value.next_step
    assert "dfs.ha.namenodes.namenode" in found.value.why


def test_an_address_of_a_name_service_without_a_port_is_refused_with_the_key():
    """The client would fail at each call, and be tried again."""
    with pytest.raises(ConfigError, match=r"rpc-address\.ns\.nn2 names no port") as found:
        NameNodes("hdfs://ns", service("a:1", "b"))
    assert "b:8020" in found.value.next_step


def test_a_name_service_from_the_machines_configuration_is_known(tmp_path, monkeypatch):
    """As the client itself finds it."""
    entries = "".join(
        f"<property><name>{key}</name><value>{value}</value></property>"
        for key, value in service("a:1", "b:2").items()
    )
    (tmp_path / "hdfs-site.xml").write_text(f"<configuration>{entries}</configuration>", "utf-8")
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    assert NameNodes("hdfs://ns", {}).are_several


def test_a_configuration_of_the_machine_that_is_no_xml_is_named(tmp_path, monkeypatch):
    """And not taken for a fault of the program."""
    (tmp_path / "core-site.xml").write_text("<configuration>", "utf-8")
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    with pytest.raises(ConfigError, match=r"core-site\.xml cannot be read"):
        NameNodes(AT, {})


def test_a_namenode_that_takes_connections_and_says_nothing_is_left_out():
    """One that refuses them is not: the client goes on by itself."""
    with socket.socket() as hanging, socket.socket() as closed:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen()
        closed.bind(("127.0.0.1", 0))
        addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in (hanging, closed)]
        found = NameNodes("hdfs://ns", service(*addresses))
        assert found.silent() == {"nn1"}
    assert found.without({"nn1"}) == {"dfs.ha.namenodes.ns": "nn2"}


def test_if_all_hang_none_is_left_out():
    """The client would have nobody to ask."""
    assert NameNodes("hdfs://ns", service("a:1", "b:2")).without({"nn1", "nn2"}) == {}


def test_what_one_client_leaves_out_the_next_of_the_process_leaves_out_too():
    """`doctor` has several, and would wait for the same NameNode with each."""
    keys = service("c:1", "d:2")
    NameNodes("hdfs://ns", keys).left_out = frozenset({"nn1"})
    assert NameNodes("hdfs://ns", keys).left_out == {"nn1"}
    assert NameNodes("hdfs://ns", service("c:1", "e:3")).left_out == frozenset()


GSSAPI = (
    'GSSAPIError(GssMajorCodes {{ raw: "0x00070000", calling_error: "none", routine_error: "GSS_S_NO_CRED", '
    'supplementary_info: "0x0000" }}, 2529639053, "No credentials were supplied, or the credentials were '
    'unavailable or inaccessible: {}")'
)


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (
            "No Kerberos credentials available (default cache: FILE:/x)",
            ConfigError,
            "there is no Kerberos ticket",
        ),
        ("Ticket expired", ConfigError, "has expired"),
        ("Cannot contact any KDC for realm 'A.B'", HdfsUnavailable, "no Kerberos server answers"),
        ('Cannot find KDC for realm "A.B"', ConfigError, "not set up here"),
        ("Client 'x@A.B' not found in Kerberos database", ConfigError, "does not know this user"),
        ("Server nn/x@A.B not found in Kerberos database", ConfigError, "does not know the NameNode"),
        ("Preauthentication failed", ConfigError, "key in the keytab"),
        ("Clock skew too great", ConfigError, "clock differs"),
    ],
)
def test_what_kerberos_says_becomes_a_sentence(said, kind, words):
    """Without the client's own names."""
    found = translate(RuntimeError(GSSAPI.format(said)), NameNodes(AT, {}), data_came=False)
    assert type(found) is kind
    assert words in found.what
    assert "Gss" not in str(found)
    assert found.next_step


REFUSED = "Connection refused (os error 111)"


def test_a_connection_refused_while_the_namenode_answers_was_one_to_a_datanode():
    """The NameNode need not be looked at."""
    with namenode() as address:
        found = translate(OSError(REFUSED), NameNodes(f"hdfs://{address}", {}), data_came=False)
    assert type(found) is HdfsUnavailable
    assert "a DataNode of HDFS" in found.what
    assert "DataNodes run" in found.next_step


def test_a_connection_refused_by_the_namenode_is_called_so():
    """Nobody listens there."""
    found = translate(OSError(REFUSED), NameNodes("hdfs://127.0.0.1:1", {}), data_came=False)
    assert "DataNode" not in found.what
    assert "NameNode runs" in found.next_step


@pytest.mark.parametrize(
    "said",
    [
        'UnsupportedErasureCodingPolicy("codec: xor")',
        'ErasureCodingError("Not enough valid shards")',
    ],
)
def test_a_file_that_is_not_rebuilt_waits_for_its_datanode(said):
    """Another try may help, once it is back; the policy is named."""
    found = translate(RuntimeError(said), NameNodes(AT, {}), data_came=True)
    assert type(found) is HdfsUnavailable
    assert "a DataNode" in found.what
    assert "only RS" in found.next_step


def test_a_file_whose_last_block_nobody_has_reported_is_worth_another_try():
    """A DataNode died, or is slow."""
    error = RuntimeError('OperationFailed("Failed to complete file in time")')
    assert type(translate(error, NameNodes(AT, {}), data_came=True)) is HdfsUnavailable


def test_without_the_systems_library_its_package_is_named():
    """As the client says it when it cannot load it."""
    raw = RuntimeError('OperationFailed("Failed to load libgssapi_krb")')
    found = translate(raw, NameNodes(AT, {}), data_came=False)
    assert type(found) is ConfigError
    assert "libgssapi_krb5.so.2 cannot be loaded" in found.what
    assert "apt-get install libgssapi-krb5-2" in found.next_step


DUMP = (
    'DataTransferError("All DataNodes failed: [DatanodeInfoProto { id: DatanodeIdProto { '
    'ip_addr: \\"10.0.0.7\\", host_name: \\"d\\", xfer_port: 9866 }, capacity: Some(27) }]")'
)
KERBEROS = {"hadoop.security.authentication": "kerberos"}


def test_datanodes_that_failed_are_named_by_their_addresses():
    """Not by the whole message of the protocol."""
    found = translate(RuntimeError(DUMP), NameNodes(AT, {}), data_came=False)
    assert type(found) is HdfsUnavailable
    assert found.why == "All DataNodes failed: 10.0.0.7:9866"


def test_datanodes_that_served_before_are_down_and_not_misread():
    """On clusters that protect no data the key is missing with good reason."""
    nodes = NameNodes(AT, KERBEROS)
    assert type(translate(RuntimeError(DUMP), nodes, data_came=True)) is HdfsUnavailable
    assert type(translate(RuntimeError(DUMP), nodes, data_came=False)) is ConfigError


@pytest.mark.parametrize(("settings", "is_named"), [(KERBEROS, True), ({}, False)])
def test_a_write_lost_behind_kerberos_names_the_cipher_of_datanodes(settings, is_named):
    """Without it the client loses writes when processors are busy."""
    lost = RuntimeError('DataTransferError("All nodes failed for write")')
    found = translate(lost, NameNodes(AT, settings), data_came=True)
    assert type(found) is HdfsUnavailable
    assert ("cipher.suites = AES/CTR/NoPadding" in found.next_step) is is_named


def test_a_key_server_that_is_away_is_named_without_what_it_was_asked():
    """The query of the address may hold a token."""
    url = "http://kms:9600/kms/v1/key?eek_op=decrypt&delegation=s3cr3t"
    raw = RuntimeError(f'OperationFailed("KMS HTTP error: error sending request for url ({url})")')
    found = translate(raw, NameNodes(AT, {}), data_came=False)
    assert type(found) is HdfsUnavailable
    assert "http://kms:9600/kms/v1/key" in str(found)
    assert "s3cr3t" not in str(found)
