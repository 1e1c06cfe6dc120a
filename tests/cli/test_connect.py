"""`--engine connect`: a server that runs elsewhere, with its token, its TLS, its version and its end."""

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from healthtrends.adapters.engines.connect import ConnectEngine
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.errors import DependencyDown, HdfsUnavailable
from tests.cli.connect_servers import apache_spark, behind_tls, sail_for_this_user, server_of_version

DAY = "2025-12-22"
SECRET = "t0p-s3cr3t-t0ken"  # noqa: S105  a stand-in
RECORD = {
    "patient_id": "synthetic-patient-1",
    "age": 40,
    "gender": "F",
    "diagnosis_code": "E11.9",
    "visit_date": DAY,
    "treatment_code": "T1",
    "outcome": "ongoing",
}
TREND = "diagnosis,count,avg_age,gender_ratio\nE11.9,1,40.0,0.0\n"


@dataclass(frozen=True, slots=True)
class Server:
    """A Spark Connect server of Apache Spark's own."""

    port: int
    java: int
    """Its process."""

    def options(self, parameters: str = "") -> tuple[str, ...]:
        """Use it."""
        return ("--engine", "connect", "--master", f"sc://localhost:{self.port}/{parameters}")


@pytest.fixture
def filled(cli_on_stack):
    """A topic with one record."""
    assert cli_on_stack("produce", "-", stdin=json.dumps(RECORD).encode() + b"\n").code == 0
    return cli_on_stack


@pytest.fixture(scope="module")
def sail(tmp_path_factory) -> Iterator[int]:
    """Port of Sail's server, for this user alone: it starts in a moment, and asks for no token."""
    with sail_for_this_user(tmp_path_factory.mktemp("sail")) as port:
        yield port


@pytest.fixture
def spark(tmp_path) -> Iterator[Server]:
    """Apache Spark that asks for the token."""
    with apache_spark(tmp_path / "spark", SECRET) as (port, java):
        yield Server(port, java)


def everything(store: HdfsStore, folder: str) -> Iterator[bytes]:
    """Whatever lies below a folder of HDFS."""
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        if entry.is_folder:
            yield from everything(store, path)
        else:
            yield store.read(path)


