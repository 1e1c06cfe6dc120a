"""Synthetic records: the same for the same plan everywhere, valid, and true to what the plan says."""

import collections
import dataclasses
import datetime as dt
import hashlib
import itertools
import json

import pytest

from healthtrends.errors import UsageError
from healthtrends.formats.record import RecordDecoder
from healthtrends.model.record import PatientRecord
from healthtrends.model.rejection import Rejection
from healthtrends.sources.catalogue import apportion, catalogue
from healthtrends.sources.invalid_records import WAYS
from healthtrends.sources.outbreak import Outbreak, default_outbreak
from healthtrends.sources.synthetic import SyntheticPlan, synthetic
from tests.decoding import decode_one

pytestmark = pytest.mark.slow

LAST = dt.date(2025, 12, 22)
MONTH = SyntheticPlan(
    records=30_000, seed=7, first=dt.date(2025, 11, 23), last=LAST, outbreak=default_outbreak(LAST)
)


@pytest.fixture(scope="module")
def month() -> list[dict[str, object]]:
    """Thirty days, read as JSON."""
    return [json.loads(record.value) for record in synthetic(MONTH)]


def digest(plan: SyntheticPlan, count: int = 1_000) -> str:
    """SHA-256 of the first values."""
    taken = itertools.islice(synthetic(plan), count)
    return hashlib.sha256(b"\n".join(record.value for record in taken)).hexdigest()


def test_the_bytes_of_a_seed_never_change():
    """A demo, a benchmark and a golden day made with one release are the same with the next."""
    assert digest(MONTH) == "53793e2a58158b96680d709518df302351f144cb0562167c8b23a2e0044897af"


def test_the_bytes_of_the_plain_form_never_change():
    """The plain form is what the benchmarks are measured with."""
    assert (
        digest(dataclasses.replace(MONTH, plain=True))
        == "5d2a981f2f3f4acb414619a94cb77a145ee1934b58520117f09aa74803dab59b"
    )


def test_the_same_plan_gives_the_same_records():
    """Nothing but the plan goes into the records."""
    assert list(synthetic(MONTH)) == list(synthetic(MONTH))


def test_another_seed_gives_other_records():
    """The seed matters."""
    assert digest(dataclasses.replace(MONTH, seed=8)) != digest(MONTH)


def test_exactly_as_many_records_as_asked_for(month):
    """Rounding the share of each day loses no record."""
    assert len(month) == MONTH.records


@pytest.mark.parametrize("records", [0, 1, 2, 29])
def test_fewer_records_than_days_are_possible(records):
    """Some days then stay empty."""
    assert len(list(synthetic(dataclasses.replace(MONTH, records=records)))) == records


def test_every_day_of_the_range_has_records_and_no_other(month):
    """Both ends are included, in calendar order."""
    days = list(dict.fromkeys(record["visit_date"] for record in month))
    assert days == [str(MONTH.first + dt.timedelta(days=n)) for n in range(30)]


def test_weekends_are_half_as_busy(month):
    """Saturday and Sunday have 40 % to 60 % of the mean of the other days."""
    counts = collections.Counter(str(record["visit_date"]) for record in month)
    free, busy = [], []
    for day, count in counts.items():
        (free if dt.date.fromisoformat(day).weekday() >= 5 else busy).append(count)
    assert 0.4 < (sum(free) / len(free)) / (sum(busy) / len(busy)) < 0.6


def test_every_record_is_valid(month):
    """The ingest takes each of them."""
    decoder = RecordDecoder(LAST, None)
    decoded = [decode_one(decoder, record.value, 0) for record in synthetic(MONTH)]
    assert all(isinstance(record, PatientRecord) for record in decoded)


def test_plain_records_have_the_seven_required_fields_only():
    """And about 141 bytes."""
    values = [record.value for record in synthetic(dataclasses.replace(MONTH, plain=True))]
    assert {tuple(json.loads(value)) for value in values} == {PatientRecord.__struct_fields__[:7]}
    assert 138 < sum(map(len, values)) / len(values) < 146


def test_the_key_is_the_patient(month):
    """So that a patient's records stay in one partition."""
    assert all(json.loads(record.value)["patient_id"].encode() == record.key for record in synthetic(MONTH))


def test_a_patient_keeps_age_and_gender(month):
    """One number never stands for two people."""
    seen = collections.defaultdict(set)
    for record in month:
        seen[record["patient_id"]].add((record["age"], record["gender"]))
    assert {len(persons) for persons in seen.values()} == {1}


def test_some_hundred_codes_come(month):
    """The mix is wide, and common codes are common."""
    counts = collections.Counter(record["diagnosis_code"] for record in month)
    assert len(counts) > 300
    assert {"I10", "J06.9", "E11.9"} <= {code for code, _ in counts.most_common(5)}


