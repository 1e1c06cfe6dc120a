"""Totals of one day, exact whole numbers from an engine: the interface between PySpark and reports."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

GENDERS = ("M", "F", "O", "U")
WEEK, MONTH = 7, 28
"""Days of the two windows of visits, the date itself among them."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """Records of one code with one treatment; all counts of records that count."""

    diagnosis: str
    treatment_code: str
    records: int
    recovered: int
    ongoing: int
    deceased: int
    timely: int
    """Recorded no later than 24 h after the end of the visit date, at the place."""
    visit_id: int
    """Records that have this field; the next three likewise."""
    record_id: int
    facility_id: int
    region: int

    @property
    def outcome_unknown(self) -> int:
        """Records whose outcome is not known."""
        return self.records - self.outcome_known

    @property
    def outcome_known(self) -> int:
        """Records with one of the three known outcomes."""
        return self.recovered + self.ongoing + self.deceased


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Patients of one code; counts of patients unless named otherwise."""

    diagnosis: str
    patients: int
    visits: int
    age_sum: int
    """Years, of each patient's highest age."""
    twice_median_age: int
    """Twice the median in years, so that it is a whole number."""
    men: int
    women: int
    other: int

    @property
    def unknown(self) -> int:
        """Patients whose records name no gender, or two."""
        return self.patients - self.men - self.women - self.other


@dataclass(frozen=True, slots=True, order=True)
class DiagnosisGroup:
    """Patients of all codes of one chapter, block or category; names above its level are there too."""

    level: str
    """chapter, block or category."""
    chapter: str
    """Number, or unknown."""
    block: str
    """Bounds of the innermost block, or unknown; empty: of a chapter."""
    category: str
    """First three characters of its codes; empty: of a chapter or block."""
    patients: int
    """Distinct patients."""
    visits: int


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Patients of one facility or one region."""

    level: str
    """facility or region."""
    name: str
    """As sent; empty: the records name none."""
    patients: int
    visits: int


@dataclass(frozen=True, slots=True)
class Gender:
    """Patients of one settled gender (M, F, O, U) on the date."""

    gender: str
    patients: int
    visits: int
    age_sum: int
    """Years."""


@dataclass(frozen=True, slots=True)
class Band:
    """Patients of some ages in a row, settled over the whole date; counts of patients but for visits."""

    start: int
    """Youngest age in years."""
    patients: int
    visits: int
    men: int
    women: int
    other: int

    @property
    def unknown(self) -> int:
        """Patients whose records name no gender, or two."""
        return self.patients - self.men - self.women - self.other


@dataclass(frozen=True, slots=True)
class RecordedDay:
    """Records that count, by the day of their `recorded_at` at the place."""

    day: str
    """YYYY-MM-DD."""
    records: int
    newest: str
    """Latest time of that day, UTC, with six digits of fraction and without the Z."""


@dataclass(frozen=True, slots=True)
class FacilityDay:
    """Lines of one facility by the day of their `recorded_at` at the place; counts of records."""

    facility: str
    """As records name it; empty: they name none."""
    day: str
    """YYYY-MM-DD."""
    lines: int
    """Stored lines, those that were replaced or cancelled too; no cancellations, and of equal lines with a
    `record_id` just one."""
    records: int
    visit_id: int
    """Records that have this field; the next two likewise."""
    record_id: int
    region: int
    newest: str
    """Latest `recorded_at` of the lines, UTC, with six digits of fraction and without the Z."""


OLD_AGE = 90
"""In a release all ages from this on count as this."""
BAND_YEARS = 5
BAND_STARTS = tuple(range(0, 91, BAND_YEARS))
"""Youngest age of each band; the last band is open."""
AGE_GROUP_STARTS = (0, 5, 15, 25, 45, 65)
"""Youngest age of each group of bands, by which series of codes are told apart; the last one is open."""
AGE_GROUPS = ("0-4", "5-14", "15-24", "25-44", "45-64", "65+")


@dataclass(frozen=True, slots=True)
class DayTotals:
    """Everything that a day's reports are made from, except earlier days."""

    lines: int = 0
    """Stored lines, cancellations included."""
    cancellations: int = 0
    """Lines that take something back."""
    repeated: int = 0
    """Lines that are exact copies of another."""
    conflicts: int = 0
    """Patients whose records name two different ones of M, F, O."""
    replaced: int = 0
    """Data lines that a later version of the same record stands in for; others set aside are cancelled."""
    frequency: tuple[int, ...] = (0, 0, 0, 0, 0)
    """Patients with 1, 2, 3, 4, and 5 or more visits."""
    treatments: Sequence[Treatment] = ()
    diagnoses: Sequence[Diagnosis] = ()
    groups: Sequence[DiagnosisGroup] = ()
    places: Sequence[Place] = ()
    """Empty: no record of the date names any."""
    genders: Sequence[Gender] = tuple(Gender(gender, 0, 0, 0) for gender in GENDERS)
    """All four, in this order."""
    capped_ages: Sequence[int] | None = None
    """Sum of the ages by gender, those from `OLD_AGE` on as that; None: an earlier version did not say."""
    bands: Sequence[Band] = tuple(Band(start, 0, 0, 0, 0, 0) for start in BAND_STARTS)
    """All bands, youngest first."""
    recorded: Sequence[RecordedDay] = ()
    """By day, oldest first."""
    facilities: Sequence[FacilityDay] = ()
    """By facility and day; empty when no line names a facility."""

    @property
    def records(self) -> int:
        """Records that count."""
        return sum(cell.records for cell in self.treatments)

    @property
    def set_aside(self) -> int:
        """Data lines that do not count: copies, and versions that were replaced or cancelled."""
        return self.lines - self.cancellations - self.records

    @property
    def patients(self) -> int:
        """Distinct patients of the date."""
        return sum(row.patients for row in self.genders)

    @property
    def visits(self) -> int:
        """Distinct visits of the date."""
        return sum(row.visits for row in self.genders)


@dataclass(frozen=True, slots=True)
class SomeDays:
    """Patients of some days that a date is compared with."""

    observed: int = 0
    """How many of the days were observed."""
    patients: Mapping[str, int] = field(default_factory=dict)
    """Sum of the patients by code over these."""


@dataclass(frozen=True, slots=True)
class FacilityCounts:
    """What a facility sent of one date."""

    records: int
    newest: str
    """Latest `recorded_at`, as in `FacilityDay`."""


@dataclass(frozen=True, slots=True)
class PriorDays:
    """Numbers of other days for the reports of a date; days without a feed are absent, not zero."""

    patients: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    """Patients by code of the observed days, by how many days they lie back."""
    frequency_7: Sequence[int] = (0, 0, 0, 0, 0)
    """Distinct patients with 1, 2, 3, 4, and 5 or more visits in the 7 days that end with the date."""
    frequency_28: Sequence[int] = (0, 0, 0, 0, 0)
    """The same in 28 days."""
    facilities: Mapping[int, Mapping[str, FacilityCounts]] = field(default_factory=dict)
    """Of the observed days by how many days they lie back, what each facility sent."""

    def sum_patients(self, days_back: Iterable[int]) -> SomeDays:
        """Add up the patients of those of the days that were observed."""
        observed = [self.patients[back] for back in days_back if back in self.patients]
        sums: dict[str, int] = {}
        for counts in observed:
            for code, patients in counts.items():
                sums[code] = sums.get(code, 0) + patients
        return SomeDays(len(observed), sums)
