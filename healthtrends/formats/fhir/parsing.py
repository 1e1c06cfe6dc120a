"""Parses one resource; what cannot be parsed gives a reason and the path of a field, never a value."""

import re
from typing import Final

import msgspec

from healthtrends.formats.fhir import resources
from healthtrends.formats.fhir.resources import Bundle, LooseBundle, Resource
from healthtrends.model.field_decoder import parse_object
from healthtrends.model.rejection import Reason, Rejection, Skip, SkipReason

OTHER_TYPE: Final = Skip(SkipReason.OTHER_TYPE)

_PATH: Final = re.compile(r" - at `\$\.?(.*)`$")

Parsed = Resource | Bundle | LooseBundle | Rejection | Skip


def parse(content: bytes | msgspec.Raw) -> Parsed:
    """Parse a resource; one that decides nothing here is a skip."""
    try:
        return resources.ANY.decode(content)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return _explain(bytes(content))


def _explain(content: bytes) -> Parsed:
    """Say what the content is, if it is none of the known resources.

    Of a bundle of a server most entries are of other types, so their type is looked at first.
    """
    kind = _kind(content)
    if isinstance(kind, Rejection):
        return kind
    if kind not in resources.NAMES:
        return OTHER_TYPE
    try:
        return (resources.LOOSE_BUNDLE if kind == "Bundle" else resources.ANY).decode(content)
    except msgspec.ValidationError as error:
        path = _PATH.search(str(error))
        return Rejection(Reason.WRONG_TYPE, f"{kind}.{path[1]}" if path and path[1] else kind)
    except (ValueError, RecursionError):
        found = parse_object(content)
        # The standard library reads half of a surrogate pair, and the other parser does not.
        return found if isinstance(found, Rejection) else Rejection(Reason.LONE_SURROGATE)


def _kind(content: bytes) -> str | Rejection:
    """Type of a resource of any type."""
    try:
        kind = resources.KIND.decode(content).resource_type
    except (ValueError, RecursionError):
        kind = None
    if kind is not None:
        return kind
    found = parse_object(content)
    if isinstance(found, Rejection):
        return found
    named = found.get("resourceType")
    return named if isinstance(named, str) else Rejection(Reason.FHIR_NO_RESOURCE_TYPE, "resourceType")
