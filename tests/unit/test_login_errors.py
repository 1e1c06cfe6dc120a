"""What Java says of a login at HDFS, in words: which setting, and whether another try may help."""

import pytest

from healthtrends.adapters.engines.login_errors import login_error, unknown_service
from healthtrends.errors import ConfigError, HdfsUnavailable


@pytest.mark.parametrize(
    ("said", "setting"),
    [
        ("AccessControlException: Client cannot authenticate via:[TOKEN, KERBEROS]", "spark.kerberos.keytab"),
        ("IllegalArgumentException: Failed to specify server's Kerberos principal name",
         "dfs.namenode.kerberos.principal"),
        ("RemoteException: SIMPLE authentication is not enabled.  Available:[TOKEN, KERBEROS]",
         "hadoop.security.authentication"),
        ("IllegalArgumentException: KrbException: Cannot locate default realm", "java.security.krb5.conf"),
        ("IllegalArgumentException: requirement failed: Keytab file: /x does not exist",
         "spark.kerberos.keytab"),
        ("LoginException: Unable to obtain password from user", "spark.kerberos.principal"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine", ["spark", "connect"])
def test_a_refused_login_is_final_and_names_the_setting(said, setting, engine):
    """That of this program, or that of a server which it does not set up."""
    error = login_error(engine, said, said)
    assert type(error) is ConfigError
    assert (error.what.startswith(f"the {engine} engine cannot read: HDFS"), error.why) == (True, said)
    assert setting in error.next_step
    assert ("server" in error.next_step) is (engine == "connect")


def test_a_realm_that_does_not_answer_is_worth_another_try():
    """Its server may come back."""
    said = "GSS initiate failed [Caused by GSSException: (Mechanism level: Connection refused)]"
    assert type(login_error("spark", said, said)) is HdfsUnavailable


def test_what_has_nothing_to_do_with_kerberos_is_left_to_others():
    """Such as a right that is missing."""
    assert login_error("spark", "AccessControlException: Permission denied: user=x", "") is None


def test_a_host_that_is_a_name_service_is_unknown_to_the_server():
    """Any other host may only not be known at the moment."""
    said = "IllegalArgumentException: java.net.UnknownHostException: hospital"
    assert type(unknown_service(said, {"hospital"})) is ConfigError
    assert unknown_service(said, {"clinic"}) is None
    assert unknown_service("connection refused", {"hospital"}) is None
