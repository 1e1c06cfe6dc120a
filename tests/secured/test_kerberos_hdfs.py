"""HDFS behind Kerberos, every connection encrypted: what works, and what a refused user reads."""

import json
from collections.abc import Callable

import pytest

from healthtrends.devstack.free_ports import free_ports
from tests.faults.sandbox import DAY
from tests.secured.realm import STRANGER

NEXT = "next:"


@pytest.fixture
def refused(box) -> Callable[..., str]:
    """Run a command that must end with a code; what it says."""

    def run(code: int, *command: str, **environ: str) -> str:
        run = box.start(*command, **environ)
        run.end(code)
        assert NEXT in run.err
        assert "GSSAPI" not in run.err
        assert "Proto" not in run.err
        return run.err

    return run


def without(keys: dict[str, str], start: str) -> str:
    """Client keys less those that begin so, as the environment gives them."""
    return json.dumps({key: value for key, value in keys.items() if not key.startswith(start)})


def test_a_day_is_ingested_reported_and_proved(box):
    """From the topic to the report by the embedded engine."""
    box.send()
    box.start("run", DAY).end()
    report = box.start("report", DAY)
    report.end()
    assert "E11,200," in report.out
    box.start("verify").end()


def test_without_a_ticket_it_ends_with_2_and_says_how_to_get_one(refused, kerberos_hdfs, box):
    """Status, too, as every command."""
    said = refused(2, "status", **kerberos_hdfs.realm.environ(box.folder, None))
    assert "there is no Kerberos ticket" in said
    assert "KRB5_CLIENT_KTNAME" in said


def test_a_kdc_that_is_down_is_worth_another_try(refused, kerberos_hdfs, box):
    """And ends with 5 when it stays down."""
    conf = kerberos_hdfs.realm.write_conf(box.folder / "krb5.conf", free_ports(1)[0])
    said = refused(5, "ingest", KRB5_CONFIG=str(conf), HEALTHTRENDS_RETRY__DEADLINE="1")
    assert "no Kerberos server answers" in said
    assert "step.attempt_failed" in said


def test_a_client_without_the_keys_of_kerberos_is_told_which(refused, kerberos_hdfs):
    """The NameNode ends the connection; why, it tells only who asks."""
    said = refused(2, "status", HEALTHTRENDS_HDFS__CLIENT=without(kerberos_hdfs.client, "hadoop.security"))
    assert '"hadoop.security.authentication" = "kerberos"' in said


def test_a_client_that_does_not_protect_data_is_told_the_key(refused, kerberos_hdfs, box):
    """A DataNode ends the connection without a word."""
    box.send()
    keys = without(kerberos_hdfs.client, "dfs.data.transfer.protection")
    assert '"dfs.data.transfer.protection"' in refused(2, "ingest", HEALTHTRENDS_HDFS__CLIENT=keys)


def test_a_user_without_rights_is_told_who_and_where(refused, kerberos_hdfs, box):
    """One line, without the trace of Java."""
    box.send()
    said = refused(2, "ingest", **kerberos_hdfs.realm.environ(box.folder, STRANGER))
    assert "Permission denied: user=stranger, access=WRITE" in said
    assert "FSPermissionChecker" not in said
