"""What of a status needs a person."""

from typing import Any

import pytest

from healthtrends.orchestrate.status import attention


def status(**changes: object) -> dict[str, Any]:
    """A pipeline where all is well."""
    run = {"ran_at": "2025-12-23T06:00:00+00:00", "exit_code": 0, "error": None}
    dates = [{"date": "2025-12-21", "report": "final"}, {"date": "2025-12-22", "report": "provisional"}]
    return {"last_run": run, "commits": {}, "dates": dates, "kafka": {"hidden": 0}, **changes}


def test_nothing_needs_a_person_when_all_is_well():
    """A provisional report becomes final by itself."""
    assert attention(status()) == []


def test_no_run_at_all_is_no_fault():
    """A follower may have stored records only; their dates are missing."""
    assert attention(status(last_run=None, dates=[])) == []


@pytest.mark.parametrize("code", [1, 3, 4, 5])
def test_a_run_that_failed_or_met_a_gate_does(code):
    """With what it said."""
    run = {"ran_at": "2025-12-23T06:00:00+00:00", "exit_code": code, "error": {"what": "it broke"}}
    (line,) = attention(status(last_run=run))
    assert line.endswith(f"ended with exit code {code}: it broke")


def test_a_run_that_a_person_stopped_does_not():
    """They know."""
    run = {"ran_at": "2025-12-23T06:00:00+00:00", "exit_code": 130, "error": {"what": "interrupted"}}
    assert attention(status(last_run=run)) == []


@pytest.mark.parametrize("state", ["missing", "stale"])
def test_dates_without_a_current_report_do(state):
    """The newest three are named, and the command that makes them."""
    dates = [{"date": f"2025-12-0{n}", "report": state} for n in range(1, 6)]
    (line,) = attention(status(dates=dates))
    assert line == (
        f"the reports of 5 dates are {state}: 2025-12-03, 2025-12-04, 2025-12-05 and 2 more; "
        f"`healthtrends run --reprocess {state}` makes them"
    )


def test_offsets_that_a_transaction_hides_do():
    """Nobody else ends its producer."""
    assert len(attention(status(kafka={"hidden": 7}))) == 1


def test_an_erasure_that_died_behind_its_commit_does():
    """Cubes and issues of before still hold the person."""
    (line,) = attention(status(commits={"open_erasure": True}))
    assert "`healthtrends run` goes on" in line
