"""Bundle: its entries as resources and deletions, each with its place; bundles inside bundles are opened.

Sources: FHIR R4 Bundle, and its rules of references (bundle.html#references). Entries stand in any order, and
refer to each other by `fullUrl`, by id or by identifier. No reference is followed further than to a name, so
that circles do no harm.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from healthtrends.formats.fhir import resources
from healthtrends.formats.fhir.parsing import OTHER_TYPE, Parsed, parse
from healthtrends.formats.fhir.references import References
from healthtrends.formats.fhir.resources import (
    Bundle,
    Condition,
    Encounter,
    Entry,
    LooseBundle,
    Patient,
    Resource,
)
from healthtrends.model.rejection import Reason, Rejection, Skip

_ANSWERS: Final = frozenset({"transaction-response", "batch-response"})
_TYPES: Final = _ANSWERS | {
    "transaction", "batch", "collection", "searchset", "history", "document", "message",
}  # fmt: skip
_READING: Final = frozenset({"GET", "HEAD"})
_KINDS: Final = ("Patient", "Encounter", "Condition")


@dataclass(frozen=True, slots=True)
class Deletion:
    """A request to delete a resource."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """An entry that says something, or the rejection of one that cannot be read."""

    part: str
    entry: Entry
    found: Resource | Deletion | Rejection


# Made once: a union in `isinstance` is made anew by each call, which costs more than the look.
_NAMED: Final = (Encounter, Patient)
_SAYING: Final = (Condition, *_NAMED, Deletion)


def items(bundle: Bundle | LooseBundle, references: References, prefix: str = "") -> Iterator[Item]:
    """Yield what the entries say, that of an inner bundle in the place of its entry."""
    waiting = [_entries(bundle, prefix)]
    while waiting:
        step = next(waiting[-1], None)
        if step is None:
            waiting.pop()
            continue
        part, entry = step
        found = _open(entry, references) if type(entry) is Entry else entry
        if isinstance(found, _SAYING) and isinstance(entry, Entry):
            yield Item(part, entry, found)
        elif isinstance(found, Rejection):
            yield Item(part, Entry(), Rejection(found.reason, found.field, part))
        elif isinstance(found, Bundle | LooseBundle):
            waiting.append(_entries(found, f"{part}."))


def lines(content: bytes, references: References) -> list[Item]:
    """Resources that stand in lines of one message; none, where the first line is not a resource."""
    found: list[Item] = []
    for number, line in enumerate(content.split(b"\n")):
        if not line.strip():
            continue
        part, resource = f"line[{number}]", parse(line)
        if isinstance(resource, Rejection):
            if resource.reason is Reason.INVALID_JSON and not found:
                return []
            found.append(Item(part, Entry(), Rejection(resource.reason, resource.field, part)))
        elif isinstance(resource, Bundle | LooseBundle):
            found += items(resource, references, f"{part}.")
        elif not isinstance(resource, Skip):
            found.append(Item(part, Entry(resource=msgspec.Raw(line)), resource))
    return found


def index(found: list[Item], references: References) -> dict[tuple[str, str], str]:
    """Names of the patients and encounters of a bundle, by the other ways to refer to them."""
    names: dict[tuple[str, str], str] = {}
    for item in found:
        resource, entry = item.found, item.entry
        if not isinstance(resource, _NAMED):
            continue
        kind = "Patient" if isinstance(resource, Patient) else "Encounter"
        own = references.own(resource, kind, entry)
        name = (references.preferred(resource) if isinstance(resource, Patient) else None) or own
        if own is None or name is None:
            continue
        other_names = [own, *references.identifiers(resource, kind)]
        if entry.full_url is not None and not entry.full_url.endswith(f"/{own}"):
            other_names += [entry.full_url, references.literal(entry.full_url, kind) or own]
        if name != own or len(other_names) > 1:
            names.update({(kind, other): name for other in other_names if other != name})
    return names


def _entries(bundle: Bundle | LooseBundle, prefix: str) -> Iterator[tuple[str, Entry | Rejection]]:
    wrong = _wrong_type(bundle.type)
    if wrong is not None:
        yield prefix.removesuffix("."), wrong
        return
    if bundle.type in _ANSWERS:
        return
    entries: tuple[Entry | msgspec.Raw, ...] = bundle.entry or ()
    for number, entry in enumerate(entries):
        yield f"{prefix}entry[{number}]", entry if isinstance(entry, Entry) else _decode_entry(entry)


def _wrong_type(given: str | None) -> Rejection | None:
    if given is None:
        return Rejection(Reason.MISSING_FIELD, "Bundle.type")
    return None if given in _TYPES else Rejection(Reason.NOT_IN_LIST, "Bundle.type")


def _decode_entry(content: msgspec.Raw) -> Entry | Rejection:
    try:
        return resources.ENTRY.decode(content)
    except (ValueError, RecursionError):
        return Rejection(Reason.WRONG_TYPE, "Bundle.entry")


def _open(entry: Entry, references: References) -> Parsed | Deletion:
    """Read what an entry holds or asks for; a skip: nothing about visits, persons or diagnoses."""
    request = entry.request
    method = (request.method or "").upper() if request is not None else ""
    if request is not None and method in {"DELETE", "PATCH"}:
        names = ((kind, references.literal(request.url or "", kind)) for kind in _KINDS)
        target = next(((kind, name) for kind, name in names if name is not None), None)
        if target is None:
            is_ours = any((request.url or "").lstrip("/").startswith(kind) for kind in _KINDS)
            return Rejection(Reason.FHIR_BAD_REQUEST, "Bundle.entry.request.url") if is_ours else OTHER_TYPE
        if method == "PATCH":
            return Rejection(Reason.FHIR_BAD_REQUEST, "Bundle.entry.request.method")
        return Deletion(*target)
    found = OTHER_TYPE if method in _READING else parse(entry.resource)
    # An entry without a resource has nothing to read.
    return OTHER_TYPE if isinstance(found, Rejection) and bytes(entry.resource) == b"null" else found