def test_codes_of_one_sex_stay_with_it(month):
    """No man gives birth; other and unknown genders may have any code."""
    assert {record["gender"] for record in month if record["diagnosis_code"] == "O80"} <= {"F", "O", "U"}


def test_ages_follow_the_code(month):
    """Bronchiolitis comes to small children only."""
    assert max(record["age"] for record in month if record["diagnosis_code"] == "J21.0") <= 6


def test_a_share_of_visits_has_two_diagnoses(month):
    """One visit_id: one patient and day, different codes; 3 % to 8 % of all records are second ones."""
    visits = collections.defaultdict(list)
    for record in month:
        if "visit_id" in record:
            visits[record["visit_id"]].append(record)
    pairs = [records for records in visits.values() if len(records) > 1]
    assert 0.03 < len(pairs) / len(month) < 0.08
    for first, second in pairs:
        assert (first["patient_id"], first["visit_date"]) == (second["patient_id"], second["visit_date"])
        assert first["diagnosis_code"] != second["diagnosis_code"]


def test_record_ids_are_unique(month):
    """No synthetic record replaces another."""
    given = [record["record_id"] for record in month if "record_id" in record]
    assert len(given) == len(set(given)) > 0


def test_the_outbreak_is_there(month):
    """The last days have several times the cases of the days before it."""
    counts = collections.Counter(
        str(record["visit_date"]) for record in month if record["diagnosis_code"] == "J10.1"
    )
    usual = sum(counts[str(LAST - dt.timedelta(days=n))] for n in range(10, 24)) / 14
    peak = sum(counts[str(LAST - dt.timedelta(days=n))] for n in range(4, 8)) / 4
    assert peak > 2.5 * usual


def test_without_an_outbreak_there_is_none():
    """The code then keeps its share."""
    calm = dataclasses.replace(MONTH, outbreak=None)
    cases = [record for record in synthetic(calm) if b'"J10.1"' in record.value]
    assert len(cases) < 180


def test_an_outbreak_grows_to_its_peak_and_falls():
    """The curve of the docstring, in percent of the usual number."""
    outbreak = Outbreak(code="A08.4", start=LAST, days_to_peak=2, peak_percent=400, growth_percent=100)
    days = [LAST + dt.timedelta(days=n) for n in range(-1, 5)]
    assert [outbreak.extra_percent(day) for day in days] == [0, 100, 200, 400, 200, 100]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_break_a_record_is_rejected(way):
    """A broken record is broken indeed."""
    decoder = RecordDecoder(LAST, None)
    values = [record.value for record in itertools.islice(synthetic(MONTH), 200)]
    assert all(isinstance(decode_one(decoder, WAYS[way](value), 0), Rejection) for value in values)


def test_the_share_of_broken_records_is_kept():
    """2 % of 30,000 asked for: 500 to 700 are rejected, all others stored."""
    decoder = RecordDecoder(LAST, None)
    decoded = [decode_one(decoder, r.value, 0) for r in synthetic(dataclasses.replace(MONTH, bad_share=0.02))]
    assert 500 < sum(isinstance(record, Rejection) for record in decoded) < 700


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"records": -1}, "0 or more"),
        ({"seed": -1}, "seed"),
        ({"seed": 1 << 63}, "seed"),
        ({"first": dt.date(2025, 12, 23)}, "first day"),
        ({"first": dt.date(1899, 12, 31)}, "1900"),
        ({"bad_share": 1.5}, "share"),
        ({"outbreak": Outbreak(code="X99", start=LAST)}, "catalogue"),
    ],
)
def test_an_impossible_plan_is_a_usage_error(change, rule):
    """The message names the rule."""
    with pytest.raises(UsageError, match="cannot be made") as caught:
        dataclasses.replace(MONTH, **change)
    assert rule in caught.value.why


def test_parts_add_up_to_the_whole():
    """Largest remainder; ties go to the earlier."""
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]


def test_every_code_has_treatments_and_possible_shares():
    """The bundled table keeps its own rules."""
    table = catalogue()
    shares = table.recovered_permille + table.deceased_permille
    assert shares.max() <= 1000
    assert table.men_percent.min() >= 0
    assert table.men_percent.max() <= 100
    assert len(table.codes) == len(set(table.codes)) > 300


def test_stretches_of_a_day_differ():
    """Records of a day do not repeat where one stretch ends and the next begins."""
    day = SyntheticPlan(records=20_000, seed=3, first=LAST, last=LAST, plain=True)
    values = [record.value for record in synthetic(day)]
    assert len(set(values)) > 0.999 * len(values)
