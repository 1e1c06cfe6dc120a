"""Spark on an HDFS behind Kerberos, and its Kafka source at brokers that ask for passwords and rights."""

import json
from collections.abc import Iterator

import pytest

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.spark import SparkEngine
from healthtrends.adapters.executors.job import SparkExecutors
from healthtrends.adapters.executors.kafka_options import spark_source
from healthtrends.adapters.executors.task_settings import staging_conf, task_settings
from healthtrends.config import Settings, cache
from healthtrends.config.servers import Hdfs, Kafka
from healthtrends.devstack.java import find_java, spark_java_home
from healthtrends.devstack.kafka_source_jars import kafka_source
from healthtrends.devstack.kerberos import REALM
from healthtrends.errors import ConfigError
from healthtrends.ingest.worker_protocol import Task
from tests.cluster.standalone import QUICK
from tests.faults.sandbox import DAY, Sandbox
from tests.secured.conftest import USER, scram
from tests.secured.kafka_settings import MTLS, SASL, STRANGER
from tests.secured.logins import certificate

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
SPARK = ("--engine", "spark", "--master", "local[2]")
NO_FILE = "MEMORY:tickets"
"""A ticket cache that Java does not read, as a keyring of Linux is."""
JAVA = {"spark.driver.extraJavaOptions": QUICK}


@pytest.fixture
def spark_box(box) -> Sandbox:
    """With Java's quick compiler, and patience on a busy machine."""
    box.environ["HEALTHTRENDS_SPARK__CONF"] = json.dumps(JAVA)
    box.environ["HEALTHTRENDS_RETRY__DEADLINE"] = "100"
    return box


@pytest.fixture
def ours(spark_box, brokers, secured_topic) -> Sandbox:
    """The same, with 60 messages in a topic of the secured brokers; the user may see and write it."""
    spark_box.environ.update(
        HEALTHTRENDS_KAFKA__TOPIC=secured_topic,
        HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS=brokers.addresses(SASL),
        HEALTHTRENDS_KAFKA__CLIENT=json.dumps(scram(brokers)),
    )
    brokers.allow(USER, "write", "topic", secured_topic)
    days = ("--from", "2025-12-20", "--to", DAY)
    spark_box.start("produce", "--synthetic", "60", "--seed", "1", *days).end()
    return spark_box


def test_a_day_is_made_with_the_ticket_that_the_client_has(spark_box):
    """The driver is told of Kerberos and of the realm by the settings of the HDFS client alone."""
    spark_box.send()
    spark_box.start("run", DAY, *SPARK).end()
    report = spark_box.start("report", DAY)
    report.end()
    assert "E11,200," in report.out


def test_a_day_is_made_with_a_keytab(spark_box, kerberos_hdfs):
    """Where the ticket cache is no file, Spark logs in by itself."""
    spark_box.send()
    keytab = {
        "spark.kerberos.principal": f"{USER}@{REALM}",
        "spark.kerberos.keytab": str(kerberos_hdfs.realm.kdc.keytab(USER)),
    }
    spark_box.start(
        "run", DAY, *SPARK, HEALTHTRENDS_SPARK__CONF=json.dumps(JAVA | keytab), KRB5CCNAME=NO_FILE
    ).end()


def test_without_a_ticket_that_java_reads_the_settings_are_named(spark_box):
    """Although the native client has one."""
    spark_box.send()
    run = spark_box.start("run", DAY, *SPARK, KRB5CCNAME=NO_FILE)
    run.end(2)
    assert "the spark engine cannot read: HDFS wants Kerberos, and Java finds no ticket" in run.err
    assert "spark.kerberos.principal and spark.kerberos.keytab" in run.err
    assert "attempt=2" not in run.err


def test_without_the_name_of_the_namenode_its_key_is_named(spark_box, kerberos_hdfs):
    """Java alone asks for it."""
    spark_box.send()
    keys = kerberos_hdfs.client.copy()
    del keys["dfs.namenode.kerberos.principal"]
    run = spark_box.start("run", DAY, *SPARK, HEALTHTRENDS_HDFS__CLIENT=json.dumps(keys))
    run.end(2)
    assert 'set "dfs.namenode.kerberos.principal" = "nn/_HOST@REALM" in [hdfs.client]' in run.err


@pytest.mark.parametrize(("way", "keys"), [(SASL, scram), (MTLS, certificate)], ids=["password", "PEM"])
def test_executors_read_with_a_login_and_write_with_a_ticket(ours, brokers, secured_topic, way, keys):
    """SASL_SSL or mutual TLS on one side, Kerberos with privacy on the other."""
    ours.environ["HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS"] = brokers.addresses(way)
    ours.environ["HEALTHTRENDS_KAFKA__CLIENT"] = json.dumps(keys(brokers))
    brokers.allow(USER, "read", "topic", secured_topic)
    run = ours.start("ingest", *SPARK, "--json")
    run.end()
    assert json.loads(run.out)["stored"] == 60
    ours.start("verify").end()


def test_executors_that_may_not_read_say_which_right_is_missing(ours, secured_topic):
    """To see the topic is enough for the plan."""
    run = ours.start("ingest", *SPARK)
    run.end(2)
    assert f"error: User:{USER} has no right READ on topic {secured_topic}" in run.err
    assert f"--operation READ --topic {secured_topic}" in run.err
    assert "org.apache" not in run.err


@pytest.fixture
def engine(tmp_path) -> Iterator[SparkEngine]:
    """Spark with its Kafka source."""
    java = spark_java_home(find_java(), tmp_path / "java")
    conf = staging_conf(JAVA, kafka_source(cache()))
    found = SparkEngine(
        EngineOptions(
            name="spark", master="local[2]", java_home=java, work=tmp_path / "work", spark_conf=conf
        )
    )
    yield found
    found.close()


def test_a_source_that_is_refused_says_what_the_other_client_says(engine, stack, brokers, secured_topic):
    """Wrong password, wrong user, unknown authority; in a command the plan is refused before."""
    piece = Task(epoch=1, nonce="0" * 16, clock_date="2025-12-23", starts={0: 0}, ends={0: 10})
    settings = Settings(kafka=Kafka(topic=secured_topic), hdfs=Hdfs(url=stack.hdfs_url, root="/t/none"))

    def refusal(listener: str, *more: tuple[str, str]) -> str:
        source = spark_source(brokers.addresses(listener), scram(brokers) | dict(more))
        with pytest.raises(ConfigError) as refused:
            SparkExecutors(engine, source, task_settings(settings, None)).stage([piece])
        return f"{refused.value} {refused.value.next_step}"

    said = refusal(SASL, ("sasl.password", "not-this-one"))
    assert f"refuses User:{USER}" in said
    assert "invalid credentials with SASL mechanism SCRAM-SHA-512" in said
    assert "sasl.username and sasl.password" in said
    assert "refuses User:nobody" in refusal(SASL, ("sasl.username", "nobody"))
    assert "ssl.ca.location" in refusal(STRANGER)
