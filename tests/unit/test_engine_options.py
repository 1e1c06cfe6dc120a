"""What an engine is told: addresses that may hold secrets, masters, memory, and the words of its log."""

import os

import pytest

from healthtrends.adapters.engines.connect import connect_address
from healthtrends.adapters.engines.engine_options import EngineOptions, machine_memory, query_memory
from healthtrends.adapters.engines.error_translation import last_cause, redact_line, resource_error
from healthtrends.adapters.engines.master import check_master
from healthtrends.adapters.engines.spark import spark_settings
from healthtrends.config import load, printed, shown_url
from healthtrends.errors import ConfigError, DependencyDown

SECRET = "s3cr3t"  # noqa: S105  a stand-in


@pytest.mark.parametrize(
    ("master", "token", "place", "parameters"),
    [
        ("sc://host", None, "sc://host:15002", {}),
        ("sc://Host:7/", None, "sc://host:7", {}),
        ("sc://[::1]:7", None, "sc://[::1]:7", {}),
        ("sc://localhost", SECRET, "sc://localhost:15002", {"token": SECRET}),
        ("sc://localhost/;token=url", SECRET, "sc://localhost:15002", {"token": "url"}),
        ("sc://localhost;token=a/b+c==", None, "sc://localhost:15002", {"token": "a/b+c=="}),
        ("sc://h/;use_ssl=true;token=a%3Bb", None, "sc://h:15002", {"use_ssl": "true", "token": "a;b"}),
        ("sc://h/;x-cluster=7", None, "sc://h:15002", {"x-cluster": "7"}),
    ],
)
def test_a_connect_address_is_read(master, token, place, parameters):
    """As Spark spells it, and tokens in base64 too, which its own client refuses."""
    address = connect_address(master, token)
    assert (address.place, dict(address.parameters)) == (place, parameters)


