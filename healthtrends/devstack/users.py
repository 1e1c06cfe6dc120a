"""Who else can log in to this machine: HDFS of the local stack believes whatever name a program claims.

Files, Kafka and the web servers are closed to them; this is what stays open without Kerberos.
"""

import os
import pwd
import sys
from collections.abc import Iterable

PEOPLE = range(500 if sys.platform == "darwin" else 1000, 60_000)
"""User ids of people; below are the system's own, above are `nobody` and containers."""
NO_LOGIN = frozenset({"nologin", "false", "sync", "halt", "shutdown"})
SHOWN = 3


def other_users(entries: Iterable[pwd.struct_passwd] | None = None) -> list[str]:
    """Names of the other people who can log in here, by the user database."""
    found = pwd.getpwall() if entries is None else entries
    return sorted(
        entry.pw_name
        for entry in found
        if entry.pw_uid in PEOPLE
        and entry.pw_uid != os.geteuid()
        and entry.pw_shell.rpartition("/")[2] not in NO_LOGIN
    )


def what_stays_open(others: list[str]) -> str:
    """In one sentence; empty when there is nobody else."""
    if not others:
        return ""
    names = ", ".join([*others[:SHOWN], *(["..."] if len(others) > SHOWN else [])])
    return (
        f"HDFS of the local stack believes whatever user name a program claims, and others can log in here"
        f" ({names})"
    )


WHAT_TO_DO = "keep real patient data off this machine, or use a cluster with Kerberos"
