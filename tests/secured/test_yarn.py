"""Spark on a YARN behind Kerberos: executors have no ticket, they get in by delegation tokens."""

import json
import uuid
from collections.abc import Iterator

import pytest

from healthtrends.devstack.kerberos import REALM
from tests.cluster.conftest import java_home
from tests.cluster.standalone import QUICK
from tests.cluster.yarn import Yarn, YarnSecurity
from tests.faults.sandbox import DAY, Sandbox
from tests.secured.kerberos_hdfs import KerberosHdfs
from tests.secured.realm import NODE_MANAGER, PIPELINE, RESOURCE_MANAGER

__all__ = ["java_home"]

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
STAGING = f"/{PIPELINE}/spark-staging"


@pytest.fixture(scope="module")
def kerberos_yarn(kerberos_hdfs, java_home, tmp_path_factory) -> Iterator[Yarn]:
    """A ResourceManager and a NodeManager in the realm of the HDFS."""
    security = yarn_security(kerberos_hdfs)
    cluster = Yarn(tmp_path_factory.mktemp("yarn"), kerberos_hdfs.url, java_home, security)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def yarn_security(hdfs: KerberosHdfs) -> YarnSecurity:
    """Principals of its servers, whose containers run as whoever runs the tests."""
    keytab = hdfs.realm.kdc.keytab
    servers = {"resourcemanager": RESOURCE_MANAGER, "nodemanager": NODE_MANAGER}
    principals = {f"yarn.{name}.principal": f"{who}@{REALM}" for name, who in servers.items()}
    keytabs = {f"yarn.{name}.keytab": str(keytab(who)) for name, who in servers.items()}
    return YarnSecurity(hdfs.client, principals | keytabs, hdfs.java_options)


@pytest.fixture
def yarn_box(box, kerberos_hdfs, kerberos_yarn) -> Sandbox:
    """A command line of the pipeline's user, with the configuration of both clusters."""
    conf = {
        "spark.driver.extraJavaOptions": QUICK,
        "spark.executor.extraJavaOptions": QUICK,
        "spark.yarn.stagingDir": f"{kerberos_hdfs.url}{STAGING}",
    }
    box.environ["HADOOP_CONF_DIR"] = str(kerberos_yarn.conf)
    box.environ["HEALTHTRENDS_SPARK__CONF"] = json.dumps(conf)
    box.environ["HEALTHTRENDS_RETRY__DEADLINE"] = "200"
    return box


def test_a_day_is_made_on_yarn(yarn_box):
    """Executors read by tokens of HDFS, which the ResourceManager renews."""
    yarn_box.send()
    yarn_box.start("run", DAY, "--engine", "spark", "--master", "yarn").end()
    report = yarn_box.start("report", DAY)
    report.end()
    assert "E11,200," in report.out


def test_executors_on_yarn_store_what_they_read(yarn_box):
    """Their Python writes by the same tokens: the containers have neither ticket nor keytab."""
    yarn_box.send()
    there = {"HEALTHTRENDS_HDFS__ROOT": f"/{PIPELINE}/{uuid.uuid4().hex[:8]}"}
    run = yarn_box.start("ingest", "--engine", "spark", "--master", "yarn", "--json", **there)
    run.end()
    assert json.loads(run.out)["stored"] == 400
    yarn_box.start("verify", **there).end()
