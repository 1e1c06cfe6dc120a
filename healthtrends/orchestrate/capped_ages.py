"""Means and medians in which ages from 90 on count as 90, from the cube that an issue was made of.

Reports have exact ages. A cube of an earlier version tells which codes have people of 90 or more, but not the
years of the others; without any cube only `age_distribution` tells whether the date has such people.
"""

from collections.abc import Mapping

from healthtrends.analyze import code_ages
from healthtrends.analyze.code_ages import OldPeople
from healthtrends.model.day_totals import GENDERS, OLD_AGE
from healthtrends.publish.issue_manifest import Issue
from healthtrends.release.ages import NOBODY_OLD, CappedAge, CappedAges, Row
from healthtrends.reports.report import Report
from healthtrends.reports.rounding import mean
from healthtrends.storage.cube_head import CubeUnusable, inputs_digest
from healthtrends.storage.cubes import Cubes

_COLUMNS = dict(zip(GENDERS, ("men", "women", "other", "unknown"), strict=True))
_UNKNOWN = CappedAges(is_known=False)


def read_capped_ages(cubes: Cubes, issue: Issue, exact: Mapping[str, Report]) -> CappedAges:
    """Give the ages of the rows of an issue's reports. Raises HdfsUnavailable."""
    if not {"age_distribution", "gender_breakdown"} <= exact.keys():
        return _UNKNOWN
    *_, oldest = exact["age_distribution"].records()
    old = [gender for gender, column in _COLUMNS.items() if oldest[column]]
    if not old:
        return NOBODY_OLD
    try:
        head = cubes.find(issue.date, inputs_digest(issue.source.input_names))
        if head is None:
            return _UNKNOWN
        codes = code_ages.old_people(cubes.content(head, code_ages.TABLE))
    except CubeUnusable:
        return _UNKNOWN
    rows: dict[Row, CappedAge] = {(("diagnosis", code),): _of_code(each) for code, each in codes.items()}
    years = head.totals.get("capped_ages")
    patients = {str(row["gender"]): int(row["patients"] or 0) for row in exact["gender_breakdown"].records()}
    for gender in old:
        known = None if years is None else mean(years[GENDERS.index(gender)], patients[gender])
        rows[(("gender", gender),)] = CappedAge(known)
    return CappedAges(rows)


def _of_code(people: OldPeople) -> CappedAge:
    """The one or two in the middle are younger, or old, or the exact median of both tells too much."""
    middle = None if people.capped_sum is None else mean(people.capped_sum, people.patients)
    younger = people.patients - people.old
    if people.patients // 2 < younger:
        return CappedAge(middle, is_median_exact=True)
    are_old = (people.patients - 1) // 2 >= younger
    return CappedAge(middle, float(OLD_AGE) if are_old else None)
