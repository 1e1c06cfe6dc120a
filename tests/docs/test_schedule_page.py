"""The page on schedulers names every exit code, and its example is Python."""

import re
from pathlib import Path

from healthtrends import interrupt
from healthtrends.adapters.schedulers.command import Ended
from healthtrends.errors import HealthTrendsError
from tests.docs.fenced import blocks

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "schedule.md"


def classes(base: type[HealthTrendsError]) -> list[type[HealthTrendsError]]:
    """Return an error class and all that derive from it."""
    return [base, *(each for child in base.__subclasses__() for each in classes(child))]


def test_the_table_says_of_each_exit_code_what_schedulers_do():
    """No code is missing, and none is made up."""
    rows = re.findall(r"^\| (\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    known = {each.exit_code for each in classes(HealthTrendsError)} | {0, interrupt.EXIT_CODE}
    assert [int(row) for row in rows] == sorted(known)


def test_the_wrappers_do_what_the_table_says():
    """The last column is that of a scheduler of tasks."""
    rows = re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows
    for code, does in rows:
        ended = Ended(int(code))
        assert ended.is_done == does.startswith("completed"), code
        assert ended.is_worth_a_retry == does.endswith("with retries"), code
        assert ended.has_failed_gate == ("under a name of its own" in does), code


def test_the_examples_are_python():
    """They are compiled only; `tests/schedulers/` runs those of `deploy/`, and Prefect is no dependency."""
    examples = list(blocks(PAGE, "python"))
    assert len(examples) == 2
    for example in examples:
        compile(example, str(PAGE), "exec")
