"""A pipeline whose engine counts distinct patients by code and group, as the real ones do."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from healthtrends.analyze.code_ages import code_ages
from healthtrends.analyze.compute_day import ComputedDay
from healthtrends.analyze.cube_tables import tables
from healthtrends.model.day_totals import DayTotals, Diagnosis, DiagnosisGroup, Gender, Treatment
from healthtrends.orchestrate.day_cube import DayCube
from healthtrends.orchestrate.pipeline import Pipeline
from tests.golden.local_pipeline import LocalPipeline

DATE = dt.date(2025, 12, 22)
NOBODY = pa.table({"patient": pa.array([], pa.binary()), "visits": pa.array([], pa.int32())})


def day_totals(lines, edition):
    """Totals of (patient, code) pairs."""
    by_code, by_group = defaultdict(set), defaultdict(set)
    for patient, code in lines:
        chapter, block = edition.group(code)
        by_code[code].add(patient)
        for name in (("chapter", chapter, "", ""), ("block", chapter, block, "")):
            by_group[name].add(patient)
        by_group["category", chapter, block, code[:3]].add(patient)
    everybody = len({patient for patient, _ in lines})
    return DayTotals(
        lines=len(lines),
        frequency=(everybody, 0, 0, 0, 0),
        treatments=[
            Treatment(c, "T", len(p), 0, len(p), 0, 0, 0, 0, 0, 0) for c, p in sorted(by_code.items())
        ],
        diagnoses=[Diagnosis(c, len(p), len(p), 0, 0, len(p), 0, 0) for c, p in sorted(by_code.items())],
        groups=[DiagnosisGroup(*name, len(p), len(p)) for name, p in sorted(by_group.items())],
        genders=(Gender("M", everybody, everybody, 0), *(Gender(gender, 0, 0, 0) for gender in "FOU")),
    )


def ages_of(records):
    """Ages by code as an engine counts them; each record is of its own patient."""
    counts = Counter((each["diagnosis_code"], each["age"]) for each in records)
    codes, ages = zip(*counts, strict=True) if counts else ((), ())
    columns = {"diagnosis_code": pa.array(codes, pa.string()), "age": pa.array(ages, pa.int64())}
    return code_ages(pa.table({**columns, "patients": pa.array(counts.values(), pa.int64())}))


def places_of(records):
    """Patients by code and facility."""
    counts = Counter((each["diagnosis_code"], each.get("facility_id")) for each in records)
    rows = [("facility", code, place, n) for (code, place), n in counts.items() if place]
    names = ("level", "diagnosis", "part", "patients")
    types = (*[pa.string()] * 3, pa.int64())
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows], pa.schema(zip(names, types, strict=True))
    )


@dataclass
class SignalWorld(LocalPipeline):
    """Records of one code each; run it with `run`."""

    number: int = 0

    def day_computer(self):
        return self

    def compute(self, paths, _date):
        records = [
            record
            for path in paths
            for record in map(msgspec.json.decode, self.pool.store.read(path).splitlines())
        ]
        figures = day_totals([(each["patient_id"], each["diagnosis_code"]) for each in records], self.edition)
        asked = {"facility", "region"} & {*self.alarms.levels}
        day = ComputedDay(figures, [NOBODY], ages_of(records), places_of(records) if asked else None)
        return DayCube(figures, tables(day), "counting", "1")

    def receive(self, back, age=4, facility=None, **counts):
        """Records of the day so many days before DATE by code, each of its own patient; `E11_9` is E11.9."""
        lines, day = [], str(DATE - dt.timedelta(days=back))
        for code, count in counts.items():
            for _ in range(count):
                self.number += 1
                fields = {
                    "patient_id": f"P{self.number}", "age": age, "gender": "F",
                    "diagnosis_code": code.replace("_", "."), "visit_date": day,
                    "treatment_code": "T", "outcome": "ongoing",
                } | ({"facility_id": facility} if facility else {})  # fmt: skip
                lines.append(msgspec.json.encode(fields).decode())
        self.send(lines)

    def report(self, name, date=DATE):
        """Rows of a published report, by column."""
        published = Pipeline(self).published
        return list(published.read(published.issue(date), name).records())

    def detection(self, date=DATE):
        """How the newest issue says that its alarms were found."""
        return Pipeline(self).published.issue(date).source.detection
