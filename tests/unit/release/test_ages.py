"""Means and medians of ages in a release: from 90 on all ages count as 90."""

from healthtrends.release.ages import CappedAge, CappedAges
from healthtrends.release.disclose import release
from healthtrends.reports.registry import decode_reports

DETAIL = (
    "diagnosis,patients,visits,mean_age,median_age,men,women,other,unknown,gender_ratio,percent_of_visits,"
    "recovered,ongoing,deceased,outcome_unknown\n"
    "F03,20,20,91.5,92.0,0,20,0,0,0.0,50.0,0,20,0,0\nJ10,20,20,31.5,32.0,0,20,0,0,0.0,50.0,0,20,0,0\n"
)
ROW = (("diagnosis", "F03"),)


def ages(capped):
    """Mean and median of both codes in a release, and why some are hidden."""
    exact = decode_reports({"diagnosis_detail": DETAIL.encode()}, is_fed=True)
    rows = release(exact, ages=capped).reports["diagnosis_detail"].report.records()
    return [(row["mean_age"], row["median_age"], row["suppressed"]) for row in rows]


YOUNG = (31.5, 32.0, None)
HIDDEN = "mean_age=statistic_of_few median_age=statistic_of_few"


def test_a_row_with_very_old_people_has_its_capped_mean_and_median():
    """Others keep theirs."""
    assert ages(CappedAges({ROW: CappedAge(88.5, 90.0)})) == [(88.5, 90.0, None), YOUNG]


def test_a_median_of_younger_people_stays():
    """The oldest do not matter to it."""
    assert ages(CappedAges({ROW: CappedAge(88.5, is_median_exact=True)})) == [(88.5, 92.0, None), YOUNG]


def test_what_nobody_can_cap_is_hidden():
    """An earlier version did not keep the sum."""
    assert ages(CappedAges({ROW: CappedAge()})) == [(None, None, HIDDEN), YOUNG]


def test_where_nobody_knows_who_is_old_all_ages_are_hidden():
    """There is no cube any more."""
    assert [row[2] for row in ages(CappedAges(is_known=False))] == [HIDDEN, HIDDEN]
