"""Facts of many visits on local disk, sorted by visit and person: memory stays flat, however many there are.

A temporary SQLite database in the command's private folder. Each row belongs to a view: what was known before
the new facts, or after them.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import msgspec

from healthtrends.model.facts import DiagnosisFact, Fact, MergeFact, VisitFact
from healthtrends.visits.merges import Merges
from healthtrends.visits.ordering import effective_orders
from healthtrends.visits.persons import Person, PersonValues, fold_person, values_of
from healthtrends.visits.records import ResolvedVisit, resolve_visit
from healthtrends.visits.timeline import fold_visit

BEFORE, AFTER = 0, 1
"""Views: without the new facts, and with them."""
_SIGN: Final = {BEFORE: -1, AFTER: 1}
_ROWS_AT_ONCE = 10_000
_TABLES = """
pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -65536; pragma temp_store = file;
create table visit (view integer, visit text, body blob);
create table diagnosis (view integer, diagnosis text, body blob);
create table person_value (view integer, patient text, body blob);
create table person (view integer, patient text, body blob, primary key (view, patient)) without rowid;
create table line (date text, line blob, sign integer);
"""
_CHANGES = (
    "select date, line, sum(sign) from line group by date, line having sum(sign) <> 0 order by date, line"
)

_FACT: Final = msgspec.json.Decoder(VisitFact | DiagnosisFact)
_VALUES: Final = msgspec.json.Decoder(PersonValues)
_PERSON: Final = msgspec.json.Decoder(Person)


class LineChange(NamedTuple):
    """A line of a date's records that comes or goes."""

    date: str
    line: bytes
    """Without its end."""
    number: int
    """Positive: so many come; negative: so many go."""


