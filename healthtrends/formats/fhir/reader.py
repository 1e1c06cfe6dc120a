"""Reads what a message holds, resource by resource; one that is wrong is a rejection and stops no other."""

from collections.abc import Iterable

import msgspec

from healthtrends.formats.fhir.bundle import Deletion, Item, index, items
from healthtrends.formats.fhir.conditions import ConditionReader
from healthtrends.formats.fhir.context import Place, Tools
from healthtrends.formats.fhir.encounters import EncounterReader
from healthtrends.formats.fhir.parsing import parse
from healthtrends.formats.fhir.patients import PatientReader
from healthtrends.formats.fhir.plain_conditions import PlainConditions
from healthtrends.formats.fhir.resources import Bundle, Condition, Encounter, LooseBundle, Patient, Resource
from healthtrends.model.decoder import Part
from healthtrends.model.facts import DiagnosisFact, PersonFact, VisitFact
from healthtrends.model.rejection import Reason, Rejection


class Reader:
    """Reads resources by the settings."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        conditions = ConditionReader(tools)
        self._condition = conditions.read
        self.plain_condition = PlainConditions(tools, conditions).read
        """Fast path of a condition that is the message."""
        self._encounter = EncounterReader(tools).read
        self._patient = PatientReader(tools).read

    def resource(self, resource: Resource, place: Place) -> tuple[Part, ...]:
        """What a resource gives, with what it contains."""
        contained = self._contained(resource, place) if resource.contained else ()
        return (*self._read(resource, place), *contained)

    def several(self, found: Iterable[Item], place: Place) -> list[Part]:
        """What the entries of a bundle give; `place` is that of the bundle."""
        found = list(found)
        names = index(found, self._tools.references)
        parts: list[Part] = []
        for item in found:
            if isinstance(item.found, Rejection):
                parts.append(item.found)
                continue
            at = Place(place.received, place.at, item.entry.resource, item.part, item.entry, names)
            if isinstance(item.found, Deletion):
                parts.append(self._deletion(item.found, at))
            else:
                parts += self.resource(item.found, at)
        return parts

    def bundle(self, bundle: Bundle | LooseBundle, place: Place) -> list[Part]:
        """What a bundle gives."""
        return self.several(items(bundle, self._tools.references), place)

    def _deletion(self, deletion: Deletion, place: Place) -> Part:
        """The fact of a deletion, which tells no version: the server's time of it, else the place counts."""
        response = place.entry.response if place.entry is not None else None
        modified = response.last_modified if response is not None else None
        at = place.at if modified is None else self._tools.times.instant(modified)
        if isinstance(at, Reason):
            return place.reject(at, "Bundle.entry.response.lastModified")
        name, is_placed = self._tools.references.pseudonym(deletion.name), modified is None
        fact: DiagnosisFact | VisitFact | PersonFact
        if deletion.kind == "Condition":
            fact = DiagnosisFact(at=at, diagnosis=name, patient="", is_active=False)
        elif deletion.kind == "Encounter":
            fact = VisitFact(at=at, visit=name, patient="", event="cancel")
        else:
            fact = PersonFact(at=at, patient=name, birth_date="", gender="U", death="")
        fact.received, fact.is_placed = place.received, is_placed
        return fact

    def _contained(self, owner: Resource, place: Place) -> list[Part]:
        """What contained persons and visits give: known by an identifier, else within their owner only.

        They are of the owner's version. `place` gets the names under which the owner refers to them.
        """
        references = self._tools.references
        own = references.own(owner, type(owner).__name__, place.entry)
        owner_name = own or place.name_by_content(owner.id) or ""
        names = dict(place.index)
        inside: list[tuple[Patient | Encounter, Place]] = []
        for number, content in enumerate(owner.contained or ()):
            found = parse(content)
            if not isinstance(found, Patient | Encounter) or found.id is None:
                continue
            kind = type(found).__name__
            name = next(iter(references.identifiers(found, kind)), f"{owner_name}#{found.id}")
            names[kind, f"#{found.id}"] = name
            part = f"contained[{number}]" if place.part is None else f"{place.part}.contained[{number}]"
            at = Place(place.received, place.at, content=b"", part=part, index=names, name=name)
            inside.append((msgspec.structs.replace(found, meta=owner.meta), at))
        place.index = names
        return [part for found, at in inside for part in self._read(found, at)]

    def _read(self, resource: Resource, place: Place) -> tuple[Part, ...]:
        if isinstance(resource, Condition):
            plain = self.plain_condition(resource, place.received) if _is_alone(resource, place) else None
            return self._condition(resource, place) if plain is None else (plain,)
        if isinstance(resource, Encounter):
            return self._encounter(resource, place)
        return self._patient(resource, place)


def _is_alone(condition: Condition, place: Place) -> bool:
    """Whether no other resource of the message says what its references mean."""
    if not place.index:
        return True
    subject, encounter = condition.subject, condition.encounter
    return (subject is None or ("Patient", subject.reference) not in place.index) and (
        encounter is None or ("Encounter", encounter.reference) not in place.index
    )
