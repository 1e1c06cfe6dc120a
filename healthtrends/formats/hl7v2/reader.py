"""Reader of one ADT message: its event decides what it says about visits, persons and their ids."""

import hashlib
from typing import Literal

import msgspec

from healthtrends.config.source import Source
from healthtrends.formats.hl7v2 import events
from healthtrends.formats.hl7v2.diagnoses import DiagnosisReader
from healthtrends.formats.hl7v2.ids import Ids, identifiers, paired, region, visit_number
from healthtrends.formats.hl7v2.message_types import MessageType, MessageTypes
from healthtrends.formats.hl7v2.refusal import Refusal
from healthtrends.formats.hl7v2.segments import ABSENT, DELETED, RawMessage, component
from healthtrends.formats.hl7v2.times import Times
from healthtrends.formats.hl7v2.visit_values import VisitValues
from healthtrends.model.decoder import Part
from healthtrends.model.facts import MergeFact, PersonFact, Stamp, VisitFact
from healthtrends.model.rejection import Reason, Skip

_DIGEST = hashlib.blake2b(digest_size=8).copy


class Header(msgspec.Struct, frozen=True, gc=False):
    """What all facts of a message share, by the names of their fields."""

    at: str
    tie: str
    control: str | None
    content: str | None
    received: int


