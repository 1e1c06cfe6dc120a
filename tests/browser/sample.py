"""A date's page and an index of synthetic numbers: no record stands behind them, no person behind a record.

The history has all that a page must show differently: an outbreak, a code that goes away, a day without a
feed, a day that was not counted, a hidden number, a zero, and two provisional days.
"""

import base64
import dataclasses
import datetime as dt
import json
import random
import re
import zlib
from typing import Any

from healthtrends.detect.registry import detect
from healthtrends.model.history import History
from healthtrends.page.data import DayPage, IndexedDate, IndexPage, PageProvenance, ReportFile, Table
from healthtrends.reports.registry import schemas
from healthtrends.sources.catalogue import catalogue

DATE = dt.date(2025, 12, 22)
DAYS = 60
MANY = 1000
NO_FEED, UNREAD, HIDDEN = 12, 13, 30
"""Days before the end of the history at which something is not known, and for the second code hidden."""
RISING, FALLING = "N17.9", "I47.1"
HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "=1+1",
    "@cmd",
    "\u2028\u2029",
    'a"b,c',
    "<!--",
    "-5",
    "+5",
)


def detected(page: DayPage) -> DayPage:
    """Fill in what rose and fell in the history of a page."""
    found = detect(page.history, page.least, is_open=page.date > page.complete_until)
    return dataclasses.replace(page, detection=found)


def sample(
    codes: int = 60, hostile: tuple[str, ...] = HOSTILE, state: str = "provisional", open_days: int = 2
) -> DayPage:
    """Make the page's data; the last patients of the history are those of the reports."""
    history = sample_history(codes)
    tables = _tables(history, hostile)
    until = DATE + dt.timedelta(days=open_days)
    page = DayPage(
        date=DATE,
        provenance=PageProvenance(
            issue=2, seq=41, state=state, published_at=dt.datetime(2025, 12, 23, 6, 5, tzinfo=dt.UTC),
            provisional_until=until if state == "provisional" else None,
            engine="embedded", engine_version="pysail 0.7.2, pyspark 4.2.1", program_version="0.1.0",
            run_id="20251223T060500-2fe28da2", reason="stale", input_records=104_339, input_files=2,
        ),
        reports={
            name: ReportFile(
                table=Table(schemas()[name].column_names, tables[name]),
                sha256=f"{place:064x}",
                path=f"/healthTrend/reports/{name}/date={DATE}/part-00000.csv",
            )
            for place, name in enumerate(schemas())
        },
        history=history,
        complete_until=DATE - dt.timedelta(days=2),
        open_days=open_days,
    )  # fmt: skip
    return detected(page)


def unpacked(page: str) -> dict[str, Any]:
    """Give what the script of a page gets."""
    packed = page.partition('id="data">')[2].partition("</script>")[0]
    data = json.loads(zlib.decompress(base64.b64decode(packed)))
    data["curves"] = {code: _counts(text) for code, text in data["curves"].items()}
    for table in data.get("tables", {}).values():
        table["rows"] = list(map(list, zip(*table["cells"], strict=True)))
    return data


def _counts(text: str) -> list[int | None]:
    counts: list[int | None] = []
    for zeros, letter, number, _ in re.findall(r"(\d+)|([a-y])|z(\d+)z|(-)", text):
        one = ord(letter) - 96 if letter else int(number) if number else None
        counts += [0] * int(zeros) if zeros else [one]
    return counts