@pytest.mark.parametrize(
    ("master", "environ", "proxied"),
    [
        ("sc://spark.example", {}, False),
        ("sc://spark.example", {"grpc_proxy": "http://proxy"}, True),
        ("sc://spark.example", {"https_proxy": "http://proxy"}, True),
        ("sc://spark.example", {"http_proxy": "http://proxy"}, True),
        ("sc://spark.example", {"http_proxy": "http://proxy", "no_proxy": ".example"}, False),
        ("sc://localhost", {"http_proxy": "http://proxy"}, False),
        ("sc://127.0.0.1:7", {"http_proxy": "http://proxy"}, False),
        ("sc://[::1]:7", {"http_proxy": "http://proxy"}, False),
        ("sc://127.0.0.1.example:7", {"http_proxy": "http://proxy"}, True),
    ],
)
def test_a_server_elsewhere_is_reached_as_grpc_does(monkeypatch, master, environ, proxied):
    """Through a proxy of the environment, unless it is excepted; one on this machine never is."""
    for name in ("grpc_proxy", "http_proxy", "https_proxy", "no_proxy", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert connect_address(master, None).proxied is proxied


def test_the_client_reads_what_was_meant():
    """Signs that part a URL come back out of it."""
    from pyspark.sql.connect.client.core import DefaultChannelBuilder

    signs = "a/b;c=d%e?f#g"
    assert DefaultChannelBuilder(connect_address("sc://localhost:7", signs).url).token == signs


@pytest.mark.parametrize(
    "master",
    [
        f"sc://host:x;token={SECRET}",
        f"sc://host:99999/;token={SECRET}",
        f"sc://{SECRET}@host",
        f"sc://host/{SECRET}",
        f"sc://host?token={SECRET}",
        f"sc://host/;{SECRET}",
        f"sc://host/;Token {SECRET}=1",
        f"sc://localhost/;token={SECRET} and more",
        f"sc://localhost/;token={SECRET}%0a",
        f"sc://host/;token={SECRET}",
        f"sc://127.0.0.1/;token={SECRET}",
        f"sc://host/;use_ssl=false;token={SECRET}",
        f"spark://host/;token={SECRET}",
    ],
)
def test_a_refused_address_tells_nothing_behind_the_host(master):
    """Neither the sentence nor the reason nor the next step."""
    with pytest.raises(ConfigError, match=r".") as caught:
        connect_address(master, None)
    error = caught.value
    assert SECRET not in f"{error.what} {error.why} {error.next_step}"


def test_a_token_without_tls_is_refused_with_both_ways_out():
    """TLS, or the one name of this machine that the client trusts."""
    with pytest.raises(ConfigError, match="without TLS") as caught:
        connect_address("sc://spark.example:7", SECRET)
    assert "sc://spark.example:7/;use_ssl=true" in caught.value.next_step
    assert "localhost" in caught.value.next_step


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sc://h:1/;use_ssl=true;token=s3cr3t;x-key=s3cr3t", "sc://h:1/;use_ssl=true;token=***;x-key=***"),
        ("sc://h:1;s3cr3t", "sc://h:1;***"),
        ("sc://s3cr3t@h:1", "***"),
        ("sc://h/s3cr3t", "***"),
        ("SC://h?token=s3cr3t", "***"),
        ("h:1;token=s3cr3t", "h:1;token=***"),
        ("local[*]", "local[*]"),
        ("spark://a:1,b:2", "spark://a:1,b:2"),
        ("k8s://https://h:6443", "k8s://https://h:6443"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url, shown):
    """Whatever is not known to be harmless is hidden."""
    assert shown_url(url) == shown


def test_settings_are_printed_without_token(tmp_path, monkeypatch):
    """Neither the one of the URL nor the one of its own."""
    monkeypatch.chdir(tmp_path)
    environ = {"HEALTHTRENDS_ENGINE__TOKEN": SECRET, "HEALTHTRENDS_ENGINE__MASTER": f"sc://h/;token={SECRET}"}
    shown = printed(load(None, {}, environ))
    assert (shown["engine.token"], shown["engine.master"]) == ("***", "sc://h/;token=***")


def test_options_do_not_show_their_secrets():
    """A value that is printed by mistake shows neither."""
    from pathlib import Path

    shown = repr(EngineOptions(master=f"sc://h/;token={SECRET}", token=SECRET, work=Path()))
    assert SECRET not in shown + repr(connect_address("sc://localhost", SECRET))


@pytest.mark.parametrize(
    ("text", "number"), [("512m", 2**29), ("0.5g", 2**29), ("1.5g", 3 * 2**29), ("16g", 2**34)]
)
def test_memory_is_read_in_bytes(text, number, tmp_path, monkeypatch):
    """As Spark spells sizes, and with a fraction."""
    monkeypatch.chdir(tmp_path)
    assert load(None, {}, {"HEALTHTRENDS_ENGINE__MEMORY": text}).engine.memory_bytes == number


@pytest.mark.parametrize("text", ["511m", "0.4g", "0g", "1024", "1.5", "2t", "-1g", "1 g", "1.5m"])
def test_a_memory_that_cannot_be_is_refused(text, tmp_path, monkeypatch):
    """With what is allowed."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="from 512m on"):
        load(None, {}, {"HEALTHTRENDS_ENGINE__MEMORY": text})


def test_without_a_setting_queries_take_half_of_the_machine(tmp_path):
    """Of the container, if that is smaller."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < machine_memory() <= installed
    assert query_memory(EngineOptions(work=tmp_path)) == machine_memory() // 2


@pytest.mark.parametrize(("conf", "heap"), [({}, "1536m"), ({"spark.driver.memory": "3g"}, "3g")])
def test_the_driver_of_spark_gets_the_memory(conf, heap, tmp_path):
    """As whole megabytes, which is what Java takes; a Spark key of the user's goes before."""
    options = EngineOptions(name="spark", work=tmp_path, memory=3 * 2**29, spark_conf=conf)
    assert spark_settings(options, "t")["spark.driver.memory"] == heap


def yarn_conf(folder, **properties):
    """A client configuration with these properties."""
    named = {f"yarn.resourcemanager.{name.replace('_', '.')}": value for name, value in properties.items()}
    entries = "".join(f"<property><name>{k}</name><value>{v}</value></property>" for k, v in named.items())
    (folder / "yarn-site.xml").write_text(f"<configuration>{entries}</configuration>")


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"address": "localhost:1"}, "localhost:1: Connection refused"),
        ({"ha_rm-ids": "a,b", "address_a": "localhost:1", "hostname_b": "localhost:2"}, "localhost:2: "),
    ],
)
def test_a_resource_manager_that_does_not_answer_is_named(properties, told, tmp_path, monkeypatch):
    """Spark itself would try for a quarter of an hour."""
    yarn_conf(tmp_path, **properties)
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    with pytest.raises(DependencyDown, match="ResourceManager") as caught:
        check_master(EngineOptions(master="yarn", work=tmp_path))
    assert told in caught.value.why


