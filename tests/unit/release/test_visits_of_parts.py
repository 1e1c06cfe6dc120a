"""Visits and people of parts of a date: whoever came again for a code, came again on the date."""

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release import constraints
from healthtrends.release.counts import read_counts
from healthtrends.release.disclose import release
from healthtrends.reports.registry import decode_reports

CLASSES = ("1", "2", "3", "4", "5+")


def exact(genders, *, visits, chapters=(), codes=(), bands=(), classes=()):
    """Reports of a date: patients and visits of M and F; of chapters, codes (men and women) and bands."""
    patients = sum(people for people, _ in genders)
    tables = {
        "gender_breakdown": "gender,patients,visits,percent_of_patients,mean_age\n"
        + "".join(
            f"{gender},{people},{each},0.0,\n"
            for gender, (people, each) in zip("MFOU", [*genders, (0, 0), (0, 0)], strict=True)
        ),
        "quality": "metric,value,unit,threshold,status\n" + f"patients,{patients},,,\nvisits,{visits},,,\n",
    }
    if chapters:
        tables["diagnosis_groups"] = (
            "level,chapter,block,category,patients,visits,percent_of_visits,revised_from\n"
            + "".join(f"chapter,{name},(all),(all),{people},{each},0.0,\n" for name, people, each in chapters)
        )
    if codes:
        tables["diagnosis_detail"] = (
            "diagnosis,patients,visits,mean_age,median_age,men,women,other,unknown,gender_ratio,"
            "percent_of_visits,recovered,ongoing,deceased,outcome_unknown\n"
            + "".join(
                f"{code},{men + women},{each},,,{men},{women},0,0,0.0,0.0,{2 * each},0,0,0\n"
                for code, men, women, each in codes
            )
        )
    if bands:
        tables["age_distribution"] = "age_band,patients,visits,men,women,other,unknown\n" + "".join(
            f"{band},{men + women},{each},{men},{women},0,0\n" for band, men, women, each in bands
        )
    if classes:
        tables["visit_frequency"] = "window,visits_per_patient,patients\n" + "".join(
            f"day,{name},{people}\n" for name, people in zip(CLASSES, classes, strict=True)
        )
    return decode_reports({name: text.encode() for name, text in tables.items()}, is_fed=True)


def found(reports):
    """Rows that the audit finds: table, keys and range."""
    return found_in({name: each.report.csv() for name, each in release(reports).reports.items()})


def found_in(files):
    """The same of released files."""
    return {
        (each.table, next(iter(each.keys.values())), each.bounds.lower, each.bounds.upper)
        for each in audit_release(files, 11)
        if not each.passes
    }


IN_A_CHAPTER = exact(
    [(19, 30), (21, 32)],
    visits=62,
    chapters=[("10", 39, 60), ("4", 5, 5)],
    bands=[("20-24", 13, 18, 49), ("40-44", 6, 3, 13)],
)
"""Of 62 visits 60 are of 39 people: with the two others they are 41 at most, so of 40 to 44 are 8 to 10."""
TWICE_AT_MOST = exact([(9, 16), (20, 20)], visits=36, classes=(22, 7, 0, 0, 0))
"""16 of 36 visits are of men, and nobody came three times: so 8 of them at most are repeats."""
WOMEN_OF_A_CODE = exact(
    [(28, 40), (32, 41)],
    visits=81,
    chapters=[("4", 58, 79), ("10", 4, 4)],
    codes=[("E10.0", 27, 31, 79), ("J10.0", 2, 2, 4)],
)
"""31 women have a code, and all are 60 at most, 28 of them men: 9 or 10 of 41 visits of women are repeats."""


def without(monkeypatch, *names):
    """The suppressor does not know of some relations."""
    within = constraints._within
    if "repeats" in names:
        monkeypatch.setattr(
            constraints, "_within", lambda tie, counts: within(tie, counts) if tie.is_covered else ()
        )
    if "frequency" in names:
        monkeypatch.setattr(constraints, "_most_visits", lambda *_: ())


@pytest.mark.parametrize(
    ("reports", "unknown", "row"),
    [
        (IN_A_CHAPTER, "repeats", ("age_distribution.csv: patients", "40-44", 8, 10)),
        (TWICE_AT_MOST, "frequency", ("gender_breakdown.csv: repeat visits", "M", 1, 8)),
    ],
    ids=["repeats", "frequency"],
)
def test_the_audit_finds_what_visits_of_parts_tell(monkeypatch, reports, unknown, row):
    """It knows of that by itself."""
    without(monkeypatch, unknown)
    assert row in found(reports)


@pytest.mark.parametrize("reports", [IN_A_CHAPTER, TWICE_AT_MOST, WOMEN_OF_A_CODE])
def test_nothing_of_it_is_exposed(reports):
    """As it is released."""
    assert not found(reports)


def test_the_audit_finds_what_a_gender_of_a_code_tells_of_that_of_the_date():
    """Nobody's gender is unknown or in doubt, so the women of a code are women of the date."""
    files = {
        name: each.report.csv()
        for name, each in release(WOMEN_OF_A_CODE).reports.items()
        if name != "quality"
    }
    genders = (
        "gender,patients,visits,percent_of_patients,mean_age,suppressed\nM,28,40,,,\n"
        "F,,,,,patients=complementary visits=whole_row\nO,0,0,,,\nU,0,0,,,\n"
    )
    quality = "metric,value,unit,threshold,status,suppressed\nvisits,81,,,,\n"
    files |= {"gender_breakdown": genders.encode(), "quality": quality.encode()}
    assert ("gender_breakdown.csv: repeat visits", "F", 9, 10) in found_in(files)


def test_what_hides_ties_a_gender_of_a_code_to_that_of_the_date_where_an_audit_found_something():
    """Where few others have it."""
    counts = read_counts(WOMEN_OF_A_CODE)
    reports = WOMEN_OF_A_CODE.values()
    ties = constraints.find_constraints(counts, reports, with_single_parts=True)
    named = [{counts.keys[place] for place in each.places} for each in ties]
    women, unknown = ((("gender", gender), ("of", "patients")) for gender in "FU")
    assert {women, unknown, (("diagnosis", "E10.0"), *women)} in named
    assert len(constraints.find_constraints(counts, reports)) < len(ties)
