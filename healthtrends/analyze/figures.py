"""The exact whole numbers of one day, as an engine gave them: the border between PySpark and reports."""

from dataclasses import dataclass, field


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
    """Recorded no later than 24 h after the end of the visit date, UTC."""
    visit_id: int
    """Records that have this field; the next three likewise."""
    record_id: int
    facility_id: int
    region: int


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


@dataclass(frozen=True, slots=True)
class Age:
    """Patients of one age in years, settled over the whole date."""

    age: int
    patients: int
    visits: int
    men: int
    women: int
    other: int
    men_visits: int
    women_visits: int
    other_visits: int
    conflicts: int
    """Patients whose records name two different ones of M, F, O."""
    patients_1: int
    """Patients with one visit; the next four likewise, the last with five or more."""
    patients_2: int
    patients_3: int
    patients_4: int
    patients_5: int

    @property
    def frequency(self) -> tuple[int, ...]:
        """Patients by number of visits: 1, 2, 3, 4, 5 or more."""
        return self.patients_1, self.patients_2, self.patients_3, self.patients_4, self.patients_5


@dataclass(frozen=True, slots=True)
class RecordedDay:
    """Records that count, by the day (UTC) of their `recorded_at`."""

    day: str
    """YYYY-MM-DD."""
    records: int
    newest: str
    """Latest time of that day, with six digits of fraction and without the Z."""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """All a day's reports are made from."""

    lines: int = 0
    """Stored lines, cancellations included."""
    cancellations: int = 0
    """Lines that take something back."""
    repeated: int = 0
    """Lines that are exact copies of another."""
    treatments: list[Treatment] = field(default_factory=list)
    diagnoses: list[Diagnosis] = field(default_factory=list)
    ages: list[Age] = field(default_factory=list)
    recorded: list[RecordedDay] = field(default_factory=list)
    replaced: int = 0
    """Data lines that a later version of the same record stands in for; others set aside are cancelled."""

    @property
    def records(self) -> int:
        """Records that count."""
        return sum(cell.records for cell in self.treatments)

    @property
    def patients(self) -> int:
        """Distinct patients of the date."""
        return sum(row.patients for row in self.ages)

    @property
    def visits(self) -> int:
        """Distinct visits of the date."""
        return sum(row.visits for row in self.ages)
