"""Every report of interface section 3, once more, in DuckDB: shares no code with the product."""

# ruff: noqa: S608  the pieces put into the queries stand in this file

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from tests.golden.oracle_groups import diagnosis_groups
from tests.golden.oracle_values import as_csv, number_of, rounded, rows_of

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
            "diagnosis_groups": diagnosis_groups(db, date),
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
        recorded = rows_of(db, """
            select cast(cast(told as date) as varchar), count(*),
                strftime(max(told), '%Y-%m-%dT%H:%M:%S.%f')
            from records group by 1 order by 1""")  # fmt: skip
        replaced = number_of(db, """
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
        return rows_of(db, "select unhex(sha256(patient)[:32]) as p, visits from by_day order by p")


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
    days = number_of(db, f"select count(distinct day) from every_field where {before.format(date, 7)}")
    yesterday = number_of(db, f"select count(*) from every_field where {before.format(date, 1)}")
    found = {code: counts for code, *counts in rows_of(db, f"""
        select code, count(*), count(*) filter ({before.format(date, 1)})
        from of_days where {before.format(date, 7)} group by code""")}  # fmt: skip
    current = dict(rows_of(db, "select code, count(*) from by_code group by code"))
    weekday = f"date '{date}' - cast(day as date) in (7, 14, 21, 28)"
    weekdays = number_of(db, f"select count(distinct day) from every_field where {weekday}")
    like = dict(rows_of(db, f"select code, count(*) from of_days where {weekday} group by code"))
    columns = {}
    for code, patients in current.items():
        week, previous = found.get(code, (0, 0))
        change = rounded(patients * days - week, week, 4)
        same = like.get(code, 0)
        columns[code] = [
            previous if yesterday else "", rounded(week, days, 2), change,
            rounded(same, weekdays, 2), rounded(patients * weekdays - same, same, 4),
        ]  # fmt: skip
    return columns


def _diagnoses(db: duckdb.DuckDBPyConnection, past: dict[str, list[object]]) -> dict[str, bytes]:
    all_visits = number_of(db, "select count(distinct (patient, visit)) from records")
    outcomes = {code: counts for code, *counts in rows_of(
        db, f"select code, {_OUTCOME_COUNTS} from records group by code")}  # fmt: skip
    found = rows_of(db, f"""
        select code, count(*) as n, cast(sum(visits) as bigint), cast(sum(age) as bigint),
            list_sort(list(age)), {_GENDER_COUNTS}
        from by_code group by code order by n desc, code""")  # fmt: skip
    trend, detail, top = [], [], []
    for rank, (code, n, visits, years, ages, men, women, other, unknown) in enumerate(found, 1):
        mean, ratio = rounded(years, n, 2), rounded(men, men + women, 4)
        middle = ages[(n - 1) // 2] + ages[n // 2]
        percent = rounded(100 * visits, all_visits, 2)
        trend.append([code, n, mean, ratio])
        detail.append([code, n, visits, mean, rounded(middle, 2, 2), men, women, other, unknown, ratio,
                       percent, *outcomes[code]])  # fmt: skip
        top.append([rank, code, n, visits, percent, *past[code]])
    return {
        "trend_summary": as_csv("diagnosis,count,avg_age,gender_ratio", trend),
        "diagnosis_detail": as_csv(
            "diagnosis,patients,visits,mean_age,median_age,men,women,other,unknown,gender_ratio,"
            "percent_of_visits,recovered,ongoing,deceased,outcome_unknown", detail),
        "top_diagnoses": as_csv(
            "rank,diagnosis,patients,visits,percent_of_visits,previous_day,average_7_days,"
            "change_vs_7_days,average_same_weekday,change_vs_same_weekday", top[:20]),
    }  # fmt: skip


def _ages(db: duckdb.DuckDBPyConnection) -> bytes:
    rows = rows_of(db, f"""
        select case when band = 90 then '90+' else band || '-' || (band + 4) end,
            count(patient), coalesce(cast(sum(visits) as bigint), 0), {_GENDER_COUNTS}
        from (select unnest(range(0, 91, 5)) as band)
        left join by_day on least(age, 90) // 5 * 5 = band group by band order by band""")  # fmt: skip
    return as_csv("age_band,patients,visits,men,women,other,unknown", rows)


def _genders(db: duckdb.DuckDBPyConnection) -> bytes:
    everyone = number_of(db, "select count(*) from by_day")
    rows = []
    for gender in "MFOU":
        n, visits, years = rows_of(db, f"""
            select count(*), cast(coalesce(sum(visits), 0) as bigint), cast(coalesce(sum(age), 0) as bigint)
            from by_day where gender = '{gender}'""")[0]  # fmt: skip
        rows.append([gender, n, visits, rounded(100 * n, everyone, 2), rounded(years, n, 2)])
    return as_csv("gender,patients,visits,percent_of_patients,mean_age", rows)


def _treatments(db: duckdb.DuckDBPyConnection) -> bytes:
    rows = rows_of(db, f"""
        select code, treatment, count(*) as n, {_OUTCOME_COUNTS}
        from records group by code, treatment order by n desc, code, treatment""")  # fmt: skip
    told = [
        [*row[:6], *(rounded(row[place], row[2] - row[6], 4) for place in (3, 5)), row[6]] for row in rows
    ]
    return as_csv(
        "diagnosis,treatment_code,records,recovered,ongoing,deceased,recovered_share,deceased_share,"
        "outcome_unknown", told,
    )  # fmt: skip


def _frequency(db: duckdb.DuckDBPyConnection, date: str) -> bytes:
    names = ("1", "2", "3", "4", "5+")
    rows = []
    for window, days in (("day", 1), ("7 days", 7), ("28 days", 28)):
        found = dict(rows_of(db, f"""
            select least(n, 5), count(*) from (
                select count(distinct (day, visit)) as n from every_record
                where cast(day as date) between date '{date}' - {days - 1} and date '{date}'
                group by patient) group by all"""))  # fmt: skip
        rows += [[window, name, found.get(number, 0)] for number, name in enumerate(names, 1)]
    return as_csv("window,visits_per_patient,patients", rows)


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
    observed = number_of(db, f"select count(distinct day) from every_field where {weekdays}")
    rows = []
    for (facility,) in rows_of(db, "select facility from named order by facility nulls first"):
        its = "facility_id is null" if facility is None else f"facility_id = '{facility}'"
        lines = number_of(
            db,
            f"""
            select count(*) filter (record_id is null) + count(distinct line) filter (record_id is not null)
            from fields where status is null and {its}""",
        )
        n, visits, records, regions = rows_of(
            db,
            f"""
            select count(*), count(visit_id), count(record_id), count(region) from records where {its}""",
        )[0]
        usual = number_of(db, f"select count(*) from every_record where {weekdays} and {its}")
        scope = "windowed" if facility else "windowed where back = 0"
        seconds = rows_of(
            db,
            f"""
            select greatest(0, epoch_us(timestamp '{date}' + interval 1 day) - epoch_us(max(told))) // 1000000
            from (select * from {scope}) where {its}""",
        )[0][0]
        delays = [
            delay
            for (delay,) in rows_of(
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
                rounded(usual, observed, 2) if facility else "",
                rounded(n * observed, usual, 4) if facility else "",
                rounded(seconds, 3600, 2),
                rounded(visits + records + regions, 3 * n, 4),
                rounded(middle, 2, 2) if n else "",
            ]
        )
    return as_csv(
        "facility,messages,records,rejected_unreadable,rejected_incomplete,rejected_invalid,expected,"
        "share_of_expected,hours_since_last,completeness,median_delay",
        rows,
    )


def _quality(db: duckdb.DuckDBPyConnection, date: str) -> bytes:
    lines, cancels = rows_of(db, "select count(*), count(status) from fields")[0]
    n = number_of(db, "select count(*) from records")
    counts = [
        ("stored_lines", lines, "lines"),
        ("cancellation_lines", cancels, "lines"),
        ("repeated_lines", lines - number_of(db, "select count(distinct line) from lines"), "lines"),
        ("records_replaced_or_cancelled", lines - cancels - n, "records"),
        ("records", n, "records"),
        ("patients", number_of(db, "select count(*) from by_day"), "patients"),
        ("visits", number_of(db, "select count(distinct (patient, visit)) from records"), "visits"),
        ("diagnoses", number_of(db, "select count(distinct code) from records"), "codes"),
        ("gender_conflicts", number_of(db, "select count(*) from by_day where conflict"), "patients"),
    ]
    parts = [
        (f"{name}_completeness", number_of(db, f"select count({name}) from records")) for name in OPTIONAL
    ]
    timely = f"select count(*) from records where told <= timestamp '{date}' + interval 2 day"
    parts.append(("recorded_within_24_h", number_of(db, timely)))
    shares = [(name, rounded(part, n, 4), "share") for name, part in parts]
    return as_csv("metric,value,unit,threshold,status", [[*row, "", "info"] for row in counts + shares])


def _places(db: duckdb.DuckDBPyConnection) -> bytes:
    everyone = number_of(db, "select count(distinct (patient, visit)) from records")
    rows = []
    for level, column in (("facility", "facility_id"), ("region", "region")):
        if number_of(db, f"select count({column}) from records"):
            found = rows_of(db, f"""
                select coalesce({column}, '(not given)'), count(distinct patient) as n,
                    count(distinct (patient, visit))
                from records group by 1 order by n desc, 1""")  # fmt: skip
            rows += [
                [level, name, n, visits, rounded(100 * visits, everyone, 2)] for name, n, visits in found
            ]
    return as_csv("level,place,patients,visits,percent_of_visits", rows)
