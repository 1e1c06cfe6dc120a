"""Engines on real servers and in real trouble: HDFS, a dead engine, damaged and missing files."""

import datetime as dt
import os
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from healthtrends.adapters.engines.embedded import EmbeddedEngine
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import check, open_engine
from healthtrends.adapters.engines.spark import SparkEngine
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.analyze.ports import Engine, EngineBroken
from healthtrends.devstack.java import find_java, spark_java_home
from healthtrends.devstack.stack import StackAddresses
from healthtrends.errors import ConfigError, DependencyDown, EngineFailed, HdfsUnavailable
from healthtrends.orchestrate.engine_fallback import EngineWithFallback
from tests.analysis import analyze_day
from tests.real.ports import listening

GOLDEN = Path(__file__).parents[1] / "golden" / "day"
LINES = b"".join(path.read_bytes() for path in sorted(GOLDEN.glob("date=*/*.jsonl")))
TREND = (GOLDEN / "expected" / "trend_summary.csv").read_bytes()
DATE = dt.date(2025, 12, 22)
ENGINES = ["embedded", pytest.param("spark", marks=pytest.mark.long)]
SECRET = "s3cr3t-of-a-store"  # noqa: S105  a stand-in


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Java home Spark starts on."""
    return spark_java_home(find_java(), tmp_path_factory.mktemp("java"))


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    """An engine of its own."""
    engine = EmbeddedEngine(EngineOptions(work=tmp_path))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory, java: Path) -> Iterator[SparkEngine]:
    """One Spark for the tests that do not harm it."""
    engine = SparkEngine(spark_options(java, tmp_path_factory.mktemp("work")))
    yield engine
    engine.close()


@pytest.fixture
def hdfs_file(stack: StackAddresses, root: str) -> str:
    """URL of the golden day's lines on HDFS."""
    store = HdfsStore(stack.hdfs_url, {})
    path = f"{root}/patient_json/date=2025-12-22/part-00000-0.jsonl"
    writer = store.create(path)
    writer.write(LINES)
    writer.close()
    return f"{stack.hdfs_url}{path}"


def test_embedded_reads_hdfs(embedded: EmbeddedEngine, hdfs_file: str) -> None:
    """The files of the commit log are read where they lie."""
    assert analyze_day(embedded, [hdfs_file], DATE)["trend_summary"].csv() == TREND


def test_embedded_leaves_no_client_keys_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be secret; and the user's own folder is in its place again."""
    monkeypatch.setenv("HADOOP_CONF_DIR", "/of/the/user")
    engine = EmbeddedEngine(EngineOptions(work=tmp_path, hadoop={"dfs.client.secret": "x"}))
    assert engine.collect(engine.session().range(3)).num_rows == 3
    assert os.environ["HADOOP_CONF_DIR"] == str(tmp_path / "hadoop")
    engine.close()
    assert os.environ["HADOOP_CONF_DIR"] == "/of/the/user"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_spark_leaves_no_client_keys_behind(java: Path, tmp_path: Path) -> None:
    """They may be secret; the driver's log stays, without them."""
    options = replace(spark_options(java, tmp_path), hadoop={"dfs.client.secret": SECRET})
    engine = SparkEngine(options)
    assert engine.collect(engine.session().range(3)).num_rows == 3
    assert (tmp_path / "hadoop" / "core-site.xml").is_file()
    engine.close()
    assert not (tmp_path / "hadoop").exists()


@pytest.mark.long
def test_spark_reads_hdfs(spark: SparkEngine, hdfs_file: str) -> None:
    """Spark gives the same bytes from the same file."""
    assert analyze_day(spark, [hdfs_file], DATE)["trend_summary"].csv() == TREND


def test_a_broken_engine_is_replaced_by_spark(embedded: EmbeddedEngine, java: Path, tmp_path: Path) -> None:
    """Sail is stopped under a running session; the day is made by Spark in the same process."""
    (tmp_path / "lines.jsonl").write_bytes(LINES)
    embedded.session()
    stop_server(embedded)
    backup = spark_options(java, tmp_path / "spark")
    day_computer = EngineWithFallback("file://", embedded, lambda: open_engine(backup))
    try:
        day = day_computer.compute([str(tmp_path / "lines.jsonl")], DATE)
    finally:
        day_computer.close()
    assert (day.engine, day.totals.lines) == ("spark", LINES.count(b"\n"))


def test_a_dead_embedded_engine_is_broken_not_hdfs(embedded: EmbeddedEngine) -> None:
    """A refused connection to the engine itself must not look like HDFS being down."""
    frame = embedded.session().range(3)
    stop_server(embedded)
    with pytest.raises(EngineBroken, match="no longer answers"):
        embedded.collect(frame)


def test_a_dead_spark_is_broken_and_can_be_closed(java: Path, tmp_path: Path) -> None:
    """Spark's Java is killed under a running session."""
    engine = SparkEngine(spark_options(java, tmp_path))
    frame = engine.session().range(3)
    assert engine._driver is not None
    engine._driver._process.kill()
    with pytest.raises(EngineBroken, match="no longer answers"):
        engine.collect(frame)
    engine.close()