class Reader:
    """Reads messages under one clock date and one key."""

    def __init__(self, source: Source, times: Times, ids: Ids) -> None:
        self._times = times
        self._ids = ids
        self._diagnoses = DiagnosisReader(
            source.diagnosis_systems, keeps_types=source.diagnosis_types == "all"
        )
        self._appends = source.diagnosis_mode == "append"
        self._values = VisitValues(source, times)
        self._types = MessageTypes()

    def read(self, message: RawMessage, broker_ms: int, content: bytes) -> list[Part]:
        """Facts and rejections of parts; or one rejection or skip for the whole message."""
        try:
            kind = self._types.of(message)
            if isinstance(kind, Skip):
                return [kind]
            header = _header(message, self._event_time(message), broker_ms, content)
            if kind.event in events.VISIT_EVENTS:
                return self._visit(message, kind, header)
            if kind.event in events.PATIENT_MERGES:
                return self._patient_merges(message, header)
            if kind.event in events.VISIT_MERGES:
                return self._visit_merges(message, kind, header)
            return self._unlinks(message, header)
        except Refusal as refusal:
            return [refusal.rejection]

    def _event_time(self, message: RawMessage) -> Stamp:
        """EVN-2, else MSH-7."""
        separators = message.separators
        found = self._times.visit_stamp(message.evn[2], separators, "EVN-2")
        if found is None:
            found = self._times.visit_stamp(message.header[7], separators, "MSH-7")
        if found is None:
            raise Refusal(Reason.HL7_BAD_TIME, "EVN-2")
        return found

    def _visit(self, message: RawMessage, kind: MessageType, header: Header) -> list[Part]:
        separators, pid, pv1, values = message.separators, message.pid, message.pv1, self._values
        patient = self._ids.patient(pid, separators)
        birth_date, gender = values.person(pid, separators)
        death = values.death(pid, separators)
        number = visit_number(pid, pv1, separators)
        is_person_event = kind.event in events.PERSON_EVENTS
        is_visit = bool(number) and (pv1 is not ABSENT or not is_person_event)
        parts: list[Part] = []
        if death is not None or not is_visit:
            person = PersonFact(
                patient=patient,
                birth_date=birth_date,
                gender=gender,
                death=death,
                **msgspec.structs.asdict(header),
            )
            parts = [person]
        if not is_visit:
            if is_person_event:
                return parts
            raise Refusal(Reason.HL7_NO_VISIT, "PV1-19")
        start, end = values.start(pv1, separators), values.end(pv1, separators)
        fact = VisitFact(
            at=header.at, tie=header.tie, control=header.control, content=header.content,
            received=header.received, visit=self._ids.pseudonym(f"{kind.facility}^{number}", "PV1-19"),
            patient=patient, event=events.VISIT_EVENTS[kind.event], start=start, end=end,
            earliest=values.earliest(message), age=values.age(message), birth_date=birth_date, gender=gender,
            treatment=values.treatment(message), outcome=values.outcome(message, kind.event),
            facility=kind.facility_code, region=region(pid[11], separators),
        )  # fmt: skip
        parts.append(fact)
        touches_none = is_person_event or fact.event == "cancel"
        return parts if touches_none else self._with_diagnoses(message, fact, parts)

    def _with_diagnoses(self, message: RawMessage, fact: VisitFact, parts: list[Part]) -> list[Part]:
        if "DG1" not in message.first:
            return parts
        found = self._diagnoses.read(message.all("DG1"), message.separators)
        if not found.entries and (found.unmapped or found.rejections):
            reason = Reason.UNMAPPED_SYSTEM if found.unmapped else Reason.HL7_BAD_DIAGNOSIS
            raise Refusal(reason, "DG1-3")
        fact.diagnoses, fact.appends = found.entries, self._appends
        fact.unmapped, fact.rejected_parts = found.unmapped, len(found.rejections)
        if found.is_assumed:
            fact.flags = ("code_systems",)
        return [*parts, *found.rejections] if found.rejections else parts

    def _patient_merges(self, message: RawMessage, header: Header) -> list[Part]:
        """Each MRG goes with the PID before it."""
        parts: list[Part] = []
        pid: list[str] = ABSENT
        separators = message.separators
        for name, fields in message.segments:
            if name == "PID":
                pid = fields
            elif name == "MRG":
                survivors = identifiers(pid[3], separators)
                priors = identifiers(fields[1], separators)
                parts += [self._merge(ids, header, "MRG-1") for ids in paired(survivors, priors)]
        return _whole(parts, "MRG-1")

    def _visit_merges(self, message: RawMessage, kind: MessageType, header: Header) -> list[Part]:
        separators, mrg = message.separators, message.first.get("MRG", ABSENT)
        parts: list[Part] = []
        for given, staying, name in (
            (mrg[3], message.pid[18], "MRG-3"),
            (mrg[5], message.pv1[19], "MRG-5"),
        ):
            prior, survivor = component(given, 1, separators), component(staying, 1, separators)
            if prior and survivor:
                ids = f"{kind.facility}^{prior}", f"{kind.facility}^{survivor}"
                parts.append(self._merge(ids, header, name, "visit"))
        return _whole(parts, "MRG-3")

    def _unlinks(self, message: RawMessage, header: Header) -> list[Part]:
        """The first PID stays, the second is parted from it."""
        persons = message.all("PID")
        if len(persons) < 2:
            raise Refusal(Reason.HL7_NO_PRIOR_ID, "PID-3")
        separators = message.separators
        staying, parted = (identifiers(each[3], separators) for each in persons[:2])
        return _whole(
            [self._merge(ids, header, "PID-3", is_undone=True) for ids in paired(staying, parted)],
            "PID-3",
        )

    def _merge(
        self,
        ids: tuple[str, str],
        header: Header,
        place: str,
        kind: Literal["patient", "visit"] = "patient",
        *,
        is_undone: bool = False,
    ) -> Part:
        """Fact of two ids, of which the first is given up for the second."""
        prior, survivor = self._ids.pseudonym(ids[0], place), self._ids.pseudonym(ids[1], "PID-3")
        return MergeFact(
            prior=prior, survivor=survivor, kind=kind, is_undone=is_undone, **msgspec.structs.asdict(header)
        )


def _header(message: RawMessage, at: Stamp, broker_ms: int, content: bytes) -> Header:
    header = message.header
    control = component(header[10], 1, message.separators)
    if not control or control == DELETED:
        return Header(at.at, "", None, None, broker_ms)
    named = f"{header[3]}\x1f{header[4]}\x1f{control}"
    return Header(at.at, control, _digest(named.encode()), _digest(content), broker_ms)


def _digest(content: bytes) -> str:
    # A copy of an empty state costs less than a new one with its options.
    state = _DIGEST()
    state.update(content)
    return state.hexdigest()


def _whole(parts: list[Part], place: str) -> list[Part]:
    if not parts:
        raise Refusal(Reason.HL7_NO_PRIOR_ID, place)
    return parts
