"""Names of resources, and what references mean: relative, absolute, urn, logical, contained, conditional.

The name of a resource is `Patient/123`, whatever the address of its server is, or
`Patient?identifier=SYSTEM|VALUE` where only an identifier is known. With `source.patient_identifier` the name
of a patient is the value of that identifier. Pseudonyms are made of names.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from healthtrends.formats.fhir.resources import Entry, Identifier, Patient, Reference, Resource
from healthtrends.model import rules
from healthtrends.model.pseudonym import Pseudonymise

# A larger cache is slower: what refers to a resource comes soon after it.
_MOST_CACHED: Final = 20_000
ID: Final = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")
_LITERAL: Final = re.compile(
    r"(?:[a-z]+://[^?#\s]*/|/)?([A-Z][A-Za-z]+)/([A-Za-z0-9_.:\-]{1,64})(?:/_history/[A-Za-z0-9_.:\-]*)?"
)
_PLAIN: Final = {kind: re.compile(rf"{kind}/[A-Za-z0-9_.:\-]{{1,64}}") for kind in ("Patient", "Encounter")}
_URN: Final = re.compile(r"urn:(?:uuid|oid):([A-Za-z0-9_.:\-]{1,64})")
_SEARCH: Final = re.compile(r"(?:[a-z]+://[^?#\s]*/|/)?([A-Z][A-Za-z]+)\?(.+)")
_IDENTIFIER_LENGTH: Final = 256

Index = Mapping[tuple[str, str], str]
"""Names of resources of the same message, by their type and the other ways to refer to them."""


class References:
    """Reads references by the settings, and makes pseudonyms of names."""

    def __init__(self, patient_identifier: str, pseudonymise: Pseudonymise | None) -> None:
        """`patient_identifier`: system of the identifier that names a patient; empty: the resource's id."""
        self._patient_identifier = patient_identifier
        self.make = pseudonymise or str
        """Makes the pseudonym of a name that nothing refers to."""
        self._pseudonyms: dict[str, str] = {}
        self.plain: dict[str, dict[str, str]] = {kind: {} for kind in _PLAIN}
        """Pseudonyms by relative references without a version, which are names themselves."""
        self._is_text = rules.text(_IDENTIFIER_LENGTH)

    def pseudonym(self, name: str) -> str:
        """Pseudonym of a name; resources of one visit name each other, so the latest ones are kept."""
        try:
            return self._pseudonyms[name]
        except KeyError:
            found = self.make(name)
            if len(self._pseudonyms) >= _MOST_CACHED:
                self._pseudonyms.clear()
            self._pseudonyms[name] = found
            return found

    def plain_pseudonym(self, reference: str, kind: str) -> str | None:
        """Pseudonym of what a new relative reference means; None: it is not one of this type."""
        if not _PLAIN[kind].fullmatch(reference):
            return None
        known = self.plain[kind]
        if len(known) >= _MOST_CACHED:
            known.clear()
        known[reference] = found = self._pseudonyms.get(reference) or self.make(reference)
        return found

    def resolve(self, reference: Reference | None, kind: str, index: Index) -> str | None:
        """Name of the resource of type `kind` that is meant; None: none is."""
        if reference is None:
            return None
        literal = reference.reference
        if not literal:
            name = self.by_identifier(kind, reference.identifier)
        elif index and (kind, literal) in index:
            return index[kind, literal]
        else:
            name = self.literal(literal, kind)
        return index.get((kind, name), name) if index and name else name

    def literal(self, reference: str, kind: str) -> str | None:
        """Name that a literal reference means by itself."""
        found = _LITERAL.fullmatch(reference)
        if found is not None:
            return f"{kind}/{found[2]}" if found[1] == kind else None
        found = _URN.fullmatch(reference)
        if found is not None:
            return f"{kind}/{found[1]}"
        found = _SEARCH.fullmatch(reference)
        return self.by_query(found[2], kind) if found is not None and found[1] == kind else None

    def by_query(self, query: str, kind: str) -> str | None:
        """Name by the identifier of a search, `identifier=SYSTEM|VALUE`; None: it searches otherwise."""
        found = dict(parse_qsl(query)).get("identifier")
        if found is None:
            return None
        system, _, value = found.rpartition("|")
        return self.by_identifier(kind, Identifier(system, value))

    def by_identifier(self, kind: str, identifier: Identifier | None) -> str | None:
        """Name by an identifier; None: it has no usable value."""
        if identifier is None or type(self._is_text(identifier.value)) is not str:
            return None
        if kind == "Patient" and self._patient_identifier and identifier.system == self._patient_identifier:
            return identifier.value
        return f"{kind}?identifier={identifier.system or ''}|{identifier.value}"

    def own(self, resource: Resource, kind: str, entry: Entry | None) -> str | None:
        """Name of a resource by its id, else by what its entry says, else by its identifier."""
        if resource.id is not None:
            return f"{kind}/{resource.id}" if ID.fullmatch(resource.id) else None
        name = None
        if entry is not None:
            request = entry.request
            if request is not None:
                name = self.literal(request.url or "", kind)
                if name is None and request.if_none_exist:
                    name = self.by_query(request.if_none_exist.rpartition("?")[2], kind)
            name = name or self.literal(entry.full_url or "", kind)
        return name or next(iter(self.identifiers(resource, kind)), None)

    def preferred(self, patient: Patient) -> str | None:
        """Name of a patient by the identifier of the setting; None: it has none, or none is set."""
        if not self._patient_identifier:
            return None
        wanted = (each for each in patient.identifier or () if each.system == self._patient_identifier)
        return next((name for each in wanted if (name := self.by_identifier("Patient", each))), None)

    def identifiers(self, resource: Resource, kind: str) -> list[str]:
        """Names of a resource by each of its identifiers."""
        return [name for each in resource.identifier or () if (name := self.by_identifier(kind, each))]
