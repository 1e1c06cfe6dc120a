"""Patient: what is known of a person, with other names of it and the resources that it stands for.

Sources: FHIR R4 Patient, and its value sets administrative-gender and link-type.
"""

from typing import Final

from healthtrends.formats.fhir.context import Place, Tools, version
from healthtrends.formats.fhir.resources import Patient
from healthtrends.model.decoder import Part
from healthtrends.model.facts import MergeFact, PersonFact, Stamp
from healthtrends.model.record import Gender
from healthtrends.model.rejection import Reason

_GENDERS: Final[dict[str, Gender]] = {"male": "M", "female": "F", "other": "O", "unknown": "U"}


class PatientReader:
    """Reads patients by the settings."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._listed = frozenset(tools.source.reference_identifiers)

    def read(self, patient: Patient, place: Place) -> tuple[Part, ...]:
        """What is said of the person, its other names and its merges; or the rejection of the resource."""
        references = self._tools.references
        known = version(patient.meta, place, self._tools.times)
        if isinstance(known, Reason):
            return (place.reject(known, "Patient.meta.lastUpdated"),)
        own = place.name or references.own(patient, "Patient", place.entry)
        name = references.preferred(patient) or own
        if own is None or name is None:
            return (place.reject(Reason.FHIR_NO_ID, "Patient.id"),)
        birth_date: str = ""
        if patient.birth_date is not None:
            checked = self._tools.times.birth_date(patient.birth_date)
            if isinstance(checked, Reason):
                return (place.reject(checked, "Patient.birthDate"),)
            birth_date = checked
        gender = _GENDERS.get("unknown" if patient.gender is None else patient.gender)
        if gender is None:
            return (place.reject(Reason.NOT_IN_LIST, "Patient.gender"),)
        death = self._death(patient)
        if isinstance(death, Reason):
            return (place.reject(death, "Patient.deceasedDateTime"),)
        person = PersonFact(
            at=known.at,
            tie=known.tie,
            is_placed=known.is_placed,
            received=place.received,
            patient=references.pseudonym(name),
            birth_date=birth_date,
            gender=gender,
            death=death,
        )
        return (
            person,
            *(
                MergeFact(
                    at=known.at,
                    tie=known.tie,
                    received=place.received,
                    prior=references.pseudonym(prior),
                    survivor=references.pseudonym(survivor),
                )
                for prior, survivor in self._merges(patient, own, name, place)
                if prior != survivor
            ),
        )

    def _death(self, patient: Patient) -> str | Reason:
        """Local day of death, `yes` where no day is said, or empty."""
        if patient.deceased_date_time is None:
            return "yes" if patient.deceased_boolean else ""
        found = self._tools.times.stamp(patient.deceased_date_time)
        return found.day if isinstance(found, Stamp) else found or "yes"

    def _merges(self, patient: Patient, own: str, name: str, place: Place) -> list[tuple[str, str]]:
        """Prior and surviving names: other names of this resource, and links to resources it is one with."""
        references = self._tools.references
        found = [(own, name)]
        found += [
            (other, name)
            for each in patient.identifier or ()
            if each.system in self._listed and (other := references.by_identifier("Patient", each))
        ]
        for link in patient.link or ():
            linked = references.resolve(link.other, "Patient", place.index)
            if linked is not None and link.type == "replaced-by":
                found.append((name, linked))
            elif linked is not None and link.type == "replaces":
                found.append((linked, name))
        return found
