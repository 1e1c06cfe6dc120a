"""Synthetic HL7v2 messages: ADT of the synthetic visits, in shuffled order.

A share of the visits has what feeds have: wrong days and codes that are corrected, cancelled visits, merged
patients, triples of DG1-6, withdrawn diagnoses, codes of other systems, repeated and test messages, a wrong
MSH-18. All of it leaves the patients, ages, genders, codes, days and places of the records. A visit has one
procedure, so its treatment is that of its first code.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.synthetic import SyntheticPlan
from healthtrends.sources.synthetic_render import REGIONS
from healthtrends.sources.synthetic_visits import Visit, visits

_SYSTEM: Final = "I10C"
_WRONG_CODE: Final = "R69"
_SNOMED: Final = "404684003^Finding^SCT"
_DISPOSITIONS: Final = {"recovered": "01", "deceased": "20", "unknown": "07"}
_OFFSETS: Final = ("+0000", "+0100", "-0500", "+0530")
_SHUFFLE: Final = 4
"""Stream of random bits for the order of messages."""
(
    _WRONG_DAY, _CORRECTED, _CANCELLED, _BORN_LATER, _TRIPLE, _MERGED, _WITHDRAWN, _REPEATED, _WRONG_CHARSET,
    _OTHER_SYSTEM, _TEST, _OTHER_TYPE, _RETURNED, _ACCOUNT, _FRAMED,
) = range(15)  # fmt: skip
"""Of the 64 numbers that a visit may draw; these mean something."""

Segment = Sequence[tuple[int, str]]


def messages(plan: SyntheticPlan) -> Iterator[SourceRecord]:
    """Yield the messages of the plan; those of a stretch of a day are shuffled. Raises UsageError."""
    for stretch in visits(plan):
        sent = [message for visit in stretch for message in _VisitMessages(visit, plan).all()]
        counter = [0, stretch[0].number, stretch[0].day.toordinal(), 0]
        order = np.random.Philox(key=[plan.seed, _SHUFFLE], counter=counter).random_raw(len(sent))
        yield from (sent[at] for at in np.argsort(order, kind="stable").tolist())


class _VisitMessages:
    """Messages of one visit."""

    def __init__(self, visit: Visit, plan: SyntheticPlan) -> None:
        self._visit = visit
        self._number = f"V{visit.day:%y%m%d}{visit.number:09}"
        self._oddity = visit.bits >> 2 & 63
        self._person = f"D{self._number}" if self._oddity == _MERGED else visit.patient
        """Id of the patient that the visit names."""
        # Before any visit, so that what it says of the person is older than all visits.
        self._before = dt.datetime.combine(plan.first, dt.time(6)) - dt.timedelta(days=3)
        self._recorded = dt.datetime.combine(visit.day, dt.time()) + dt.timedelta(seconds=visit.second)
        self._messages = 0

    def all(self) -> list[SourceRecord]:
        """All of them, in no order that matters."""
        visit = self._visit
        sent = [self._adt("A04", 10, self._diagnoses())]
        if visit.outcome != "ongoing":
            ended = {36: _DISPOSITIONS[visit.outcome], 45: _time(self._recorded + dt.timedelta(hours=1))}
            sent.append(self._adt("A03", 20, (), ended))
        return [*sent, *self._corrections(), *self._without_trace(sent)]

    def _corrections(self) -> list[SourceRecord]:
        """Earlier messages that say something else, and merges."""
        wrong = self._diagnoses((_WRONG_CODE,))
        if self._oddity == _WRONG_DAY:
            return [self._adt("A04", 0, self._diagnoses(), {44: self._start(days=1)})]
        if self._oddity == _CORRECTED:
            return [self._adt("A08", 5, wrong)]
        if self._oddity == _BORN_LATER:
            return [self._message("A31", self._before, [self._pid("1950")])]
        if self._oddity == _MERGED:
            prior = ("MRG", [(1, f"{self._person}^^^SYN^MR")])
            person = self._pid(f"{self._visit.birth_date:%Y%m%d}", self._visit.patient)
            return [self._message("A40", self._recorded, [person, prior])]
        if self._oddity == _RETURNED and self._visit.outcome == "ongoing":
            return [self._adt("A03", 12, (), {36: "01"}), self._adt("A13", 14, ())]
        return []

    def _without_trace(self, sent: list[SourceRecord]) -> list[SourceRecord]:
        """Messages that change nothing: another visit that is cancelled, repeats, tests, other types."""
        wrong = self._diagnoses((_WRONG_CODE,))
        if self._oddity == _CANCELLED:
            other = {19: f"X{self._number}"}
            return [self._adt("A01", 0, wrong, other), self._adt("A11", 1, (), other)]
        if self._oddity == _TEST:
            return [self._adt("A08", 30, wrong, mode="T")]
        if self._oddity == _OTHER_TYPE:
            return [self._message("R01", self._recorded, [self._pid("1950")], kind="ORU")]
        return sent if self._oddity == _REPEATED else []

    def _diagnoses(self, codes: Sequence[str] = ()) -> list[tuple[str, Segment]]:
        """DG1 segments of the visit, or of other codes; the procedure goes with the first."""
        oddity = self._oddity
        kinds = "AWF" if oddity == _TRIPLE else "W"
        found: list[tuple[str, Segment]] = [
            ("DG1", [(3, f"{code}^^{_SYSTEM}"), (6, kind)])
            for code in codes or self._visit.codes
            for kind in kinds
        ]
        if oddity == _WITHDRAWN:
            found.append(("DG1", [(3, f"{_WRONG_CODE}^^{_SYSTEM}"), (6, "W"), (21, "D")]))
        if oddity == _OTHER_SYSTEM:
            found.append(("DG1", [(3, _SNOMED), (6, "W")]))
        return [*found, ("PR1", [(3, self._visit.treatments[0])])]

    def _adt(
        self,
        event: str,
        minutes: int,
        segments: Sequence[tuple[str, Segment]],
        values: Mapping[int, str] = MappingProxyType({}),
        mode: str = "P",
    ) -> SourceRecord:
        """A message about the visit, so many minutes after its beginning; `values` replace fields of PV1."""
        is_account = self._oddity == _ACCOUNT
        own = {2: "E", 44: self._start(), **({} if is_account else {19: self._number}), **values}
        pid = self._pid(f"{self._visit.birth_date:%Y%m%d}", account=self._number if is_account else "")
        at = self._recorded + dt.timedelta(minutes=minutes)
        return self._message(event, at, [pid, ("PV1", sorted(own.items())), *segments], mode=mode)

    def _start(self, days: int = 0) -> str:
        """Time of the visit, so many days early."""
        return f"{_time(self._recorded - dt.timedelta(days=days))}{_OFFSETS[self._visit.bits >> 8 & 3]}"

    def _pid(self, born: str, patient: str = "", account: str = "") -> tuple[str, Segment]:
        region = f"^^^^^^^^{self._region()}" if self._visit.facility is not None else ""
        return "PID", [
            (3, f"{patient or self._person}^^^SYN^MR"), (7, born), (8, self._visit.gender), (11, region),
            (18, account),
        ]  # fmt: skip

    def _region(self) -> str:
        return REGIONS[(self._visit.facility or 0) % len(REGIONS)]

    def _message(
        self,
        event: str,
        at: dt.datetime,
        segments: Sequence[tuple[str, Segment]],
        *,
        kind: str = "ADT",
        mode: str = "P",
    ) -> SourceRecord:
        """One message under an id of its own."""
        self._messages += 1
        control = f"{self._number}-{self._messages}"
        place = "" if self._visit.facility is None else f"F{self._visit.facility:02}"
        charset = "8859/99" if self._oddity == _WRONG_CHARSET else ""
        header = [
            (3, "SYNTHETIC"), (4, place), (7, f"{_time(at)}+0000"), (9, f"{kind}^{event}"), (10, control),
            (11, mode), (12, "2.5.1"), (18, charset),
        ]  # fmt: skip
        lines = ["MSH|^~\\&" + _segment("", header)[2:]]
        lines += [_segment(name, fields) for name, fields in [("EVN", [(2, f"{_time(at)}+0000")]), *segments]]
        value = ("\r".join(lines) + "\r").encode("ascii")
        return SourceRecord(
            b"\x0b" + value + b"\x1c\r" if self._oddity == _FRAMED else value, control.encode()
        )


def _segment(name: str, fields: Segment) -> str:
    """Write the fields at their numbers."""
    last = max(number for number, _ in fields)
    values = dict(fields)
    return "|".join([name, *(values.get(number, "") for number in range(1, last + 1))])


def _time(moment: dt.datetime) -> str:
    return f"{moment:%Y%m%d%H%M%S}"