def sample_history(codes: int = 60, days: int = DAYS) -> History:
    """Patients by code: a weekly rhythm, and the first three codes rising, falling and hidden on a day."""
    chance = random.Random(20251222)
    shuffled = [code for code in chance.sample(catalogue().codes, 300) if code not in (RISING, FALLING)]
    known = [shuffled[0], RISING, *shuffled[1:3], FALLING, *shuffled[3:]][: min(codes, 300)]
    names = known + [f"Z{place // 10000:02d}.{place % 10000:04d}" for place in range(codes - len(known))]
    dates = [DATE - dt.timedelta(days=days - 1 - place) for place in range(days)]
    states = ["none" if days - place == NO_FEED else "unread" if days - place == UNREAD else "observed"
              for place in range(days)]  # fmt: skip
    patients = {}
    for rank, code in enumerate(names):
        if rank >= MANY:  # rare ones look alike, and making them takes time
            patients[code] = patients[names[rank - MANY // 2]]
            continue
        level = 900 / (rank + 2) ** 0.8
        counts = [_count(chance, level, rank, day, days - place) for place, day in enumerate(dates)]
        patients[code] = [c if s == "observed" else None for c, s in zip(counts, states, strict=True)]
    if days >= HIDDEN:
        patients[names[min(2, codes - 1)]][days - HIDDEN] = None
    sums = [sum(counts[place] or 0 for counts in patients.values()) for place in range(days)]
    visits = [n if s == "observed" else None for n, s in zip(sums, states, strict=True)]
    seen = [state == "observed" for state in states]
    facilities = {
        name: [
            level * (1 + (place + len(name)) % 5) // 5 if known else None for place, known in enumerate(seen)
        ]
        for name, level in (("H1", 800), ("H2", 350), ("H3", 240))
    }
    facilities["H2"][-2:] = [0, 0]
    places = {
        level: {
            "" if name == "(not given)" else name: [
                count * (3 + (place + len(name)) % 5) // 5 if known else None
                for place, known in enumerate(seen)
            ]
            for name, (_, count) in names.items()
        }
        for level, names in PLACES.items()
    }
    return History(dates, states, visits, dict(sorted(patients.items())), facilities, places)


def sample_index(days: int = 60) -> IndexPage:
    """Make the index of the same dates, some of them stale or without a report."""
    history = sample_history(60, days)
    dates = [
        IndexedDate(
            date=date,
            state="provisional" if place > days - 3 else "stale" if place % 17 == 3 else "final",
            issue=1 + place % 3,
            records=100_000 + place,
            has_page=True,
        )
        for place, date in enumerate(history.dates)
        if history.states[place] == "observed"
    ]
    newest = dt.datetime(2025, 12, 23, 6, 6, tzinfo=dt.UTC)
    index = IndexPage(dates=dates, history=history, newest=newest)
    last = index.newest_date.date
    found = detect(history.until(last), index.least, is_open=last > index.complete_until)
    return dataclasses.replace(index, detection=found)


def _count(chance: random.Random, level: float, rank: int, day: dt.date, ago: int) -> int:
    rhythm = 0.55 if day.weekday() >= 5 else 1.0
    wave = {1: 1 + max(0, 10 - ago) * 0.16, 4: 0.4 if ago <= 7 else 1.0}.get(rank, 1.0)
    incomplete = {1: 0.7, 2: 0.9}.get(ago, 1.0)
    mean = level * rhythm * wave * incomplete
    return 0 if rank == 5 and ago in (20, 21) else max(0, round(chance.gauss(mean, mean**0.5)))


def _tables(history: History, hostile: tuple[str, ...]) -> dict[str, list[tuple[str, ...]]]:
    last = {code: counts[-1] or 0 for code, counts in history.patients.items()}
    ranked = sorted(last, key=lambda code: (-last[code], code))
    visits = sum(last.values()) or 1
    detail = [_detail(code, last[code], visits) for code in ranked]
    bands = [f"{start}-{start + 4}" for start in range(0, 90, 5)] + ["90+"]
    size = [round(40 + 30 * (place % 9) + place * 6 * (19 - place) / 9) for place in range(len(bands))]
    return {
        "trend_summary": [(code, str(last[code]), "47.5", "0.48") for code in ranked],
        "diagnosis_detail": detail,
        "top_diagnoses": [
            (str(rank), *row[:3], row[10], *_before(history.patients[row[0]]))
            for rank, row in enumerate(detail[:20], 1)
        ],
        "age_distribution": [
            (band, str(2 * n + 5), str(2 * n + 9), str(n), str(n + 2), "1", "2")
            for band, n in zip(bands, size, strict=True)
        ],
        "gender_breakdown": [
            ("M", "1200", "1300", "48.0", "47.2"), ("F", "1250", "1390", "50.0", "48.1"),
            ("O", "20", "22", "0.8", "39.0"), ("U", "30", "33", "1.2", "44.4"),
        ],
        "treatment_outcomes": [
            (code, treatment, "10", "6", "3", "1", "0.6", "0.1", "0")
            for place, code in enumerate(ranked)
            for treatment in ("M110", hostile[place % len(hostile)] if hostile else "V201")
        ],
        "visit_frequency": [
            (window, visits, "" if window == "28 days" else "40")
            for window in ("day", "7 days", "28 days")
            for visits in ("1", "2", "3", "4", "5+")
        ],
        "facilities": [
            ("(not given)", "40", "38", "", "", "", "", "", "1.25", "0.5", "0.0"),
            ("H1", "812", "790", "0", "2", "5", "801.5", "0.9857", "0.4", "0.75", "0.0"),
            ("H2", "0", "0", "0", "0", "0", "344.25", "0.0", "51.5", "", ""),
            ("H3", "97", "96", "1", "0", "12", "240.0", "0.4", "13.02", "0.6667", "1.5"),
        ],
        "quality": QUALITY,
        "diagnosis_groups": [
            ("chapter", "14", "(all)", "(all)", "120", "130", "4.8", ""),
            ("block", "14", "N17-N19", "(all)", "120", "130", "4.8", ""),
            ("category", "14", "N17-N19", "N17", "120", "130", "4.8", ""),
        ],
        "places": [
            (level, name, str(patients), str(visits), f"{100 * visits / 2745:.2f}")
            for level, names in PLACES.items()
            for name, (patients, visits) in names.items()
        ],
        "alarms": ALARMS,
        "trends": TRENDS,
        "nowcast": NOWCAST,
    }  # fmt: skip


def _detail(code: str, patients: int, visits: int) -> tuple[str, ...]:
    men, well, gone = patients // 2, patients // 2, patients // 30
    return (
        code, str(patients), str(patients + 3), "47.5", "48.0", str(men), str(patients - men), "0", "0",
        "0.5", f"{100 * patients / visits:.2f}", str(well), str(patients - well - gone - 1), str(gone), "1",
    )  # fmt: skip


def _before(counts: list[int | None]) -> tuple[str, ...]:
    day_before = counts[-2] if len(counts) > 1 else None
    same_weekdays = [counts[-1 - back] for back in (7, 14, 21, 28) if back < len(counts)]
    averages = (_against(counts[-1] or 0, days) for days in (counts[-8:-1], same_weekdays))
    return "" if day_before is None else str(day_before), *(text for pair in averages for text in pair)


def _against(count: int, days: list[int | None]) -> tuple[str, str]:
    known = [count for count in days if count is not None]
    mean = sum(known) / len(known) if known else 0
    return f"{mean:.2f}", f"{count / mean - 1:.4f}" if mean else ""


PLACES = {
    "facility": {
        "H1": (790, 812),
        "(not given)": (900, 950),
        "H3": (97, 96),
        '</script><img src=x>&"\u202eH9': (40, 41),
        "Ward-of-the-long-name-0123456789": (3, 4),
    },
    "region": {"North": (2000, 2100), "South": (500, 645)},
}
"""Patients and visits by level and name, of the date."""
_BASELINE = f"from 27 days up to {DATE - dt.timedelta(days=3)}"
ALARMS = [
    (
        str(DATE), "diagnosis", RISING, "Acute kidney failure, unspecified", "switch", "41", "9.25", "17",
        "0.0004", "0.0021", "0.0021", "high", str(DATE - dt.timedelta(days=2)),
        f"41 patients; expected 9.2, upper limit 17, {_BASELINE}; day 3; with category N17",
    ),
    (
        str(DATE), "syndrome", '<b>influenza & "like"</b>', "J09* J10* J11*", "switch", "6", "1.5", "5",
        "0.0071", "1.0", "0.41", "low", str(DATE),
        f"6 patients; expected 1.5, upper limit 5, {_BASELINE}; first day",
    ),
]  # fmt: skip
TRENDS = [
    (
        "diagnosis", RISING, "Acute kidney failure, unspecified", "increase", "0.1218", "0.0911", "0.1525",
        "21.43", "12.04", "104.11", "61.3", "159.02",
    ),
    (
        "diagnosis", FALLING, "Supraventricular tachycardia", "insufficient", "", "", "",
        "0.43", "1.2", "", "", "",
    ),
]  # fmt: skip
_YESTERDAY = str(DATE - dt.timedelta(days=1))
NOWCAST = [
    (_YESTERDAY, "all", "1", "980", "1002.4", "990", "997", "1007", "1018", "97.8", "nowcast"),
    (str(DATE), "all", "0", "41", "", "", "", "", "", "", "too early"),
]
QUALITY = [
    ("stored_lines", "104339", "lines", "", "info"),
    ("records", "104001", "records", "", "info"),
    ("gender_conflicts", "12", "patients", "", "info"),
    ("visit_id_completeness", "0.9644", "share", "0.8", "ok"),
    ("region_completeness", "0.4311", "share", "0.8", "warn"),
    ("newest_record", "2025-12-23T05:58:11Z", "time", "", "info"),
    ("messages_rejected", "196", "messages", "", "info"),
    ("rejected_without_a_date", "27", "messages", "", "info"),
    ("rejected_share", "0.0016", "share", "0.1", "ok"),
    ("rejected_invalid_json", "27", "messages", "", "info"),
    ("rejected_out_of_range", "121", "messages", "", "info"),
    ("rejected_bad_diagnosis_code", "48", "messages", "", "info"),
    ("rejected_too_long", "0", "messages", "", "info"),
]
