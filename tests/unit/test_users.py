"""Who else can log in, and what that leaves open, in one sentence."""

import os
import pwd

import pytest

from healthtrends.devstack.login_users import directories, other_users, what_stays_open


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
            entry("carol@corp", 1_234_500_513, "/bin/bash"),
            entry("me", os.geteuid(), "/bin/bash"),
        ]
    )
    assert found == ["alice", "bob", "carol@corp"]


def test_alone_on_a_machine_there_is_nothing_to_say():
    """No warning without a reason."""
    assert what_stays_open([], []) == ""


def test_of_many_the_first_are_named():
    """One line, on a machine of any size."""
    text = what_stays_open(["a", "b", "c", "d"], ["sss"])
    assert "(a, b, c, ...)" in text
    assert "claims" in text


@pytest.mark.parametrize(
    ("line", "sources"),
    [
        ("passwd:  files sss", ["sss"]),
        ("passwd: files winbind [NOTFOUND=return] ldap # both", ["ldap", "winbind"]),
        ("passwd: files systemd # sss", []),
        ("group: files sss", []),
    ],
)
def test_a_directory_may_add_accounts(tmp_path, line, sources):
    """It does not list them."""
    switch = tmp_path / "nsswitch.conf"
    switch.write_text(f"# sss\n{line}\n")
    assert directories(switch) == sources


def test_without_a_switch_there_is_no_directory(tmp_path):
    """As on macOS."""
    assert directories(tmp_path / "nsswitch.conf") == []


def test_with_a_directory_others_may_log_in():
    """Though nobody is known."""
    assert "others may log in here (accounts come from sss too" in what_stays_open([], ["sss"])
