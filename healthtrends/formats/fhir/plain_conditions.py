"""The fast path of conditions: reads what nearly every one looks like, by values that the rules have passed.

It accepts nothing that `conditions.py` would read otherwise, and leaves to it whatever is not plainly right;
a property test compares the two. A feed has few hours, offsets and codes, so that these are looked up; what
is new in a condition are its ids.
"""

from typing import Final

from healthtrends.formats.fhir.conditions import ConditionReader
from healthtrends.formats.fhir.context import Tools, padded
from healthtrends.formats.fhir.references import ID
from healthtrends.formats.fhir.resources import Condition
from healthtrends.model.facts import DiagnosisFact
from healthtrends.model.record import EARLIEST_VISIT

_PATIENT: Final = "Patient"
_ENCOUNTER: Final = "Encounter"
_TIES: Final[dict[str | int | None, str]] = {None: "", **{f"{n}": padded(f"{n}") for n in range(1000)}}


class PlainConditions:
    """Reads plain conditions; the caches are those of the slow path, which fills them."""

    def __init__(self, tools: Tools, reader: ConditionReader) -> None:
        references, times = tools.references, tools.times
        self._patients, self._encounters = references.plain[_PATIENT], references.plain[_ENCOUNTER]
        self._new, self._make = references.plain_pseudonym, references.make
        self._instant, self._stamp = times.known_instant, times.known_stamp
        self._latest = times.latest
        self._is_id = ID.fullmatch
        self._entries = tools.codings.known
        self._not_counted = reader.not_counted
        self._takes_all = tools.source.problem_list

    def read(self, condition: Condition, received: int) -> DiagnosisFact | None:
        """The fact of a plain condition; None: the slow path decides."""
        meta, code, own = condition.meta, condition.code, condition.id
        subject, encounter, status = condition.subject, condition.encounter, condition.verification_status
        if meta is None or code is None or own is None or subject is None or encounter is None:
            return None
        updated, codings, recorded_text = meta.last_updated, code.coding, condition.recorded_date
        patient_text, visit_text = subject.reference, encounter.reference
        if (
            updated is None
            or codings is None
            or recorded_text is None
            or patient_text is None
            or visit_text is None
            or (condition.category and not self._takes_all)
            or condition.contained
        ):
            return None
        for each in () if status is None else status.coding or ():
            if each.code in self._not_counted:
                return None
        at, recorded = self._instant(updated), self._stamp(recorded_text)
        patient = self._patients.get(patient_text) or self._new(patient_text, _PATIENT)
        visit = self._encounters.get(visit_text) or self._new(visit_text, _ENCOUNTER)
        # Of several codings the slow path sees which are one.
        entries = self._entries.get((codings[0].system, codings[0].code)) if len(codings) == 1 else None
        if (
            at is None
            or recorded is None
            or not EARLIEST_VISIT <= recorded.day <= self._latest
            or patient is None
            or visit is None
            or entries is None
            or not self._is_id(own)
        ):
            return None
        tie = _TIES.get(meta.version_id)
        return DiagnosisFact(
            at=at,
            tie=padded(meta.version_id) if tie is None else tie,
            received=received,
            diagnosis=self._make(f"Condition/{own}"),
            patient=patient,
            visit=visit,
            entries=entries,
            recorded=recorded,
        )
