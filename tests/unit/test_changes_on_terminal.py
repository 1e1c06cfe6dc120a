"""How a terminal shows the changes of `top_diagnoses`."""

import datetime as dt

import pytest

from healthtrends.cli.change_text import against, readable
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.reports.registry import decode_report
from tests.unit.test_cubes import LAST, Counting

TOP = b"""\
rank,diagnosis,patients,visits,percent_of_visits,previous_day,average_7_days,change_vs_7_days,average_same_weekday,change_vs_same_weekday
1,J10.1,304,304,50.0,120,120.0,1.5333,120.0,1.5333
2,A69.2,2,2,0.1,0,0.14,13.0,0.25,7.0
"""


def days(*backs):
    """Counts of some days before: the second code was there once."""
    return {back: {"J10.1": 120} | ({"A69.2": 1} if back == 7 else {}) for back in backs}


def shown(content, compared):
    """Lines of the table."""
    report = decode_report("top_diagnoses", content, is_fed=True)
    return [",".join(row) for row in readable(report, compared, 10)]


def test_a_change_is_a_percentage_and_of_a_few_the_counts():
    """`+1,300 %` for two patients is nothing to look at."""
    first, second = shown(TOP, days(*range(1, 8), 14, 21, 28))
    assert first == "1,J10.1,304,304,50.0,120,120.0,+153 %,120.0,+153 %"
    assert second == "2,A69.2,2,2,0.1,0,0.14,2 (usually 0 to 1),0.25,2 (usually 0 to 1)"


def test_a_fall_has_a_plain_minus():
    """A terminal may know no other."""
    content = TOP.replace(b"J10.1,304", b"J10.1,60")
    assert "-50 %" in shown(content, days(7, 14))[0]


def test_a_change_without_known_days_stays_empty():
    """Nothing is made up."""
    content = TOP.replace(b",0.25,7.0", b",,")
    assert shown(content, days(1, 2))[1].endswith(",2 (usually 0),,")


@pytest.mark.parametrize(
    ("backs", "said"), [((1, 7, 14), "against 2 Mondays"), ((1, 28), "against 1 Monday")]
)
def test_the_weekdays_are_counted(backs, said):
    """In the title of the table."""
    assert against(LAST, days(*backs)) == said


@pytest.fixture
def local(tmp_path):
    """Records of the date, of a day and of two weekdays before."""
    local = Counting(tmp_path, None)
    for back, count in ((0, 3), (1, 9), (7, 1), (28, 2)):
        local.receive(LAST - dt.timedelta(days=back), count)
    local.run([LAST])
    yield local
    local.close()


def test_the_days_that_an_issue_was_compared_with_are_read_from_their_cubes(local):
    """By how many days they lie back."""
    pipeline = Pipeline(local)
    found = pipeline.compared(pipeline.published.issue(LAST))
    assert found == {1: {"E11": 9}, 7: {"E11": 1}, 28: {"E11": 2}}


def test_an_issue_whose_days_were_counted_anew_is_compared_with_nothing(local):
    """Its numbers are those of then, and the counts of then are gone."""
    local.receive(LAST - dt.timedelta(days=7))
    local.run([LAST])
    pipeline = Pipeline(local)
    assert pipeline.compared(pipeline.published.issue(LAST, 1)) == {}
    assert pipeline.compared(pipeline.published.issue(LAST))[7] == {"E11": 2}