def test_a_resource_manager_spelled_with_variables_is_left_to_spark(tmp_path, monkeypatch):
    """What is not known here is no fault."""
    yarn_conf(tmp_path, address="${yarn.resourcemanager.hostname}:8032")
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    check_master(EngineOptions(master="yarn", work=tmp_path))


def test_yarn_needs_its_configuration(tmp_path, monkeypatch):
    """Without it nobody knows where the cluster is."""
    monkeypatch.delenv("HADOOP_CONF_DIR", raising=False)
    monkeypatch.delenv("YARN_CONF_DIR", raising=False)
    with pytest.raises(ConfigError, match="client configuration"):
        check_master(EngineOptions(master="yarn", work=tmp_path))


@pytest.mark.parametrize("master", ["local[2]", "local", "local[*, 3]", "local-cluster[1,1,1024]"])
def test_masters_of_this_machine_need_no_server(master, tmp_path):
    """They are Spark's to start."""
    check_master(EngineOptions(master=master, work=tmp_path))


LOG = """\
2026-01-01T00:00:00 ERROR SparkContext: Error initializing SparkContext.
org.apache.spark.SparkException: Asked to run locally with 0 threads
\tat org.apache.spark.SparkContext$.x(SparkContext.scala:1)
"""


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (LOG, "SparkException: Asked to run locally with 0 threads"),
        (
            'Exception in thread "main" a.b.SparkException: Master must be\n\tat x',
            "SparkException: Master must be",
        ),
        ("Error: Could not create\nError: A fatal exception has occurred.\n", "Error: Could not create"),
        ("java.lang.OutOfMemoryError: Java heap space\n" + LOG, "OutOfMemoryError: Java heap space"),
        ('a.b.XException: Failed to parse {"patient_id":"p"}\n', "a line of a data file cannot be read"),
        ("all is well\n", None),
        ("", None),
    ],
)
def test_the_log_of_spark_tells_the_cause(log, cause, tmp_path):
    """The last one; a lack of memory goes before what follows it, and a record is not told."""
    (tmp_path / "spark.log").write_text(log)
    assert last_cause(tmp_path / "spark.log") == cause


def test_a_log_that_is_not_there_tells_nothing(tmp_path):
    """Spark may have ended before it wrote one."""
    assert last_cause(tmp_path / "none") is None


def test_an_address_that_refused_is_told_in_a_few_words():
    """Without the frame that gRPC puts around it."""
    line = (
        "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: "
        "Failed to connect to remote host: Connection refused"
    )
    assert redact_line(line) == "127.0.0.1:1: Connection refused"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("java.lang.OutOfMemoryError: Java heap space", "ran out of memory"),
        (
            "Failed to allocate 1 KB - 0 B remain available for the total memory pool: fair",
            "ran out of memory",
        ),
        ("java.io.IOException: No space left on device", "ran out of disk space"),
        ("used disk space during the spilling process has exceeded", "ran out of disk space"),
    ],
)
@pytest.mark.parametrize("engine", ["embedded", "spark", "connect"])
def test_a_lack_of_memory_or_disk_says_what_to_raise(engine, text, what):
    """On every engine."""
    error = resource_error(engine, text, text)
    assert error is not None
    assert what in error.what
    assert "memory" in error.next_step
