"""A Spark Connect server on a secured HDFS: its own configuration counts, and what it lacks is said."""

import json

import pytest

from healthtrends.devstack.hdfs import write_settings
from tests.cli.connect_servers import apache_spark
from tests.faults.sandbox import DAY, Run, Sandbox, new_sandbox

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
TOKEN = "t0k3n"  # noqa: S105  a stand-in
SERVICE = "hospital"


def run_there(sandbox: Sandbox, port: int) -> Run:
    """Start a run on the server of this port."""
    return sandbox.start(
        "run", DAY, "--engine", "connect", "--master", f"sc://localhost:{port}",
        HEALTHTRENDS_ENGINE__TOKEN=TOKEN, HEALTHTRENDS_RETRY__DEADLINE="100",
    )  # fmt: skip


def test_a_server_that_is_set_up_for_kerberos_makes_the_day(box, kerberos_hdfs, tmp_path):
    """By its own HADOOP_CONF_DIR, realm and ticket; nothing of the client's reaches it."""
    box.send()
    box.start("ingest").end()
    write_settings(tmp_path / "conf" / "core-site.xml", kerberos_hdfs.client)
    own = {"HADOOP_CONF_DIR": str(tmp_path / "conf"), **kerberos_hdfs.realm.environ(box.folder)}
    with apache_spark(tmp_path / "spark", TOKEN, **own) as (port, _):
        run_there(box, port).end()


def test_a_server_that_knows_no_kerberos_ends_the_run_with_the_key_to_set(box, tmp_path):
    """Its configuration, since [hdfs.client] does not reach it."""
    box.send()
    with apache_spark(tmp_path / "spark", TOKEN) as (port, _):
        run = run_there(box, port)
        run.end(2)
    assert "the connect engine cannot read: HDFS lets nobody in without Kerberos" in run.err
    assert "set hadoop.security.authentication to kerberos" in run.err


def test_a_server_that_does_not_know_the_name_service_ends_the_run_at_once(stack, tmp_path):
    """It would take the name for that of a host, and wait for it."""
    sandbox = new_sandbox(stack, tmp_path)
    key = f"dfs.namenode.rpc-address.{SERVICE}.nn1"
    keys = {f"dfs.ha.namenodes.{SERVICE}": "nn1", key: stack.hdfs_url.removeprefix("hdfs://")}
    sandbox.environ["HEALTHTRENDS_HDFS__URL"] = f"hdfs://{SERVICE}"
    sandbox.environ["HEALTHTRENDS_HDFS__CLIENT"] = json.dumps(keys)
    sandbox.send()
    with apache_spark(tmp_path / "spark", TOKEN) as (port, _):
        run = run_there(sandbox, port)
        run.end(2)
    assert f"the Spark Connect server does not know the HDFS name service {SERVICE}" in run.err
    assert f"dfs.ha.namenodes.{SERVICE}" in run.err
    assert "attempt=2" not in run.err
