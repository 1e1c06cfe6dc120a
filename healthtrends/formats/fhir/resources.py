"""FHIR R4 resources, with the fields that decide something here; all other fields are passed over unread.

Every field may be missing or null, so that what is missing is judged by a rule of its own. A field of another
type is an error of msgspec, whose path names the field.
"""

from typing import Final

import msgspec


class _Struct(msgspec.Struct, rename="camel", gc=False):
    """What all have: names as FHIR spells them."""


class Coding(_Struct):
    """A code in a code system."""

    system: str | None = None
    code: str | None = None


class CodeableConcept(_Struct):
    """Codes for one concept."""

    coding: tuple[Coding, ...] | None = None


class Identifier(_Struct):
    """A business identifier, such as a medical record number."""

    system: str | None = None
    value: str | None = None


class Reference(_Struct):
    """A reference to a resource: literal, or logical by an identifier."""

    reference: str | None = None
    identifier: Identifier | None = None


class Meta(_Struct):
    """Version of a resource."""

    last_updated: str | None = None
    version_id: str | int | None = None


class Period(_Struct):
    """Begin and end."""

    start: str | None = None
    end: str | None = None


class Link(_Struct):
    """Another Patient resource about the same person."""

    other: Reference | None = None
    type: str | None = None


class Hospitalization(_Struct):
    """Part of an encounter that says how it ended."""

    discharge_disposition: CodeableConcept | None = None


class _Resource(_Struct, tag_field="resourceType", kw_only=True):
    """What all resources have."""

    id: str | None = None
    meta: Meta | None = None
    identifier: tuple[Identifier, ...] | None = None
    contained: tuple[msgspec.Raw, ...] | None = None


class Patient(_Resource, tag="Patient", kw_only=True):
    """A person."""

    birth_date: str | None = None
    gender: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    link: tuple[Link, ...] | None = None


class Encounter(_Resource, tag="Encounter", kw_only=True):
    """A visit."""

    status: str | None = None
    subject: Reference | None = None
    period: Period | None = None
    hospitalization: Hospitalization | None = None
    service_provider: Reference | None = None


class Condition(_Resource, tag="Condition", kw_only=True):
    """A diagnosis."""

    verification_status: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    recorded_date: str | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None


class Request(_Struct):
    """What the sender asks of a server for an entry."""

    method: str | None = None
    url: str | None = None
    if_none_exist: str | None = None


class Response(_Struct):
    """What a server says of an entry."""

    last_modified: str | None = None


class Entry(_Struct):
    """An entry of a bundle; its resource is decoded alone, so that a bad one concerns no other."""

    full_url: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"null")
    request: Request | None = None
    response: Response | None = None


class Bundle(_Struct, tag_field="resourceType", tag="Bundle"):
    """A bundle."""

    type: str | None = None
    entry: tuple[Entry, ...] | None = None


class LooseBundle(_Struct):
    """A bundle with an entry that is none."""

    type: str | None = None
    entry: tuple[msgspec.Raw, ...] | None = None


class Kind(_Struct):
    """Type of a resource."""

    resource_type: str | None = None


Resource = Patient | Encounter | Condition
NAMES: Final = frozenset({"Patient", "Encounter", "Condition", "Bundle"})

# Made at import: two threads that let msgspec look at a new type at the same time crash the process.
ANY: Final[msgspec.json.Decoder[Resource | Bundle]] = msgspec.json.Decoder(Resource | Bundle)
ENTRY: Final = msgspec.json.Decoder(Entry)
LOOSE_BUNDLE: Final = msgspec.json.Decoder(LooseBundle)
KIND: Final = msgspec.json.Decoder(Kind)
