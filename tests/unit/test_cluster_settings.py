"""What a Spark driver is told for a cluster, and how long it waits for one."""

import threading

import pytest

from healthtrends.adapters.engines.driver import ExecutorWatchdog
from healthtrends.adapters.engines.engine_options import EngineOptions, write_client_conf
from healthtrends.adapters.engines.spark import spark_settings
from healthtrends.adapters.hadoop_conf import read_site
from healthtrends.clock import Deadline

LONGEST = 20.0  # seconds; more than any watch here waits
SITE = "<configuration><property><name>{}</name><value>{}</value></property></configuration>"


@pytest.fixture
def yarn_at(tmp_path, monkeypatch):
    """Make HADOOP_CONF_DIR name a ResourceManager at an address."""

    def name(address: str) -> None:
        (tmp_path / "yarn-site.xml").write_text(SITE.format("yarn.resourcemanager.address", address), "utf-8")
        monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))

    monkeypatch.delenv("YARN_CONF_DIR", raising=False)
    return name


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Make the machine's own spark-defaults.conf hold some lines."""

    def write(lines: str) -> None:
        (tmp_path / "spark-defaults.conf").write_text(lines, "utf-8")
        monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))

    return write


@pytest.mark.parametrize(
    ("master", "host"),
    [
        (None, "127.0.0.1"),
        ("spark://127.0.0.1:7077", "127.0.0.1"),
        ("spark://localhost", "127.0.0.1"),
        ("spark://[::1]:7,127.0.0.2:7", "127.0.0.1"),
        ("spark://cluster.example.org:7077", None),
        ("spark://localhost:7,cluster.example.org:7", None),
        ("spark://127.0.0.1.example.org:7077", None),
        ("spark://localhost.example.org:7077", None),
        ("k8s://https://127.0.0.1:6443", None),
    ],
)
def test_a_driver_listens_on_loopback_when_its_master_does(master, host, tmp_path):
    """Spark alone would take a network interface; executors elsewhere need one, and pods always."""
    assert settings(master, tmp_path).get("spark.driver.host") == host


@pytest.mark.parametrize(
    ("address", "host"), [("127.0.0.1:8032", "127.0.0.1"), ("rm:8032", None), ("${rm}", None)]
)
def test_yarn_on_loopback_is_known_by_its_site_file(address, host, yarn_at, tmp_path):
    """Its master URL is the word `yarn` and no more."""
    yarn_at(address)
    assert settings("yarn", tmp_path).get("spark.driver.host") == host


def test_containers_of_this_machine_read_the_jars_where_they_lie(yarn_at, tmp_path):
    """Else Spark would send its 400 MB to HDFS at each start."""
    yarn_at("127.0.0.1:8032")
    assert settings("yarn", tmp_path)["spark.yarn.jars"].endswith("/pyspark/jars/*")


def test_containers_elsewhere_get_their_jars_as_the_cluster_says(yarn_at, tmp_path):
    """This machine's paths are not theirs."""
    yarn_at("rm:8032")
    assert "spark.yarn.jars" not in settings("yarn", tmp_path)


@pytest.mark.parametrize(
    "line", ["spark.driver.memory 8g", "spark.driver.memory=8g", "  spark.driver.memory: 8g"]
)
def test_what_administrators_set_goes_before_our_defaults(line, site, tmp_path):
    """Spark reads the file itself; whatever the driver is told would hide it."""
    site(f"# of this house\n{line}\n")
    assert "spark.driver.memory" not in settings("spark://cluster:7077", tmp_path)


def test_what_is_commented_out_is_not_set(site, tmp_path):
    """Our default stays."""
    site("# spark.driver.memory 8g\n")
    assert "spark.driver.memory" in settings("spark://cluster:7077", tmp_path)


def test_what_must_be_so_is_so_whatever_administrators_set(site, tmp_path):
    """UTC and ANSI mode decide what the numbers are."""
    site("spark.sql.session.timeZone Europe/Berlin\n")
    assert settings("spark://cluster:7077", tmp_path)["spark.sql.session.timeZone"] == "UTC"