def test_spark_ends_with_its_parent(java: Path, tmp_path: Path) -> None:
    """A process killed with SIGKILL leaves no Java behind."""
    code = (
        "import os, sys, time; from pathlib import Path\n"
        "from healthtrends.adapters.engines.engine_options import EngineOptions\n"
        "from healthtrends.adapters.engines.spark import SparkEngine\n"
        "engine = SparkEngine(\n"
        "    EngineOptions(name='spark', java_home=Path(sys.argv[1]), work=Path(sys.argv[2])))\n"
        "engine.session(); print(engine._driver._process.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, java, tmp_path], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        child.kill()
    assert gone(pid, 20.0)


def test_a_process_that_ends_while_warming_up_ends_well() -> None:
    """The import begins beside other work, and is no trouble when it was for nothing."""
    code = (
        "import sys, threading; from healthtrends.adapters.engines.factory import preload_client\n"
        "preload_client(); print('pyspark.sql.connect.session' in sys.modules, threading.active_count())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("False 2\n", "")


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_starts_while_warming_up(engine: str, java: Path, tmp_path: Path) -> None:
    """The engine waits for the import rather than meet half-made modules."""
    assert trend_of_a_process(engine, java, tmp_path, warm="preload_client()") == TREND


@pytest.mark.parametrize("engine", ENGINES)
def test_no_proxy_stands_between_the_program_and_its_engine(engine: str, java: Path, tmp_path: Path) -> None:
    """Whatever the environment says of proxies; nothing listens on port 1."""
    names = ("grpc_proxy", "http_proxy", "https_proxy", "all_proxy")
    proxies = {each: "http://127.0.0.1:1" for name in names for each in (name, name.upper())}
    assert trend_of_a_process(engine, java, tmp_path, **proxies) == TREND


def test_a_plan_sail_refuses_is_broken(embedded: EmbeddedEngine) -> None:
    """A planner's refusal is worth another engine."""
    with pytest.raises(EngineBroken, match="gave no result"):
        embedded.collect(embedded.session().range(3).select("no_such_column"))


@pytest.mark.parametrize("engine", ["embedded", "spark"])
def test_a_line_that_is_no_json_fails_on_every_engine(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A damaged file is not the engine's fault: no second try, no row of nulls, no data in the message."""
    path = tmp_path / "part.jsonl"
    path.write_text('{"patient_id":"p1"}\n{"patient_id" "secret-patient"\n', encoding="utf-8")
    used: Engine = request.getfixturevalue(engine)
    with pytest.raises(EngineFailed, match="gave no result") as caught:
        analyze_day(used, [f"file://{path}"], DATE)
    assert (isinstance(caught.value, EngineBroken), "secret-patient" in caught.value.why) == (False, False)


@pytest.mark.parametrize("engine", ["embedded", "spark"])
@pytest.mark.parametrize(
    "damage", ['{"age":FORTYSECRET}', '{"age":987654321987}', '{"patient_id":FORTYSECRET']
)
def test_no_piece_of_a_damaged_line_is_told(
    engine: str, damage: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Neither bare words nor numbers: both may be a patient's."""
    path = tmp_path / "part.jsonl"
    path.write_text('{"patient_id":"p1","age":1}\n' + damage + "\n", encoding="utf-8")
    used: Engine = request.getfixturevalue(engine)
    with pytest.raises(EngineFailed) as caught:
        analyze_day(used, [f"file://{path}"], DATE)
    assert not re.search("FORTYSECRET|987654", str(caught.value))


@pytest.mark.parametrize("engine", ["embedded", "spark"])
def test_an_unreachable_hdfs_is_worth_another_try(engine: str, request: pytest.FixtureRequest) -> None:
    """Nothing listens on port 1."""
    used: Engine = request.getfixturevalue(engine)
    with pytest.raises(HdfsUnavailable, match="could not reach the data files"):
        analyze_day(used, ["hdfs://127.0.0.1:1/x.jsonl"], DATE)


def test_a_missing_file_gives_embedded_no_rows(embedded: EmbeddedEngine, tmp_path: Path) -> None:
    """Sail does not complain, so the caller compares `input_records` with the commit log."""
    assert not analyze_day(embedded, [f"file://{tmp_path}/none.jsonl"], DATE)["quality"].is_fed


def test_a_missing_file_fails_on_spark(spark: SparkEngine, tmp_path: Path) -> None:
    """Spark names the file."""
    with pytest.raises(EngineFailed, match="gave no result") as caught:
        analyze_day(spark, [f"file://{tmp_path}/none.jsonl"], DATE)
    assert "none.jsonl" in caught.value.why


def test_spark_listens_on_loopback_only(spark: SparkEngine) -> None:
    """Nothing of the driver can be reached from another machine."""
    spark.session()
    assert spark._driver is not None
    listening = subprocess.run(
        ["ss", "-Hltnp"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    java = [line.split()[3] for line in listening if f"pid={spark._driver._process.pid}," in line]
    assert [address for address in java if "127.0.0.1" not in address and "[::1]" not in address] == []


def test_spark_takes_no_message_of_a_stranger(spark: SparkEngine) -> None:
    """Its RPC ports read objects of Java, which may run code: first they want to be told the secret."""
    spark.session()
    assert spark._driver is not None
    answers = [rpc_answer(port) for _, port in listening(spark._driver._process.pid)]
    rpc = [answer for answer in answers if b"java.lang" in answer]
    assert len(rpc) >= 2
    assert [answer for answer in rpc if b"Expected SaslMessage" not in answer] == []


def test_secrets_for_spark_are_on_no_command_line(spark: SparkEngine) -> None:
    """Every user of the machine can read those; Spark gets them all the same."""
    spark.session()
    assert spark._driver is not None
    assert spark._driver._context.getConf().get("spark.hadoop.x.secret.key") == SECRET
    shown = Path(f"/proc/{spark._driver._process.pid}/cmdline").read_bytes()
    assert b"spark.ui.enabled" in shown
    assert SECRET.encode() not in shown


@pytest.mark.parametrize(
    ("name", "master"), [("spark", "spark://localhost:1"), ("connect", "sc://localhost:1/;token=secret")]
)
def test_a_cluster_that_does_not_answer_is_named_at_once(
    name: str, master: str, java: Path, tmp_path: Path
) -> None:
    """Preflight says host and port, and no token."""
    with pytest.raises(DependencyDown, match="does not answer") as caught:
        check(EngineOptions(name=name, master=master, java_home=java, work=tmp_path))
    assert caught.value.why == "localhost:1: Connection refused"


def test_connect_needs_an_address(tmp_path: Path) -> None:
    """The engine `connect` without a server is a configuration error."""
    with pytest.raises(ConfigError, match="needs the address"):
        check(EngineOptions(name="connect", work=tmp_path))


def test_spark_without_java_says_so(tmp_path: Path) -> None:
    """Preflight, before anything is started."""
    with pytest.raises(ConfigError, match="no Java"):
        check(EngineOptions(name="spark", java_home=None, work=tmp_path))


def test_connect_uses_a_server_that_runs_elsewhere(spark: SparkEngine, tmp_path: Path) -> None:
    """Any Spark Connect server will do; here it is the one of another engine."""
    (tmp_path / "lines.jsonl").write_bytes(LINES)
    token = spark.session().client.token
    assert spark._driver is not None
    master = f"sc://localhost:{spark._driver.port}"
    engine = open_engine(EngineOptions(name="connect", master=master, token=token, work=tmp_path))
    reports = analyze_day(engine, [f"file://{tmp_path}/lines.jsonl"], DATE)
    engine.close()
    assert reports["trend_summary"].csv() == TREND


def trend_of_a_process(engine: str, java: Path, work: Path, *, warm: str = "pass", **environ: str) -> bytes:
    """The golden day's report, made in a process of its own."""
    (work / "lines.jsonl").write_bytes(LINES)
    code = (
        "import datetime, sys; from pathlib import Path\n"
        "from healthtrends.adapters.engines.factory import open_engine, preload_client\n"
        "from healthtrends.adapters.engines.engine_options import EngineOptions\n"
        "from tests.analysis import analyze_day\n"
        f"{warm}; name, java, work = sys.argv[1:]\n"
        "engine = open_engine(EngineOptions(name=name, java_home=Path(java), work=Path(work)))\n"
        "day = analyze_day(engine, [f'file://{work}/lines.jsonl'], datetime.date(2025, 12, 22))\n"
        "engine.close()\n"
        "sys.stdout.write(day['trend_summary'].csv().decode())\n"
    )
    arguments = [sys.executable, "-c", code, engine, java, work]
    done = subprocess.run(arguments, capture_output=True, check=True, timeout=200, env=os.environ | environ)
    return done.stdout


def spark_options(java: Path, work: Path) -> EngineOptions:
    """Spark on this machine, with Java's quick compiler: for a test it halves the time."""
    conf = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1", "spark.hadoop.x.secret.key": SECRET}
    return EngineOptions(name="spark", java_home=java, work=work, spark_conf=conf)


def rpc_answer(port: int) -> bytes:
    """What a port says to a request of Spark's RPC; empty when it is no such port."""
    request, body = 3, b"abc"
    frame = struct.pack(">BQI", request, 1, len(body)) + body
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.settimeout(5)
        stranger.sendall(struct.pack(">Q", 8 + len(frame)) + frame)
        return stranger.recv(4096)
    return b""


def stop_server(engine: EmbeddedEngine) -> None:
    """End Sail while its client still thinks it is there."""
    assert engine._server is not None
    engine._server.stop()


def gone(pid: int, seconds: float) -> bool:
    """Whether the process ends within this time."""
    from healthtrends.clock import Deadline

    deadline = Deadline(seconds)
    while not deadline.passed():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
    return False