def all_written(cli_on_stack) -> bytes:
    """What a run left on HDFS and on this machine."""
    store = HdfsStore(cli_on_stack.environ["HEALTHTRENDS_HDFS__URL"], {})
    local = [path.read_bytes() for path in cli_on_stack.folder.rglob("*") if path.is_file()]
    return b"".join([*everything(store, cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"]), *local])


def refuse(proxy: socket.socket) -> bytes:
    """Give what the first caller asked of the proxy, which lets nobody through."""
    caller, _ = proxy.accept()
    with caller:
        asked = caller.recv(4096)
        caller.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    proxy.close()
    return asked


def test_a_day_is_made_by_a_server_elsewhere_and_its_token_told_nobody(filled, sail):
    """Not in what is printed, not in the run record, not in `_meta.json`, not in a log."""
    done = filled(
        "run", DAY, "-v", "--engine", "connect", "--master", f"sc://localhost:{sail}/;token={SECRET}"
    )
    assert done.code == 0, done.err
    assert filled("report", DAY).out == TREND
    assert "token=***" in done.err
    written = all_written(filled)
    assert b'"engine": "connect"' in written
    assert b"token=***" in written
    assert SECRET not in done.out + done.err
    assert SECRET.encode() not in written


def test_a_server_of_another_major_version_is_refused_with_the_pair(filled):
    """Before a query is sent to it."""
    with server_of_version("3.5.1") as master:
        done = filled("run", DAY, "--engine", "connect", "--master", master)
    assert done.code == 2
    assert "the Spark Connect server is Spark 3.5.1, which does not fit pyspark 4." in done.err


def test_a_server_of_another_series_is_told_of(tmp_path, capsys):
    """It may well do; when it does not, this line says where to look first."""
    with server_of_version("4.0.9") as master:
        engine = ConnectEngine(EngineOptions(name="connect", master=master, work=tmp_path))
        engine.session()
        engine.close()
    assert 'engine.other_series server="spark 4.0.9"' in capsys.readouterr().err


def test_a_server_elsewhere_is_asked_for_at_the_proxy(tmp_path, monkeypatch):
    """As every program of gRPC does; there may be no other way to it."""
    with socket.create_server(("127.0.0.1", 0)) as proxy, ThreadPoolExecutor(1) as thread:
        monkeypatch.setenv("grpc_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        asked = thread.submit(refuse, proxy)
        engine = ConnectEngine(EngineOptions(name="connect", master="sc://spark.example:7", work=tmp_path))
        with pytest.raises(DependencyDown, match="does not answer"):
            engine.session()
        assert asked.result().startswith(b"CONNECT spark.example:7 ")


@pytest.mark.long
def test_a_token_goes_to_another_machine_through_tls(filled, sail, tmp_path):
    """With the certificate of one's own authority, and parameters as Spark spells them."""
    with behind_tls(sail, tmp_path) as (port, certificate):
        done = filled(
            "run", DAY, "--engine", "connect", "--master", f"sc://localhost:{port}/;use_ssl=true",
            HEALTHTRENDS_ENGINE__TOKEN=SECRET, GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=str(certificate),
        )  # fmt: skip
    assert done.code == 0, done.err
    assert SECRET not in done.out + done.err


@pytest.mark.long
def test_a_certificate_of_an_unknown_authority_is_refused(filled, sail, tmp_path):
    """Exit 2, and how to name the authority."""
    with behind_tls(sail, tmp_path) as (port, _):
        done = filled("run", DAY, "--engine", "connect", "--master", f"sc://localhost:{port}/;use_ssl=true")
    assert done.code == 2
    assert "no TLS with the Spark Connect server" in done.err
    assert "CERTIFICATE_VERIFY_FAILED" in done.err
    assert "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH" in done.err


@pytest.mark.long
def test_a_server_without_tls_is_told_from_one_that_is_down(filled, sail):
    """Exit 2: waiting would not help."""
    done = filled("run", DAY, "--engine", "connect", "--master", f"sc://localhost:{sail}/;use_ssl=true")
    assert done.code == 2
    assert "leave out `use_ssl=true`" in done.err


@pytest.mark.long
def test_a_plain_call_to_a_server_with_tls_ends_with_5(filled, sail, tmp_path):
    """The line that went dead says no more."""
    with behind_tls(sail, tmp_path) as (port, _):
        done = filled("run", DAY, "--engine", "connect", "--master", f"sc://localhost:{port}")
    assert done.code == 5
    assert "the Spark Connect server does not answer" in done.err


@pytest.mark.long
def test_another_server_on_that_port_is_no_connect_server(filled):
    """The NameNode, say."""
    name_node = filled.environ["HEALTHTRENDS_HDFS__URL"].removeprefix("hdfs://")
    done = filled("run", DAY, "--engine", "connect", "--master", f"sc://{name_node}")
    assert done.code in (2, 5)
    assert "Spark Connect server" in done.err
    assert "Traceback" not in done.err


@pytest.mark.long
def test_spark_itself_takes_the_token_from_the_environment(filled, spark):
    """Apache Spark of the same series as the client, without a warning."""
    done = filled("run", DAY, *spark.options(), HEALTHTRENDS_ENGINE__TOKEN=SECRET)
    assert done.code == 0, done.err
    assert "other_series" not in done.err
    assert filled("report", DAY).out == TREND


@pytest.mark.long
@pytest.mark.parametrize("given", ["another-t0ken", ""])
def test_a_refused_token_ends_with_2(filled, spark, given):
    """A wrong one, and none; neither is repeated."""
    done = filled("run", DAY, *spark.options(), HEALTHTRENDS_ENGINE__TOKEN=given)
    assert done.code == 2
    assert "the Spark Connect server refused the token" in done.err
    assert "HEALTHTRENDS_ENGINE__TOKEN" in done.err
    assert "another-t0ken" not in done.out + done.err


@pytest.mark.long
def test_a_server_killed_under_a_query_is_down(spark, tmp_path):
    """Within seconds, named by its address."""
    engine = connected(spark, tmp_path)
    frame = engine.session().range(10**12).selectExpr("sum(id * 3 % 7)")
    threading.Timer(3.0, lambda: os.kill(spark.java, signal.SIGKILL)).start()
    with pytest.raises(DependencyDown, match="does not answer"):
        engine.collect(frame)
    engine.close()


@pytest.mark.long
def test_a_server_that_cannot_reach_hdfs_says_which(spark, tmp_path):
    """And that it is the server which must."""
    engine = connected(spark, tmp_path)
    with pytest.raises(HdfsUnavailable, match="could not reach the data files") as caught:
        engine.collect(engine.read(["hdfs://127.0.0.1:1/x.jsonl"], "patient_id string"))
    engine.close()
    assert "localhost:1: " in caught.value.why
    assert "the server reads the files itself" in caught.value.next_step


def connected(spark: Server, work: Path) -> ConnectEngine:
    """An engine on this server."""
    master = f"sc://localhost:{spark.port}"
    return ConnectEngine(EngineOptions(name="connect", master=master, token=SECRET, work=work))