def test_a_clusters_parallelism_is_its_own(tmp_path):
    """How many cores it has is not for this machine to say."""
    assert "spark.sql.shuffle.partitions" not in settings("spark://cluster:7077", tmp_path)


def test_the_folder_for_the_embedded_engine_leads_to_yarn_too(yarn_at, tmp_path):
    """Spark may take over on YARN in the same process, and finds this folder in HADOOP_CONF_DIR."""
    yarn_at("rm:8032")
    folder = write_client_conf(EngineOptions(work=tmp_path / "work"))
    assert read_site(folder / "yarn-site.xml") == {"yarn.resourcemanager.address": "rm:8032"}


def test_the_folder_for_an_engine_holds_the_keys_over_those_of_the_machine(tmp_path, monkeypatch):
    """And whatever else lies there, as it is; one made of itself stays so."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "hdfs-site.xml").write_text(SITE.format("dfs.replication", "2"), "utf-8")
    (theirs / "ssl-client.xml").write_text(SITE.format("ssl.client.truststore.location", "/t"), "utf-8")
    options = EngineOptions(work=tmp_path / "work", hadoop={"hadoop.security.authentication": "kerberos"})
    for named in (theirs, tmp_path / "work" / "hadoop"):
        monkeypatch.setenv("HADOOP_CONF_DIR", str(named))
        folder = write_client_conf(options)
        assert read_site(folder / "core-site.xml") == {
            "dfs.replication": "2", "hadoop.security.authentication": "kerberos",
        }  # fmt: skip
        assert read_site(folder / "ssl-client.xml") == {"ssl.client.truststore.location": "/t"}


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ("", '"-Djava.security.krb5.conf={}"'),
        ("-Xss4m", '-Xss4m "-Djava.security.krb5.conf={}"'),
        ("-Djava.security.krb5.conf=/own", "-Djava.security.krb5.conf=/own"),
    ],
)
def test_the_driver_finds_the_realm_where_c_libraries_find_it(given, options, tmp_path, monkeypatch):
    """Java does not look at KRB5_CONFIG by itself; what the user sets goes before it."""
    conf = tmp_path / "krb5.conf"
    conf.touch()
    monkeypatch.setenv("KRB5_CONFIG", str(conf))
    asked = EngineOptions(
        name="spark", work=tmp_path, spark_conf={"spark.driver.extraJavaOptions": given} if given else {}
    )
    assert spark_settings(asked, "token")["spark.driver.extraJavaOptions"] == options.format(conf)


@pytest.fixture
def quick_looks(monkeypatch):
    """Ten times as many as the product makes."""
    monkeypatch.setattr("healthtrends.adapters.engines.driver._LOOK_SECONDS", 0.05)


@pytest.mark.usefixtures("quick_looks")
def test_a_watch_gives_up_when_nothing_comes():
    """After the time it was given."""
    timed_out = threading.Event()
    watch = ExecutorWatchdog(0.1, lambda: True, timed_out.set)
    assert (timed_out.wait(LONGEST), watch.timed_out) == (True, True)


@pytest.mark.usefixtures("quick_looks")
def test_a_watch_counts_anew_when_something_comes():
    """What was starved twice for a moment was never starved for long."""
    looks, deadline = [], Deadline(LONGEST)
    watch = ExecutorWatchdog(0.8, lambda: bool(looks.append(1)) or len(looks) % 2 == 0, lambda: None)
    while len(looks) < 6 and not deadline.passed():
        threading.Event().wait(0.05)
    watch.end()
    assert (len(looks) >= 6, watch.timed_out) == (True, False)


@pytest.mark.usefixtures("quick_looks")
def test_a_watch_that_ends_looks_no_more():
    """The driver it watched is gone by then."""
    timed_out = threading.Event()
    ExecutorWatchdog(0.1, lambda: True, timed_out.set).end()
    assert not timed_out.wait(0.3)


def settings(master: str | None, work) -> dict[str, str]:
    """All that a driver for this master starts with."""
    return spark_settings(EngineOptions(name="spark", master=master, work=work), "token")
