"""Means and medians of codes beside hidden age bands: several together tell, or one that few can have."""

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release import disclose
from healthtrends.release.ages import CappedAge, CappedAges
from healthtrends.release.disclose import release
from healthtrends.release.rule import CMS, OPENSAFELY
from healthtrends.reports.registry import decode_reports

E11, J10, N40 = "E11.9", "J10.1", "N40.0"
BANDS = ("0-4", "40-44", "85-89", "90+")


def exact(people, codes):
    """Reports of a date on which everybody has one record.

    `people`: men and women by band; `codes`: men, women, mean and median age by code.
    """
    genders = [sum(people[band][place] for band in BANDS) for place in (0, 1)]
    bands = "".join(
        f"{band},{sum(people[band])},{sum(people[band])},{people[band][0]},{people[band][1]},0,0\n"
        for band in BANDS
    )
    rows = {
        "age_distribution": "age_band,patients,visits,men,women,other,unknown\n" + bands,
        "gender_breakdown": "gender,patients,visits,percent_of_patients,mean_age\n"
        + "".join(f"{name},{n},{n},0,\n" for name, n in zip("MFOU", [*genders, 0, 0], strict=True)),
        "trend_summary": "diagnosis,count,avg_age,gender_ratio\n"
        + "".join(f"{code},{men + women},{mean},0\n" for code, (men, women, mean, _) in codes.items()),
        "diagnosis_detail": "diagnosis,patients,visits,mean_age,median_age,men,women,other,unknown,"
        "gender_ratio,percent_of_visits,"
        "recovered,ongoing,deceased,outcome_unknown\n"
        + "".join(
            f"{code},{men + women},{men + women},{mean},{median},{men},{women},0,0,0,0,{men + women},0,0,0\n"
            for code, (men, women, mean, median) in codes.items()
        ),
        "quality": "metric,value,unit,threshold,status\n"
        + "".join(f"{name},{sum(genders)},,,\n" for name in ("patients", "records")),
    }
    return decode_reports({name: text.encode() for name, text in rows.items()}, is_fed=True)


def released(reports, rule=CMS, ages=None):
    """CSV by report."""
    made = release(reports, rule, ages=ages or CappedAges())
    return {name: each.report.csv() for name, each in made.reports.items()}


def means(files):
    """Mean ages that show, by code."""
    lines = [line.split(",") for line in files["trend_summary"].decode().splitlines()[1:]]
    return {fields[0]: fields[2] for fields in lines if fields[2]}


def exposed(files, rule=CMS):
    """Age bands that the audit finds."""
    found = audit_release(files, rule.hidden_below, rule.name)
    return {each.keys["age_band"] for each in found if not each.passes}


TWO_CODES = exact(
    {"0-4": (0, 20), "40-44": (0, 8), "85-89": (0, 9), "90+": (0, 0)},
    {E11: (0, 19, 32.79, 2.0), J10: (0, 18, 29.78, 2.0)},
)
"""The ages of all 37 add up to 1,159, so 7 to 9 of the 17 are from 40 to 44."""
MEN_ALONE = exact(
    {"0-4": (30, 30), "40-44": (8, 12), "85-89": (9, 12), "90+": (0, 0)},
    {N40: (47, 0, 25.09, 2.0), E11: (0, 27, 29.78, 2.0), J10: (0, 27, 29.78, 2.0)},
)
"""All men have one code, and its mean is theirs; bands of men are hidden, those of all people show."""
FEW_CAN = exact(
    {"0-4": (0, 8), "40-44": (0, 100), "85-89": (0, 9), "90+": (0, 0)},
    {J10: (0, 59, 48.86, 42.0), E11: (0, 58, 36.48, 42.0)},
)
"""Half of the people have a code, and a mean for which they need all of the oldest."""
OLD_HALF = exact(
    {"0-4": (0, 9), "40-44": (0, 8), "85-89": (0, 54), "90+": (0, 6)},
    {J10: (0, 65, 69.69, 87.0), E11: (0, 12, 88.5, 90.0)},
)

OLD_ALONE = exact(
    {"0-4": (0, 40), "40-44": (0, 40), "85-89": (0, 7), "90+": (0, 7)},
    {J10: (0, 80, 22.0, 22.0), E11: (0, 14, 88.5, 88.5)},
)


@pytest.mark.parametrize("reports", [TWO_CODES, MEN_ALONE, FEW_CAN], ids=["two", "men", "few"])
def test_the_audit_finds_means_that_tell_of_age_bands(monkeypatch, reports):
    """It knows of that by itself."""
    monkeypatch.setattr(disclose, "revealing_rows", lambda *_: set())
    assert exposed(released(reports))


@pytest.mark.parametrize(
    ("reports", "shown"),
    [(TWO_CODES, {E11}), (MEN_ALONE, {J10}), (FEW_CAN, {J10})],
    ids=["two", "men", "few"],
)
def test_of_means_that_tell_of_age_bands_some_are_hidden(reports, shown):
    """No more than have to be, those of the fewest people first."""
    files = released(reports)
    assert means(files).keys() == shown
    assert not exposed(files)


def test_a_median_that_is_hidden_since_half_are_old_tells_how_many_are(monkeypatch):
    """Six of twelve: in the hidden band are six or more."""
    ages = CappedAges({(("diagnosis", E11),): CappedAge(88.5, None)})
    assert not exposed(released(OLD_HALF, ages=ages))
    monkeypatch.setattr(disclose, "revealing_rows", lambda *_: set())
    assert "90+" in exposed(released(OLD_HALF, ages=ages))


def test_means_of_whole_numbers_tell_of_age_bands_too(monkeypatch):
    """Beside rounded counts."""
    assert not exposed(released(OLD_ALONE, OPENSAFELY), OPENSAFELY)
    monkeypatch.setattr(disclose, "revealing_rows", lambda *_: set())
    assert exposed(released(OLD_ALONE, OPENSAFELY), OPENSAFELY)


def test_means_stay_where_people_of_published_bands_can_have_them():
    """As many of 40 to 44, and no others who are old."""
    reports = exact(
        {"0-4": (0, 60), "40-44": (0, 60), "85-89": (0, 30), "90+": (0, 5)},
        {E11: (0, 80, 32.0, 40.0), J10: (0, 75, 40.0, 42.0)},
    )
    assert means(released(reports)).keys() == {E11, J10}
