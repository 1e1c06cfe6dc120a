"""Who else can log in, and what that leaves open, in one sentence."""

import os
import pwd

from healthtrends.devstack.users import other_users, what_stays_open


def entry(name: str, number: int, shell: str) -> pwd.struct_passwd:
    return pwd.struct_passwd((name, "x", number, number, "", f"/home/{name}", shell))


def test_people_who_can_log_in_are_named(monkeypatch):
    """No accounts of the system, none without a shell, and not this user, who is no account of the system."""
    monkeypatch.setattr(os, "geteuid", lambda: 1004)
    found = other_users(
        [
            entry("daemon", 2, "/bin/sh"),
            entry("bob", 1002, "/bin/zsh"),
            entry("alice", 1001, "/bin/bash"),
            entry("robot", 1003, "/usr/sbin/nologin"),
            entry("nobody", 65534, "/bin/sh"),
            entry("me", os.geteuid(), "/bin/bash"),
        ]
    )
    assert found == ["alice", "bob"]


def test_alone_on_a_machine_there_is_nothing_to_say():
    """No warning without a reason."""
    assert what_stays_open([]) == ""


def test_of_many_the_first_are_named():
    """One line, on a machine of any size."""
    text = what_stays_open(["a", "b", "c", "d"])
    assert "(a, b, c, ...)" in text
    assert "claims" in text
