"""Encounter: a visit; each version of the resource replaces what was said before.

Sources: FHIR R4 Encounter, its value set encounter-status, and discharge-disposition.
"""

from typing import Final

from healthtrends.formats.fhir.context import Place, Tools, version
from healthtrends.formats.fhir.resources import Encounter
from healthtrends.model import rules
from healthtrends.model.decoder import Part
from healthtrends.model.facts import MergeFact, VisitFact
from healthtrends.model.record import CODE_LENGTH, Outcome
from healthtrends.model.rejection import Reason, Rejection

_HIDDEN: Final = frozenset({"planned", "cancelled", "entered-in-error"})
_GOING_ON: Final = frozenset({"arrived", "triaged", "in-progress", "onleave"})
_FINISHED: Final = frozenset({"finished", "unknown"})
_EXPIRED: Final = "exp"
_UUID_LENGTH: Final = 36


class EncounterReader:
    """Reads encounters."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._listed = frozenset(tools.source.reference_identifiers)
        self._is_text = rules.text(CODE_LENGTH)

    def read(self, encounter: Encounter, place: Place) -> tuple[Part, ...]:
        """One fact; or the rejection of the resource."""
        references = self._tools.references
        known = version(encounter.meta, place, self._tools.times)
        if isinstance(known, Reason):
            return (place.reject(known, "Encounter.meta.lastUpdated"),)
        name = place.name or references.own(encounter, "Encounter", place.entry)
        if name is None:
            return (place.reject(Reason.FHIR_NO_ID, "Encounter.id"),)
        patient = references.resolve(encounter.subject, "Patient", place.index)
        fact = VisitFact(
            at=known.at,
            tie=known.tie,
            is_placed=known.is_placed,
            received=place.received,
            visit=references.pseudonym(name),
            patient="" if patient is None else references.pseudonym(patient),
            event="cancel",
        )
        if encounter.status in _HIDDEN:
            return (fact,)
        fact.event, fact.outcome = "admit", _outcome(encounter)
        fact.treatment, fact.facility = "unknown", self._facility(encounter)
        refused = _status_fault(encounter, place) or self._add_period(encounter, fact, place)
        if refused is None and patient is None:
            refused = place.reject(Reason.FHIR_NO_PATIENT, "Encounter.subject")
        return (fact, *self._other_names(encounter, fact)) if refused is None else (refused,)

    def _other_names(self, encounter: Encounter, fact: VisitFact) -> list[MergeFact]:
        """Names by listed identifiers, by which other messages may refer to the visit."""
        references = self._tools.references
        names = [
            references.pseudonym(name)
            for each in encounter.identifier or ()
            if each.system in self._listed and (name := references.by_identifier("Encounter", each))
        ]
        return [
            MergeFact(
                at=fact.at,
                tie=fact.tie,
                received=fact.received,
                prior=name,
                survivor=fact.visit,
                kind="visit",
            )
            for name in names
            if name != fact.visit
        ]

    def _add_period(self, encounter: Encounter, fact: VisitFact, place: Place) -> Rejection | None:
        """Set begin and end; what is missing, or is no day, was taken back."""
        times, period = self._tools.times, encounter.period
        start = times.stamp(period.start) if period is not None and period.start is not None else None
        end = times.stamp(period.end) if period is not None and period.end is not None else None
        if isinstance(start, Reason):
            return place.reject(start, "Encounter.period.start")
        if isinstance(end, Reason):
            return place.reject(end, "Encounter.period.end")
        wrong = times.check_range(start.day) if start is not None else None
        if wrong is not None:
            return place.reject(wrong, "Encounter.period.start")
        fact.start, fact.end = start or "", end or ""
        return None

    def _facility(self, encounter: Encounter) -> str:
        """Id of the provider, where it fits a record: a UUID without its hyphens does."""
        provider = encounter.service_provider
        if provider is None:
            return ""
        if provider.identifier is not None and provider.identifier.value:
            found = provider.identifier.value
        else:
            name = self._tools.references.literal(provider.reference or "", "Organization") or ""
            found = name.rpartition("/")[2]
        if len(found) == _UUID_LENGTH:
            found = found.replace("-", "")
        return found if type(self._is_text(found)) is str else ""


def _status_fault(encounter: Encounter, place: Place) -> Rejection | None:
    if encounter.status is None:
        return place.reject(Reason.MISSING_FIELD, "Encounter.status")
    is_known = encounter.status in _GOING_ON or encounter.status in _FINISHED
    return None if is_known else place.reject(Reason.NOT_IN_LIST, "Encounter.status")


def _outcome(encounter: Encounter) -> Outcome:
    hospitalization = encounter.hospitalization
    disposition = hospitalization.discharge_disposition if hospitalization is not None else None
    if disposition is not None and any(coding.code == _EXPIRED for coding in disposition.coding or ()):
        return "deceased"
    return "ongoing" if encounter.status in _GOING_ON else "unknown"
