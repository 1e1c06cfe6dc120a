"""Exact tables to release: the demo's last day, a day of many codes, a cube of three dimensions."""

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.analyze.compute_day import compute_day
from healthtrends.cli.commands.demo import FIRST, LAST, RECORDS, SEED
from healthtrends.formats.record import RecordDecoder
from healthtrends.icd.edition import icd10cm
from healthtrends.model.day_totals import PriorDays
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.reports.context import ReportContext
from healthtrends.reports.registry import make_reports
from healthtrends.reports.relations import Counted, Relations, Sum
from healthtrends.reports.report import Report, make_report
from healthtrends.reports.schema import Column, ReportSchema, Row
from healthtrends.sources.outbreak import doubling_outbreak
from healthtrends.sources.synthetic import SyntheticPlan, synthetic

_ARRIVED_MS = 1_766_448_000_000
_AT_ONCE = 20_000
GENDERS = {"F": 0.5, "M": 0.47, "O": 0.01, "U": 0.015, "X": 0.005}
AGES = [f"{5 * band:02}+" for band in range(19)]
ALL = "(all)"
_CUBE_KEYS = ("diagnosis", "gender", "age_band")


def demo_day() -> Mapping[str, Report]:
    """Reports of the last day of `healthtrends demo`, without days before it."""
    plan = SyntheticPlan(records=RECORDS, seed=SEED, first=FIRST, last=LAST, outbreak=doubling_outbreak(LAST))
    wanted = f'"visit_date":"{LAST}"'.encode()
    return _reports(record.value for record in synthetic(plan) if wanted in record.value)


def day_of_many_codes(codes: int, records: int) -> Mapping[str, Report]:
    """Reports of a day of so many codes, the others less frequent by their rank than the first."""
    rng = np.random.default_rng(1)
    categories = sorted(icd10cm().categories)
    names = [f"{categories[n % len(categories)]}.{n // len(categories):03}" for n in range(codes)]
    share = 1 / np.arange(1, codes + 1)
    drawn = np.concatenate([np.arange(codes), rng.choice(codes, records - codes, p=share / share.sum())])
    patients, ages = rng.integers(records // 2, size=records), rng.integers(95, size=records // 2)
    genders, outcomes = "FM" * 19 + "OU", ("recovered", "ongoing", "deceased", "unknown")
    return _reports(
        msgspec.json.encode(
            {
                "patient_id": f"{patient:08}",
                "age": int(ages[patient]),
                "gender": genders[patient % len(genders)],
                "diagnosis_code": names[code],
                "visit_date": str(LAST),
                "treatment_code": f"T{code % 50 + number % 3}",
                "outcome": outcomes[number % 7 % 4],
            }
        )
        for number, (code, patient) in enumerate(zip(drawn.tolist(), patients.tolist(), strict=True))
    )


def _reports(messages: Iterable[bytes]) -> dict[str, Report]:
    decoder = RecordDecoder(LAST, pseudonymiser(b"benchmark key of no secret"))
    encode = msgspec.json.Encoder().encode_lines
    with tempfile.TemporaryDirectory(prefix="ht-release-") as work:
        path = Path(work) / "part-0.jsonl"
        waiting = iter(messages)
        with path.open("wb") as file:
            while chunk := list(itertools.islice(waiting, _AT_ONCE)):
                file.write(encode(decoder.decode_all(chunk, [_ARRIVED_MS] * len(chunk))[0]))
        engine = open_engine(EngineOptions(work=Path(work) / "engine"))
        totals = compute_day(engine, [f"file://{path}"], LAST).figures
        prior = PriorDays(frequency_7=totals.frequency, frequency_28=totals.frequency)
        return make_reports(ReportContext(LAST, totals, prior))


def cube(codes: int, patients: int) -> Report:
    """Patients by code, gender and age band, with all sums; cells of zero are not listed."""
    rng = np.random.default_rng(1)
    by_code = 1 / np.arange(1, codes + 1)
    mean = np.multiply.outer(by_code / by_code.sum() * patients, list(GENDERS.values()))
    by_age = rng.dirichlet(np.full(len(AGES), 2.0), codes)
    counts = rng.poisson(mean[:, :, None] * by_age[:, None, :])
    return make_report(CUBE, list(_with_sums(counts)), is_fed=True)


def _with_sums(counts: "np.ndarray[tuple[int, int, int], np.dtype[np.int64]]") -> Iterator[Row]:
    names: tuple[Sequence[str], ...] = ([f"c{n:05}" for n in range(len(counts))], list(GENDERS), AGES)
    for summed in itertools.product((False, True), repeat=3):
        over = tuple(axis for axis, is_summed in enumerate(summed) if is_summed)
        sums = counts.sum(axis=over, keepdims=True)
        keys = [[ALL] if is_summed else list(each) for each, is_summed in zip(names, summed, strict=True)]
        for key, value in zip(itertools.product(*keys), sums.ravel().tolist(), strict=True):
            if value:
                yield (*key, value)


CUBE = ReportSchema(
    name="cube",
    columns=(
        *(Column(key, "text", "", "", is_key=True) for key in _CUBE_KEYS),
        Column("patients", "whole", "patients", ""),
    ),
    rows="",
    make=lambda _: (),
    relations=Relations(
        meanings={"patients": Counted("patients")},
        dimensions={key: key for key in _CUBE_KEYS},
        whole=dict.fromkeys(_CUBE_KEYS, ALL),
        ties=tuple(
            Sum("patients", over, beside)
            for over in _CUBE_KEYS
            for number in range(3)
            for beside in itertools.combinations([key for key in _CUBE_KEYS if key != over], number)
        ),
        order="by key",
    ),
)
CUBE_DESCRIPTION = f"""
[policy]
name = "cms"
complementary_is_great = false
[[tables]]
file = "cube.csv"
keys = ["diagnosis", "gender", "age_band"]
count = "patients"
total = "{ALL}"
reason = "suppressed"
"""
