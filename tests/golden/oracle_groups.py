"""The report `diagnosis_groups` once more, from a package's tabular list: shares no code with the product."""

# ruff: noqa: S608  the pieces put into the queries stand in this file

import functools
import importlib
import warnings
from pathlib import Path
from types import ModuleType

import duckdb

from tests.golden.oracle_values import as_csv, number_of, rounded, rows_of

VALIDITY = Path(__file__).parents[2] / "healthtrends" / "icd" / "icd10cm_validity.csv.gz"


def diagnosis_groups(db: duckdb.DuckDBPyConnection, date: str) -> bytes:
    """Chapter and block of a category are what the package says that the product's table was made from."""
    everyone = number_of(db, "select count(distinct (patient, visit)) from records")
    codes = [code for (code,) in rows_of(db, "select distinct code from records")]
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
        found = rows_of(db, f"""
            select {key}, count(distinct patient) as n, count(distinct (patient, visit))
            from records join grouped using (code) group by all order by n desc, 1, 2, 3""")  # fmt: skip
        rows += [
            [
                level,
                *names,
                n,
                visits,
                rounded(100 * visits, everyone, 2),
                " ".join(revised.get(names[2], ())),
            ]
            for *names, n, visits in found
        ]
    return as_csv("level,chapter,block,category,patients,visits,percent_of_visits,revised_from", rows)


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
    known = {code: (_years(years), _years(billable or "")) for code, years, billable in rows_of(
        db, "select v.* from validity v where v.code[:3] in (select code[:3] from records)")}  # fmt: skip
    found: dict[str, set[str]] = {}
    for (code,) in rows_of(db, "select distinct code from records"):
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
