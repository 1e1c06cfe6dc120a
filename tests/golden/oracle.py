"""Every report of interface section 3, once more, in DuckDB: shares no code with the product."""

# ruff: noqa: S608  the pieces put into the queries stand in this file

import csv
import functools
import importlib
import io
import warnings
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import duckdb

_LINES = """
create or replace table every_line as
select line, cast(line as json) as j from read_csv(
    $files, columns = {'line': 'varchar'}, delim = chr(1), quote = '', escape = '', header = false,
    strict_mode = false, auto_detect = false)
"""
_FIELDS = """
create or replace view {name} as select line, j->>'patient_id' as patient, cast(j->>'age' as int) as age,
    j->>'gender' as gender, j->>'diagnosis_code' as code, j->>'treatment_code' as treatment,
    j->>'outcome' as outcome, j->>'visit_id' as visit_id, j->>'record_id' as record_id,
    j->>'status' as status, cast(rtrim(j->>'recorded_at', 'Z') as timestamp) as told,
    j->>'facility_id' as facility_id, j->>'region' as region, j->>'visit_date' as day from {lines}
"""
_RECORDS = """
create or replace table every_record as
with ranked as (
    select *, row_number() over (partition by day, patient, record_id
        order by told desc, status is not null desc, line desc) as rank from every_field),
latest as (select * from ranked where (record_id is null or rank = 1) and status is null),
gone as (select day, patient, visit_id, max(told) as until from every_field
    where status is not null and record_id is null group by all)
select latest.*, coalesce(latest.visit_id, 'own ' || row_number() over ()) as visit
from latest left join gone
    on latest.day = gone.day and latest.patient = gone.patient and latest.visit_id = gone.visit_id
where gone.until is null or latest.told > gone.until
"""
_OF_DATE = """
create or replace view lines as select * from every_line where j->>'visit_date' = '{date}';
create or replace view records as select * from every_record where day = '{date}'
"""
_SETTLED = """
create or replace view {name} as
select {key} patient, max(age) as age, count(distinct visit) as visits,
    case when count(distinct nullif(gender, 'U')) = 1 then max(nullif(gender, 'U')) else 'U' end as gender,
    count(distinct nullif(gender, 'U')) > 1 as conflict
from {source} group by {key} patient
"""
_GENDER_COUNTS = ", ".join(f"count(*) filter (gender = '{gender}')" for gender in "MFOU")
_OUTCOME_COUNTS = ", ".join(
    f"count(*) filter (outcome = '{outcome}')" for outcome in ("recovered", "ongoing", "deceased", "unknown")
)
VALIDITY = Path(__file__).parents[2] / "healthtrends" / "icd" / "icd10cm_validity.csv.gz"
OPTIONAL = ("visit_id", "record_id", "facility_id", "region")


def expected(files: Sequence[Path], date: str, *, has_intake: bool = False) -> dict[str, bytes]:
    """CSV of every report of `date` by name but for `DETECTED`, from the canonical lines of all dates.

    `has_intake`: it is known that no message was rejected.
    """
    with duckdb.connect() as db:
        _load(db, files, date)
        return {
            **_diagnoses(db, _past(db, date)),
            "age_distribution": _ages(db),
            "gender_breakdown": _genders(db),
            "treatment_outcomes": _treatments(db),
            "visit_frequency": _frequency(db, date),
            "facilities": _facilities(db, date, 0 if has_intake else ""),
            "quality": _quality(db, date),
            "diagnosis_groups": _groups(db, date),
            "places": _places(db),
        }


DETECTED = ("alarms", "trends", "nowcast")
"""Reports that detectors make, which have reference outputs of their own in `tests/unit/detect`."""


