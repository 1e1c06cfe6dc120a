"""What Java says when an engine cannot log in to HDFS, or does not know it: in words, with the setting.

Java has Kerberos settings of its own, so that an engine may be refused where the native client is let in.
Another try gives the same, unless no Kerberos server answers.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

from healthtrends.errors import ConfigError, HdfsUnavailable

_KEYTAB = "spark.kerberos.principal and spark.kerberos.keytab"
_PRINCIPAL = '"dfs.namenode.kerberos.principal"'
_OF_SERVER = "in the configuration that the server starts with; [hdfs.client] does not reach it"


class _Refusal(NamedTuple):
    """What Java says, in words, and what to do."""

    said: re.Pattern[str]
    what: str
    here: str
    """Next step where this program starts the engine."""
    there: str
    """Next step where a Connect server runs elsewhere."""
    passes: bool = False
    """Whether another try may help."""


_REFUSALS = (
    _Refusal(
        re.compile(
            r"Mechanism level: (?:Connection refused|[\w ]*timed out|Cannot contact any KDC)"
            r"|LoginException: (?:Connection refused|[\w ]*timed out|Cannot contact any KDC)"
        ),
        "HDFS wants Kerberos, and no Kerberos server answers",
        "see the realm's `kdc` in krb5.conf (KRB5_CONFIG names another file)",
        "see the realm's `kdc` in the krb5.conf of the server",
        passes=True,
    ),
    _Refusal(
        re.compile(r"default realm|get Kerberos realm|Cannot find KDC|Cannot locate KDC"),
        "HDFS wants Kerberos, and Java does not know the realm",
        "let KRB5_CONFIG name its krb5.conf, or spark.driver.extraJavaOptions of [spark.conf] by "
        "-Djava.security.krb5.conf=FILE",
        "the server needs -Djava.security.krb5.conf=FILE in spark.driver.extraJavaOptions",
    ),
    _Refusal(
        re.compile(r"SIMPLE authentication is not enabled"),
        "HDFS lets nobody in without Kerberos",
        'set "hadoop.security.authentication" = "kerberos" in [hdfs.client], or HADOOP_CONF_DIR',
        f"set hadoop.security.authentication to kerberos {_OF_SERVER}",
    ),
    _Refusal(
        re.compile(r"Failed to specify server's Kerberos principal|Server has invalid Kerberos principal"),
        "HDFS wants Kerberos, and Java was not told who the NameNode is",
        f'set {_PRINCIPAL} = "nn/_HOST@REALM" in [hdfs.client], as hdfs-site.xml of the cluster has it',
        f"set {_PRINCIPAL} {_OF_SERVER}",
    ),
    _Refusal(
        re.compile(r"Keytab file|obtain password from user|not found in Kerberos database|Checksum failed"),
        "HDFS wants Kerberos, and the keytab lets this user not log in",
        f"check {_KEYTAB} in [spark.conf]",
        f"check {_KEYTAB} of the server",
    ),
    _Refusal(
        re.compile(r"Client cannot authenticate via|No valid credentials provided|GSS initiate failed"),
        "HDFS wants Kerberos, and Java finds no ticket",
        f"set {_KEYTAB} in [spark.conf]; or let KRB5CCNAME name a ticket cache that is a file, which it is "
        "not as KCM: or KEYRING:. Executors of a standalone master are given none: use yarn or k8s://",
        f"the server needs {_KEYTAB}, or a ticket cache that is a file",
    ),
)

_UNKNOWN_HOST = re.compile(r"UnknownHostException: ([\w.-]+)")


def login_error(name: str, text: str, cause: str) -> ConfigError | HdfsUnavailable | None:
    """Error for a login that failed, by the `text` of engine `name`; None: it is about something else."""
    for refusal in _REFUSALS:
        if refusal.said.search(text):
            kind = HdfsUnavailable if refusal.passes else ConfigError
            next_step = refusal.there if name == "connect" else refusal.here
            return kind(f"the {name} engine cannot read: {refusal.what}", cause, next_step)
    return None


def unknown_service(why: str, services: Collection[str]) -> ConfigError | None:
    """Error of a Connect server that takes one of these name services for a host; None: it does not."""
    found = _UNKNOWN_HOST.search(why)
    if found is None or found[1] not in services:
        return None
    return ConfigError(
        f"the Spark Connect server does not know the HDFS name service {found[1]}",
        why,
        f"put dfs.nameservices, dfs.ha.namenodes.{found[1]} and the keys with them {_OF_SERVER}",
    )
