"""Distinct patients of groups of codes, and of places: what one row per code cannot tell.

A group whose codes are one alone on the date has that code's numbers, and groups of the same codes have the
same ones: so the engine is asked for each set of two or more codes once, and for most days for few sets.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from healthtrends.analyze import day_sums
from healthtrends.icd.codes import CATEGORY
from healthtrends.icd.edition import Edition
from healthtrends.model.day_totals import Diagnosis, DiagnosisGroup, Place

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from healthtrends.analyze.ports import Engine

PLACES = {"facility": "facility_id", "region": "region"}
"""Column of a record by the level of its place."""

_Counts = tuple[int, int]
"""Patients and visits."""


class _Name(NamedTuple):
    level: str
    chapter: str
    block: str = ""
    category: str = ""


def groups(
    engine: "Engine", records: "DataFrame", found: Sequence[Diagnosis], edition: Edition, *, with_visits: bool
) -> list[DiagnosisGroup]:
    """Count patients and visits of each chapter, block and category; `found` are the codes of the date."""
    members: dict[_Name, list[str]] = {}
    for row in found:
        for name in _names(row.diagnosis, edition):
            members.setdefault(name, []).append(row.diagnosis)
    sets = {name: frozenset(codes) for name, codes in members.items()}
    counts = {frozenset([row.diagnosis]): (row.patients, row.visits) for row in found}
    counts |= _of_sets(engine, records, sorted(set(sets.values()) - counts.keys(), key=sorted), with_visits)
    return sorted(DiagnosisGroup(*name, *counts[codes]) for name, codes in sets.items())


def _names(code: str, edition: Edition) -> Iterator[_Name]:
    chapter, block = edition.group(code)
    yield _Name("chapter", chapter)
    yield _Name("block", chapter, block)
    yield _Name("category", chapter, block, code[:CATEGORY])


def _of_sets(
    engine: "Engine", records: "DataFrame", sets: Sequence[frozenset[str]], with_visits: bool
) -> Mapping[frozenset[str], _Counts]:
    if not sets:
        return {}
    from healthtrends.analyze import aggregations

    frame = _members(engine, [(code, number) for number, codes in enumerate(sets) for code in sorted(codes)])
    table = engine.collect(aggregations.by_group(records, frame, with_visits=with_visits))
    return {sets[number]: counts for number, counts in _counts(table, "group")}


def _members(engine: "Engine", rows: Sequence[tuple[str, int]]) -> "DataFrame":
    """One row a code and group: of_code, group (int).

    Made of one text, not by `createDataFrame`: that asks a Connect server for settings that one of Spark 4.0
    does not have.
    """
    import pyspark.sql.functions as F  # noqa: N812  its name everywhere

    text = F.lit(",".join(f"{code}={group}" for code, group in rows))  # no code has either sign
    pairs = engine.session().range(1).select(F.explode(F.split(text, ",")).alias("pair"))
    group = F.substring_index("pair", "=", -1).cast("int")
    return pairs.select(F.substring_index("pair", "=", 1).alias("of_code"), group.alias("group"))


def places(engine: "Engine", records: "DataFrame", cells: "pa.Table", *, with_visits: bool) -> list[Place]:
    """Count the patients and visits of each facility and region; of a level that no record names, nothing.

    `cells` are the rows of `aggregations.by_treatment`.
    """
    from healthtrends.analyze import aggregations

    found = []
    for level, column in PLACES.items():
        if day_sums.total(cells, column):
            table = engine.collect(aggregations.by_place(records, column, with_visits=with_visits))
            found += [Place(level, name or "", *counts) for name, counts in _counts(table, "place")]
    return sorted(found)


def _counts(table: "pa.Table", key: str) -> "Iterator[tuple[Any, _Counts]]":
    columns = (table[name].to_pylist() for name in (key, "patients", "visits"))
    return ((value, (patients, visits)) for value, patients, visits in zip(*columns, strict=True))
