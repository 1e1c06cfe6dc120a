"""`audit` from the outside: any program's tables, the exit code, one JSON document."""

import json

import pytest

DESCRIPTION = '[[tables]]\nfile = "a.csv"\nkeys = ["code"]\ncount = "n"\ntotal = "all"\n'


@pytest.fixture
def audit(cli):
    """The command on a folder with this table."""

    def run(table, *more, description=DESCRIPTION):
        (cli.folder / "audit.toml").write_text(description)
        (cli.folder / "a.csv").write_text(table)
        return cli("audit", str(cli.folder), *more)

    return run


def test_a_count_that_can_be_computed_ends_with_3(audit):
    """And says which, what it is, and why."""
    done = audit("code,n\nall,50\nJ10,47\nA00,\n")
    assert done.code == 3
    assert done.out.splitlines() == [
        "EXPOSED a.csv, code=A00: is 3",
        "        because a.csv: everything is the sum over code",
        "1 hidden counts, 1 exposed",
    ]


def test_counts_that_protect_each_other_pass(audit):
    """With 0."""
    done = audit("code,n\nall,50\nJ10,20\nA00,\nB00,\n")
    assert (done.code, done.out) == (0, "2 hidden counts, 0 exposed\n")


def test_the_audit_tells_how_far_it_is(audit):
    """In hidden counts; those of a large table take minutes."""
    done = audit("code,n\nall,50\nJ10,20\nA00,\nB00,\n")
    assert "audit: done, 2 hidden counts in" in done.err


def test_the_document_has_every_hidden_count(audit):
    """Sorted by table and keys; null where there is no greatest value."""
    document = json.loads(audit("code,n\nJ10,20\nB00,\nA00,\n", "--json").out)
    cell = {"table": "a.csv", "lower": 1, "upper": None, "exposed": False}
    assert document == {
        "passed": True,
        "cells": [{**cell, "keys": {"code": "A00"}}, {**cell, "keys": {"code": "B00"}}],
    }


def test_a_folder_without_a_description_is_a_mistake_of_the_user(cli):
    """Exit 2, with the file that is looked for."""
    done = cli("audit", str(cli.folder))
    assert done.code == 2
    assert "audit.toml cannot be read" in done.err


def test_a_description_names_files_of_its_own_folder_only(audit):
    """A folder of somebody else reads nothing else."""
    done = audit("code,n\n", description=DESCRIPTION.replace("a.csv", "../secret.csv"))
    assert done.code == 2
    assert "lies outside" in done.err
