"""Counts in which each patient has a bounded share, on the embedded engine, against plain Python."""

import json
from collections import Counter, defaultdict

import pytest

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.analyze.bounded_counts import count_bounded
from tests.golden.random_day import line, random_lines


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    """One embedded engine for all of this module."""
    engine = open_engine(EngineOptions(work=tmp_path_factory.mktemp("work")))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """File of 400 records of 40 patients without corrections, and the codes of each patient."""
    lines = random_lines(7, 400, patients=40, ids=False)
    path = tmp_path_factory.mktemp("day") / "part.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    codes = defaultdict(set)
    for record in map(json.loads, lines):
        codes[record["patient_id"]].add(record["diagnosis_code"])
    return f"file://{path}", codes


def test_a_bound_that_nobody_reaches_changes_no_count(embedded, day):
    """Patients by code are the distinct ones."""
    file, codes = day
    assert max(map(len, codes.values())) > 5
    assert count_bounded(embedded, [file], 100, "salt") == Counter(
        code for own in codes.values() for code in own
    )


@pytest.mark.parametrize("most", [1, 3])
def test_each_patient_counts_in_as_many_codes_as_the_bound_or_has(embedded, day, most):
    """The sum over all codes says how often patients were counted; no code counts more than it has."""
    file, codes = day
    bounded = count_bounded(embedded, [file], most, "salt")
    exact = Counter(code for own in codes.values() for code in own)
    assert sum(bounded.values()) == sum(min(most, len(own)) for own in codes.values())
    assert all(bounded[code] <= exact[code] for code in bounded)


def test_another_salt_takes_other_codes(embedded, day):
    """The choice is by chance, not by the order of codes."""
    file, _ = day
    assert count_bounded(embedded, [file], 1, "one") != count_bounded(embedded, [file], 1, "two")


def test_a_cancelled_record_does_not_count(embedded, tmp_path):
    """Versions are resolved first."""
    same = {"patient_id": "p", "visit_date": "2025-12-22", "record_id": "r"}
    first = line(
        **same, age=4, gender="F", diagnosis_code="E11", treatment_code="T", outcome="ongoing",
        recorded_at="2025-12-22T08:00:00Z",
    )  # fmt: skip
    last = line(**same, status="cancelled", recorded_at="2025-12-22T09:00:00Z")
    path = tmp_path / "part.jsonl"
    path.write_text(f"{first}\n{last}\n", encoding="utf-8")
    assert count_bounded(embedded, [f"file://{path}"], 5, "salt") == {}
