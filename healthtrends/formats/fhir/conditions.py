"""Condition: a diagnosis, as one version of a resource of its own.

Sources: FHIR R4 Condition, and its value sets condition-ver-status and condition-category.
"""

from typing import Final

from healthtrends.formats.fhir.context import Place, Tools, version
from healthtrends.formats.fhir.resources import Condition
from healthtrends.model.decoder import Part
from healthtrends.model.facts import DiagnosisEntry, DiagnosisFact, Stamp
from healthtrends.model.rejection import Reason, Rejection

_NOT_SO: Final = frozenset({"refuted", "entered-in-error"})
_UNCONFIRMED: Final = frozenset({"unconfirmed", "provisional", "differential"})
_PROBLEM: Final = "problem-list-item"
_ENCOUNTER_DIAGNOSIS: Final = "encounter-diagnosis"


class ConditionReader:
    """Reads conditions by the settings."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.not_counted = _NOT_SO | _UNCONFIRMED if tools.source.confirmed_only else _NOT_SO
        """Verification statuses of conditions that do not count."""
        self._without_problems = not tools.source.problem_list

    def read(self, condition: Condition, place: Place) -> tuple[Part, ...]:
        """One fact, with rejections of single codings; or the rejection of the resource."""
        references = self._tools.references
        known = version(condition.meta, place, self._tools.times)
        if isinstance(known, Reason):
            return (place.reject(known, "Condition.meta.lastUpdated"),)
        name = references.own(condition, "Condition", place.entry) or place.name_by_content(condition.id)
        if name is None:
            return (place.reject(Reason.FHIR_NO_ID, "Condition.id"),)
        patient = references.resolve(condition.subject, "Patient", place.index)
        fact = DiagnosisFact(
            at=known.at,
            tie=known.tie,
            is_placed=known.is_placed,
            received=place.received,
            diagnosis=references.pseudonym(name),
            patient="" if patient is None else references.pseudonym(patient),
        )
        if not self._is_counted(condition):
            fact.is_active = False
            return (fact,)
        if patient is None:
            return (place.reject(Reason.FHIR_NO_PATIENT, "Condition.subject"),)
        refused = self._add_visit(condition, fact, place) or self._add_days(condition, fact, place)
        return (refused,) if refused is not None else self._coded(condition, fact, place)

    def _is_counted(self, condition: Condition) -> bool:
        """False: refuted, entered in error, or left out by a setting."""
        status = condition.verification_status
        if status is not None:
            for coding in status.coding or ():
                if coding.code in self.not_counted:
                    return False
        if self._without_problems and condition.category:
            given = {coding.code for concept in condition.category for coding in concept.coding or ()}
            return _PROBLEM not in given or _ENCOUNTER_DIAGNOSIS in given
        return True

    def _add_visit(self, condition: Condition, fact: DiagnosisFact, place: Place) -> Rejection | None:
        if condition.encounter is None:
            return None
        references = self._tools.references
        visit = references.resolve(condition.encounter, "Encounter", place.index)
        if visit is None:
            return place.reject(Reason.FHIR_BAD_REFERENCE, "Condition.encounter")
        fact.visit = references.pseudonym(visit)
        return None

    def _add_days(self, condition: Condition, fact: DiagnosisFact, place: Place) -> Rejection | None:
        """Set the day that counts where no encounter gives one; a year or a month is none."""
        times = self._tools.times
        if condition.recorded_date is not None:
            recorded = times.stamp(condition.recorded_date)
            wrong = times.check_range(recorded.day) if isinstance(recorded, Stamp) else recorded
            if wrong is not None:
                return place.reject(wrong, "Condition.recordedDate")
            fact.recorded = recorded if isinstance(recorded, Stamp) else None
        if fact.recorded is None:
            refused = self._add_onset(condition, fact, place)
            if refused is not None:
                return refused
        if fact.visit is None:
            if fact.recorded is None and fact.onset is None:
                return place.reject(Reason.MISSING_FIELD, "Condition.recordedDate")
            fact.flags = ("recorded_days",) if fact.recorded is not None else ("onset_days",)
        return None

    def _add_onset(self, condition: Condition, fact: DiagnosisFact, place: Place) -> Rejection | None:
        onset, field = condition.onset_date_time, "Condition.onsetDateTime"
        if onset is None and condition.onset_period is not None:
            onset, field = condition.onset_period.start, "Condition.onsetPeriod.start"
        begun = None if onset is None else self._tools.times.stamp(onset)
        if isinstance(begun, Reason):
            return place.reject(begun, field)
        # An illness may have begun before any visit that can be counted.
        fact.onset = None if begun is None or self._tools.times.check_range(begun.day) else begun
        return None

    def _coded(self, condition: Condition, fact: DiagnosisFact, place: Place) -> tuple[Part, ...]:
        """The fact with its entries, and rejections of single codings; a rejection where no entry is left."""
        entries: list[DiagnosisEntry] = []
        refused: list[Rejection] = []
        code, entry_of = condition.code, self._tools.codings.entry
        for number, coding in enumerate((code.coding if code is not None else None) or ()):
            found = entry_of(coding)
            if found is None:
                fact.unmapped += 1
            elif isinstance(found, Reason):
                refused.append(place.reject_inside(found, f"code.coding[{number}]", "Condition.code"))
            elif found not in entries:
                entries.append(found)
        if entries:
            fact.entries, fact.unmapped = tuple(entries), 0
            return (fact, *refused) if refused else (fact,)
        if refused:
            return (place.reject(refused[0].reason, "Condition.code"),)
        if not fact.unmapped:
            return (place.reject(Reason.FHIR_NO_CODE, "Condition.code"),)
        rejection = place.reject(Reason.UNMAPPED_SYSTEM, "Condition.code")
        # In a bundle the fact takes back what an earlier version said, and counts the codings on their day.
        return (fact, rejection) if place.part is not None else (rejection,)
