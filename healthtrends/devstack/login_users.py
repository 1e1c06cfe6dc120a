"""Other users who can log in to this machine: HDFS of a plain stack believes any name a program claims.

Files, Kafka and the web servers are closed to them; this is what stays open without Kerberos.
"""

import os
import pwd
import sys
from collections.abc import Iterable
from pathlib import Path

FIRST_PERSON = 500 if sys.platform == "darwin" else 1000
"""User ids of people have no end: those of a directory begin at 200,000 and higher."""
NOBODY = 65534
DIRECTORIES = frozenset({"sss", "ldap", "winbind"})
"""Sources of accounts that do not list them (as in nsswitch.conf)."""
NO_LOGIN = frozenset({"nologin", "false", "sync", "halt", "shutdown"})
SHOWN = 3


def other_users(entries: Iterable[pwd.struct_passwd] | None = None) -> list[str]:
    """Names of the other people who can log in here, of those that the user database lists."""
    found = pwd.getpwall() if entries is None else entries
    return sorted(
        entry.pw_name
        for entry in found
        if entry.pw_uid >= FIRST_PERSON
        and entry.pw_uid not in (NOBODY, os.geteuid())
        and entry.pw_shell.rpartition("/")[2] not in NO_LOGIN
    )


def directories(switch: Path = Path("/etc/nsswitch.conf")) -> list[str]:
    """Where accounts come from that the user database does not list."""
    try:
        lines = switch.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    sources = [line.partition("#")[0].partition(":")[2] for line in lines if line.startswith("passwd:")]
    return sorted(DIRECTORIES & {each for source in sources for each in source.split()})


def what_stays_open(others: list[str], sources: list[str]) -> str:
    """In one sentence; empty when nobody else is known, and no directory may add somebody."""
    if others:
        names = ", ".join([*others[:SHOWN], *(["..."] if len(others) > SHOWN else [])])
        who = f"others can log in here ({names})"
    elif sources:
        who = f"others may log in here (accounts come from {', '.join(sources)} too, unlisted)"
    else:
        return ""
    return f"HDFS of the local stack believes whatever user name a program claims, and {who}"


WHAT_TO_DO = "close it with `healthtrends up --secure`, or keep real patient data off this machine"