class Workspace:
    """Collects facts, then gives the lines that differ between the views; inside a `with` block."""

    def __init__(self, folder: Path) -> None:
        """Keep the database in `folder`, which is private and goes with its content."""
        self._database = sqlite3.connect(folder / "facts.sqlite", isolation_level=None)
        self._database.executescript(_TABLES)
        self._database.execute("begin")  # one transaction: nothing is ever committed
        self._rows: dict[str, list[tuple[object, ...]]] = {}
        self._encode = msgspec.json.Encoder().encode
        self.counts: dict[str, Counter[str]] = {}
        """By date and metric, what comes (positive) or goes (negative)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def add(self, fact: Fact, body: bytes, view: int, merges: Merges) -> None:
        """Take a fact, whose line is `body`, into a view, under the ids that count in it."""
        if isinstance(fact, MergeFact):
            return
        if isinstance(fact, VisitFact):
            self._insert("visit", view, merges.visit(fact.visit), body)
        elif isinstance(fact, DiagnosisFact):
            self._insert("diagnosis", view, fact.diagnosis, body)
            return
        patient = merges.patient(fact.patient)
        values = values_of(fact, patient)
        if values is not None:
            self._insert("person_value", view, patient, self._encode(values))

    def add_line(self, date: str, line: bytes, sign: int) -> None:
        """Take a line as it is: one that exists already, with a negative sign."""
        self._insert("line", date, line, sign)

    def resolve(self, view: int, merges: Merges) -> None:
        """Compute the records of all visits of a view."""
        self._place_diagnoses(view, merges)
        self._flush()
        self._fold_persons(view)
        self._flush()
        sign = _SIGN[view]
        for visit_id, facts in self._visits(view):
            resolved = self._resolved(visit_id, facts, view, merges)
            for record in resolved.records:
                self._insert("line", resolved.day, self._encode(record), sign)
            day = self.counts.setdefault(resolved.day, Counter())
            for name, number in resolved.counts.items():
                day[name] += sign * number
        self._flush()

    def visit_days(
        self, view: int, merges: Merges
    ) -> Iterator[tuple[str, str, list[VisitFact | DiagnosisFact]]]:
        """Each visit with its day, empty where no fact gives any time, and its facts; asked once a view."""
        self._place_diagnoses(view, merges)
        self._flush()
        for visit_id, facts in self._visits(view):
            yield visit_id, self._resolved(visit_id, facts, view, merges).day, facts

    def last_received(self, view: int) -> Iterator[tuple[str, int]]:
        """Each person of whom anything is said, and when the broker got the last of it, ms."""
        self._flush()
        rows = self._database.execute(
            "select patient, body from person_value where view = ? order by patient", (view,)
        )
        for patient, bodies in groupby(rows, itemgetter(0)):
            yield patient, max(_VALUES.decode(body).received for _, body in bodies)

    def changes(self) -> Iterator[LineChange]:
        """Lines that come and go, by date and content."""
        self._flush()
        return map(LineChange._make, self._database.execute(_CHANGES))

    def _visits(self, view: int) -> Iterator[tuple[str, list[VisitFact | DiagnosisFact]]]:
        rows = self._database.execute("select visit, body from visit where view = ? order by visit", (view,))
        for visit_id, bodies in groupby(rows, itemgetter(0)):
            yield visit_id, [_FACT.decode(body) for _, body in bodies]

    def _resolved(
        self, visit_id: str, facts: Iterable[VisitFact | DiagnosisFact], view: int, merges: Merges
    ) -> ResolvedVisit:
        own: list[VisitFact] = []
        resources: list[DiagnosisFact] = []
        for fact in facts:
            (own if isinstance(fact, VisitFact) else resources).append(fact)  # type: ignore[arg-type]
        visit = fold_visit(own, merges.patient) if own else None
        patient = visit.patient if visit else merges.patient(_patient_of(resources))
        return resolve_visit(visit_id, visit, resources, patient, self._person(view, patient))

    def _person(self, view: int, patient: str) -> Person:
        found = self._database.execute(
            "select body from person where view = ? and patient = ?", (view, patient)
        ).fetchone()
        return _PERSON.decode(found[0]) if found else Person()

    def _place_diagnoses(self, view: int, merges: Merges) -> None:
        """Put the newest version of each diagnosis to its visit; without one it is a visit of its own."""
        self._flush()
        rows = self._database.execute(
            "select diagnosis, body from diagnosis where view = ? order by diagnosis", (view,)
        )
        for diagnosis, bodies in groupby(rows, itemgetter(0)):
            versions = [(_FACT.decode(body), body) for _, body in bodies]
            orders = effective_orders([(fact.order, fact.is_placed) for fact, _ in versions])
            # Of a message that was decoded twice, the reading with fewer gaps counts.
            keys = [(order, -fact.unmapped) for order, (fact, _) in zip(orders, versions, strict=True)]
            newest, body = versions[keys.index(max(keys))]
            if isinstance(newest, DiagnosisFact):
                visit = diagnosis if newest.visit is None else merges.visit(newest.visit)
                self._insert("visit", view, visit, body)

    def _fold_persons(self, view: int) -> None:
        rows = self._database.execute(
            "select patient, body from person_value where view = ? order by patient", (view,)
        )
        for patient, bodies in groupby(rows, itemgetter(0)):
            person = fold_person([_VALUES.decode(body) for _, body in bodies])
            self._insert("person", view, patient, self._encode(person))

    def _insert(self, table: str, *values: object) -> None:
        rows = self._rows.setdefault(table, [])
        rows.append(values)
        if len(rows) >= _ROWS_AT_ONCE:
            self._write(table)

    def _write(self, table: str) -> None:
        rows = self._rows.pop(table, [])
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._database.executemany(f"insert into {table} values ({marks})", rows)  # noqa: S608  own names

    def _flush(self) -> None:
        for table in list(self._rows):
            self._write(table)


def _patient_of(resources: Sequence[DiagnosisFact]) -> str:
    """Whom the newest diagnosis that counts names; a deletion names nobody."""
    active = [each for each in resources if each.is_active]
    return max(active, key=attrgetter("order")).patient if active else ""
