"""Columns that several reports have, and the cells of them."""

from typing import Final

from healthtrends.model.day_totals import DayTotals, Diagnosis
from healthtrends.reports.relations import Counted, Quotient, Surplus
from healthtrends.reports.rounding import share
from healthtrends.reports.schema import Column, NullReason

NOT_GIVEN: Final = "(not given)"
"""In place of the facility or region of records that name none, where others do."""
CODE = Column("diagnosis", "text", "", "full ICD-10 code as stored", is_key=True)
PATIENTS = Column(
    "patients", "whole", "patients", "distinct patients of the date", null_reason=NullReason.NO_FEED
)
VISITS = Column(
    "visits", "whole", "visits", "distinct visits: a visit_id of a patient, or one record without it"
)
GENDERS = (
    Column("men", "whole", "patients", "patients whose records agree on M"),
    Column("women", "whole", "patients", "patients whose records agree on F"),
    Column("other", "whole", "patients", "patients whose records agree on O"),
    Column("unknown", "whole", "patients", "patients whose records name no gender, or two"),
)
GENDER_RATIO = Column(
    "gender_ratio", "number", "share, 0 to 1", "men / (men + women); empty when there are neither"
)
MEAN_AGE = Column("mean_age", "number", "years", "mean age of the patients")
PERCENT_OF_VISITS = Column("percent_of_visits", "number", "percent, 0 to 100", "of all visits of the date")
OUTCOMES = (
    Column("recovered", "whole", "records", "records with outcome recovered"),
    Column("ongoing", "whole", "records", "records with outcome ongoing"),
    Column("deceased", "whole", "records", "records with outcome deceased"),
)
OUTCOME_UNKNOWN = Column("outcome_unknown", "whole", "records", "records whose outcome is not known")

COUNTED_GENDERS: Final = {
    column.name: Counted("patients", (("gender", code),))
    for column, code in zip(GENDERS, ("M", "F", "O", "U"), strict=True)
}
"""What the columns of `GENDERS` count; they are released all or not at all."""
SEX_SPLIT: Final = tuple(COUNTED_GENDERS)
RATIO_OF_GENDERS: Final = Quotient(
    (COUNTED_GENDERS["men"],), (COUNTED_GENDERS["men"], COUNTED_GENDERS["women"]), places=4
)
COUNTED_OUTCOMES: Final = {
    name: Counted("records", (("outcome", name),))
    for name in (*(column.name for column in OUTCOMES), OUTCOME_UNKNOWN.name)
}
REPEATS: Final = "repeat visits"
REPEAT_VISITS: Final = Surplus("visits", "patients", of=REPEATS)
"""Of rows with both: few of them are few people who came more than once."""
SHARE_OF_VISITS: Final = Quotient(
    (Counted("visits"),), (Counted("visits", is_total=True),), places=2, times=100
)


def by_patients(totals: DayTotals) -> list[Diagnosis]:
    """Codes of a date, most patients first, ties by code."""
    return sorted(totals.diagnoses, key=lambda row: (-row.patients, row.diagnosis))


def gender_ratio(row: Diagnosis) -> float | None:
    """Cell of `GENDER_RATIO`."""
    return share(row.men, row.men + row.women)