def without_detected(reports: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those that the oracle can make."""
    return {name: content for name, content in reports.items() if name not in DETECTED}


def beyond_reports(files: Sequence[Path], date: str) -> dict[str, object]:
    """Records by the day of their `recorded_at` with its newest time, and how many lines were replaced."""
    with duckdb.connect() as db:
        _load(db, files, date)
        recorded = _rows(db, """
            select cast(cast(told as date) as varchar), count(*),
                strftime(max(told), '%Y-%m-%dT%H:%M:%S.%f')
            from records group by 1 order by 1""")  # fmt: skip
        replaced = _one(db, """
            with ranked as (select *, row_number() over (partition by patient, record_id
                    order by told desc, status is not null desc, line desc) as rank
                from fields where record_id is not null)
            select count(*) from ranked join (select patient, record_id from ranked
                where rank = 1 and status is null) as standing using (patient, record_id)
            where status is null and rank > 1""")  # fmt: skip
    return {"replaced": replaced, "recorded": [list(row) for row in recorded]}


def patients(files: Sequence[Path], date: str) -> list[tuple[bytes, int]]:
    """Visits of each patient of the date, sorted; a patient is the first half of the SHA-256 of the name."""
    with duckdb.connect() as db:
        _load(db, files, date)
        return _rows(db, "select unhex(sha256(patient)[:32]) as p, visits from by_day order by p")


def _load(db: duckdb.DuckDBPyConnection, files: Sequence[Path], date: str) -> None:
    db.execute("set timezone = 'UTC'")
    db.execute(_LINES, {"files": [str(path) for path in files]})
    for statement in (
        _FIELDS.format(name="every_field", lines="every_line"),
        _RECORDS,
        _OF_DATE.format(date=date),
        _FIELDS.format(name="fields", lines="lines"),
        _SETTLED.format(name="by_code", source="records", key="code,"),
        _SETTLED.format(name="by_day", source="records", key=""),
        _SETTLED.format(name="of_days", source="every_record", key="day, code,"),
    ):
        db.execute(statement)


def _past(db: duckdb.DuckDBPyConnection, date: str) -> dict[str, list[object]]:
    """Last columns of `top_diagnoses` by code."""
    before = "cast(day as date) between date '{0}' - {1} and date '{0}' - 1"
    days = _one(db, f"select count(distinct day) from every_field where {before.format(date, 7)}")
    yesterday = _one(db, f"select count(*) from every_field where {before.format(date, 1)}")
    found = {code: counts for code, *counts in _rows(db, f"""
        select code, count(*), count(*) filter ({before.format(date, 1)})
        from of_days where {before.format(date, 7)} group by code""")}  # fmt: skip
    current = dict(_rows(db, "select code, count(*) from by_code group by code"))
    weekday = f"date '{date}' - cast(day as date) in (7, 14, 21, 28)"
    weekdays = _one(db, f"select count(distinct day) from every_field where {weekday}")
    like = dict(_rows(db, f"select code, count(*) from of_days where {weekday} group by code"))
    columns = {}
    for code, patients in current.items():
        week, previous = found.get(code, (0, 0))
        change = _text(patients * days - week, week, 4)
        same = like.get(code, 0)
        columns[code] = [
            previous if yesterday else "", _text(week, days, 2), change,
            _text(same, weekdays, 2), _text(patients * weekdays - same, same, 4),
        ]  # fmt: skip
    return columns


def _diagnoses(db: duckdb.DuckDBPyConnection, past: dict[str, list[object]]) -> dict[str, bytes]:
    all_visits = _one(db, "select count(distinct (patient, visit)) from records")
    outcomes = {code: counts for code, *counts in _rows(
        db, f"select code, {_OUTCOME_COUNTS} from records group by code")}  # fmt: skip
    found = _rows(db, f"""
        select code, count(*) as n, cast(sum(visits) as bigint), cast(sum(age) as bigint),
            list_sort(list(age)), {_GENDER_COUNTS}
        from by_code group by code order by n desc, code""")  # fmt: skip
    trend, detail, top = [], [], []
    for rank, (code, n, visits, years, ages, men, women, other, unknown) in enumerate(found, 1):
        mean, ratio = _text(years, n, 2), _text(men, men + women, 4)
        middle = ages[(n - 1) // 2] + ages[n // 2]
        percent = _text(100 * visits, all_visits, 2)
        trend.append([code, n, mean, ratio])
        detail.append([code, n, visits, mean, _text(middle, 2, 2), men, women, other, unknown, ratio,
                       percent, *outcomes[code]])  # fmt: skip
        top.append([rank, code, n, visits, percent, *past[code]])
    return {
        "trend_summary": _csv("diagnosis,count,avg_age,gender_ratio", trend),
        "diagnosis_detail": _csv(
            "diagnosis,patients,visits,mean_age,median_age,men,women,other,unknown,gender_ratio,"
            "percent_of_visits,recovered,ongoing,deceased,outcome_unknown", detail),
        "top_diagnoses": _csv(
            "rank,diagnosis,patients,visits,percent_of_visits,previous_day,average_7_days,"
            "change_vs_7_days,average_same_weekday,change_vs_same_weekday", top[:20]),
    }  # fmt: skip


def _ages(db: duckdb.DuckDBPyConnection) -> bytes:
    rows = _rows(db, f"""
        select case when band = 90 then '90+' else band || '-' || (band + 4) end,
            count(patient), coalesce(cast(sum(visits) as bigint), 0), {_GENDER_COUNTS}
        from (select unnest(range(0, 91, 5)) as band)
        left join by_day on least(age, 90) // 5 * 5 = band group by band order by band""")  # fmt: skip
    return _csv("age_band,patients,visits,men,women,other,unknown", rows)


def _genders(db: duckdb.DuckDBPyConnection) -> bytes:
    everyone = _one(db, "select count(*) from by_day")
    rows = []
    for gender in "MFOU":
        n, visits, years = _rows(db, f"""
            select count(*), cast(coalesce(sum(visits), 0) as bigint), cast(coalesce(sum(age), 0) as bigint)
            from by_day where gender = '{gender}'""")[0]  # fmt: skip
        rows.append([gender, n, visits, _text(100 * n, everyone, 2), _text(years, n, 2)])
    return _csv("gender,patients,visits,percent_of_patients,mean_age", rows)


def _treatments(db: duckdb.DuckDBPyConnection) -> bytes:
    rows = _rows(db, f"""
        select code, treatment, count(*) as n, {_OUTCOME_COUNTS}
        from records group by code, treatment order by n desc, code, treatment""")  # fmt: skip
    told = [[*row[:6], *(_text(row[place], row[2] - row[6], 4) for place in (3, 5)), row[6]] for row in rows]
    return _csv(
        "diagnosis,treatment_code,records,recovered,ongoing,deceased,recovered_share,deceased_share,"
        "outcome_unknown", told,
    )  # fmt: skip


def _frequency(db: duckdb.DuckDBPyConnection, date: str) -> bytes:
    names = ("1", "2", "3", "4", "5+")
    rows = []
    for window, days in (("day", 1), ("7 days", 7), ("28 days", 28)):
        found = dict(_rows(db, f"""
            select least(n, 5), count(*) from (
                select count(distinct (day, visit)) as n from every_record
                where cast(day as date) between date '{date}' - {days - 1} and date '{date}'
                group by patient) group by all"""))  # fmt: skip
        rows += [[window, name, found.get(number, 0)] for number, name in enumerate(names, 1)]
    return _csv("window,visits_per_patient,patients", rows)


def _facilities(db: duckdb.DuckDBPyConnection, date: str, rejected: object) -> bytes:
    """`rejected` is in the place of rejects, which no line tells of."""
    db.execute(f"""
        create or replace view windowed as
            select *, date '{date}' - cast(day as date) as back from every_field
            where status is null and cast(day as date) between date '{date}' - 28 and date '{date}';
        create or replace view named as
            select facility_id as facility from windowed where facility_id is not null
            union select null from fields where facility_id is null and status is null
                and exists (select 1 from fields where facility_id is not null)""")
    weekdays = f"date '{date}' - cast(day as date) in (7, 14, 21, 28)"
    observed = _one(db, f"select count(distinct day) from every_field where {weekdays}")
    rows = []
    for (facility,) in _rows(db, "select facility from named order by facility nulls first"):
        its = "facility_id is null" if facility is None else f"facility_id = '{facility}'"
        lines = _one(
            db,
            f"""
            select count(*) filter (record_id is null) + count(distinct line) filter (record_id is not null)
            from fields where status is null and {its}""",
        )
        n, visits, records, regions = _rows(
            db,
            f"""
            select count(*), count(visit_id), count(record_id), count(region) from records where {its}""",
        )[0]
        usual = _one(db, f"select count(*) from every_record where {weekdays} and {its}")
        scope = "windowed" if facility else "windowed where back = 0"
        seconds = _rows(
            db,
            f"""
            select greatest(0, epoch_us(timestamp '{date}' + interval 1 day) - epoch_us(max(told))) // 1000000
            from (select * from {scope}) where {its}""",
        )[0][0]
        delays = [
            delay
            for (delay,) in _rows(
                db,
                f"""
            select cast(told as date) - cast(day as date) as delay from records where {its} order by 1""",
            )
        ]
        middle = delays[(n - 1) // 2] + delays[n // 2] if n else 0
        rows.append(
            [
                facility or "(not given)",
                lines,
                n,
                *([rejected] * 3 if facility else ["", "", ""]),
                _text(usual, observed, 2) if facility else "",
                _text(n * observed, usual, 4) if facility else "",
                _text(seconds, 3600, 2),
                _text(visits + records + regions, 3 * n, 4),
                _text(middle, 2, 2) if n else "",
            ]
        )
    return _csv(
        "facility,messages,records,rejected_unreadable,rejected_incomplete,rejected_invalid,expected,"
        "share_of_expected,hours_since_last,completeness,median_delay",
        rows,
    )


def _quality(db: duckdb.DuckDBPyConnection, date: str) -> bytes:
    lines, cancels = _rows(db, "select count(*), count(status) from fields")[0]
    n = _one(db, "select count(*) from records")
    counts = [
        ("stored_lines", lines, "lines"),
        ("cancellation_lines", cancels, "lines"),
        ("repeated_lines", lines - _one(db, "select count(distinct line) from lines"), "lines"),
        ("records_replaced_or_cancelled", lines - cancels - n, "records"),
        ("records", n, "records"),
        ("patients", _one(db, "select count(*) from by_day"), "patients"),
        ("visits", _one(db, "select count(distinct (patient, visit)) from records"), "visits"),
        ("diagnoses", _one(db, "select count(distinct code) from records"), "codes"),
        ("gender_conflicts", _one(db, "select count(*) from by_day where conflict"), "patients"),
    ]
    parts = [(f"{name}_completeness", _one(db, f"select count({name}) from records")) for name in OPTIONAL]
    timely = f"select count(*) from records where told <= timestamp '{date}' + interval 2 day"
    parts.append(("recorded_within_24_h", _one(db, timely)))
    shares = [(name, _text(part, n, 4), "share") for name, part in parts]
    return _csv("metric,value,unit,threshold,status", [[*row, "", "info"] for row in counts + shares])


def _groups(db: duckdb.DuckDBPyConnection, date: str) -> bytes:
    """Chapter and block of a category are what the package says that the product's table was made from."""
    everyone = _one(db, "select count(distinct (patient, visit)) from records")
    codes = [code for (code,) in _rows(db, "select distinct code from records")]
    db.execute("create or replace table grouped (code varchar, chapter varchar, block varchar)")
    db.executemany(
        "insert into grouped values (?, ?, ?)", [[code, *_above(code[:3])] for code in ["", *codes]]
    )
    revised = _revised(db, date)
    rows = []
    for level, key in (
        ("chapter", "chapter, '(all)', '(all)'"),
        ("block", "chapter, block, '(all)'"),
        ("category", "chapter, block, code[:3]"),
    ):
        found = _rows(db, f"""
            select {key}, count(distinct patient) as n, count(distinct (patient, visit))
            from records join grouped using (code) group by all order by n desc, 1, 2, 3""")  # fmt: skip
        rows += [
            [level, *names, n, visits, _text(100 * visits, everyone, 2), " ".join(revised.get(names[2], ()))]
            for *names, n, visits in found
        ]
    return _csv("level,chapter,block,category,patients,visits,percent_of_visits,revised_from", rows)


@functools.cache
def _tabular() -> ModuleType:
    """The tabular list; loading it takes seconds, and warns of an old function that it calls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module("simple_icd_10_cm")


def _above(category: str) -> tuple[str, str]:
    tabular = _tabular()
    if not tabular.is_valid_item(category):
        return "unknown", "unknown"
    above = tabular.get_ancestors(category)
    return next(filter(tabular.is_chapter, above)), next(filter(tabular.is_block, above))


def _revised(db: duckdb.DuckDBPyConnection, date: str) -> dict[str, list[str]]:
    """By category: codes billable in the fiscal year before and not in this one, of which new codes come."""
    year = int(date[:4]) + (date[5:7] >= "10")
    db.execute(
        f"create or replace table validity as select * from read_csv('{VALIDITY}', all_varchar = true)"
    )
    known = {code: (_years(years), _years(billable or "")) for code, years, billable in _rows(
        db, "select v.* from validity v where v.code[:3] in (select code[:3] from records)")}  # fmt: skip
    found: dict[str, set[str]] = {}
    for (code,) in _rows(db, "select distinct code from records"):
        years, _ = known.get(code, (set(), set()))
        if year in years and year - 1 not in years and year > 2016:
            parents = [code[:end] for end in (6, 5, 3) if end < len(code)]
            divided = [
                p for p in parents if p in known and year - 1 in known[p][1] and year not in known[p][1]
            ]
            if divided:
                found.setdefault(code[:3], set()).add(divided[0])
    return {category: sorted(codes) for category, codes in found.items()}


def _years(ranges: str) -> set[int]:
    bounds = [part.split("-") for part in ranges.split(";") if part]
    return {year for bound in bounds for year in range(int(bound[0]), int(bound[-1]) + 1)}


def _places(db: duckdb.DuckDBPyConnection) -> bytes:
    everyone = _one(db, "select count(distinct (patient, visit)) from records")
    rows = []
    for level, column in (("facility", "facility_id"), ("region", "region")):
        if _one(db, f"select count({column}) from records"):
            found = _rows(db, f"""
                select coalesce({column}, '(not given)'), count(distinct patient) as n,
                    count(distinct (patient, visit))
                from records group by 1 order by n desc, 1""")  # fmt: skip
            rows += [[level, name, n, visits, _text(100 * visits, everyone, 2)] for name, n, visits in found]
    return _csv("level,place,patients,visits,percent_of_visits", rows)


def _text(numerator: int, denominator: int, places: int) -> str:
    if denominator == 0:
        return ""
    exact = Fraction(numerator, denominator) * 10**places
    low = Decimal(exact.numerator // exact.denominator)
    rest = exact - int(low)
    # A half stays a half, anything else becomes a clear quarter, so that `decimal` does the rounding.
    part = (
        Decimal("0.5")
        if rest == Fraction(1, 2)
        else Decimal("0.25")
        if rest < Fraction(1, 2)
        else Decimal("0.75")
    )
    rounded = (low + part if rest else low).quantize(Decimal(1), ROUND_HALF_EVEN).scaleb(-places)
    whole, _, fraction = f"{rounded:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def _csv(header: str, rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header.split(","), *rows])
    return text.getvalue().encode()


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return db.execute(query).fetchall()


def _one(db: duckdb.DuckDBPyConnection, query: str) -> int:
    return _rows(db, query)[0][0]
