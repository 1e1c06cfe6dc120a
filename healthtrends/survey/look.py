"""Recognises one message: its envelopes, its format, and names that its format has for events and ids.

Only names are kept, never a value of a message: those of formats, types and code systems, and names of fields
that look like names.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from healthtrends.envelopes import CONFLUENT, CONNECT_JSON, DEBEZIUM, SCHEMA_HEADERS
from healthtrends.envelopes.content import Content
from healthtrends.model.decoder import WholeMessage
from healthtrends.model.record import PatientRecord
from healthtrends.model.rejection import Rejection, Skip

OTHER_JSON: Final = "json"
"""JSON with names of its own: it needs a mapping."""
UNKNOWN: Final = "unknown"
_FIELD: Final = re.compile(r"(?!.*[0-9]{3})[A-Za-z_][A-Za-z0-9_.-]{0,63}")
"""A name of a field; a key with many digits may be an id of somebody."""
_HL7_EVENT: Final = re.compile(r"[A-Z]{3}(\^[A-Z][0-9]{2})?")
_HL7_CHARSET: Final = re.compile(r"(?i)ASCII|UTF-?8|8859/[0-9]{1,2}|(UNICODE|ISO IR|GB|BIG)[ A-Z0-9-]{0,12}")
_ID_TYPES: Final = frozenset({
    "MR", "PI", "PT", "VN", "AN", "SS", "NI", "NH", "MC", "MA", "DL", "PPN", "JHN", "PE", "EI",
    "FI", "RI", "BR", "MI", "MCN", "ANON", "U", "XX", "PN",
})  # fmt: skip
"""Types of ids of HL7 table 0203."""
_OPS: Final = frozenset("crudtm")
_BUNDLES: Final = frozenset({
    "transaction", "transaction-response", "batch", "batch-response", "collection", "searchset",
    "history", "message", "document",
})  # fmt: skip
_RESOURCES: Final = frozenset({
    "Patient", "Encounter", "Condition", "Observation", "Procedure", "Practitioner",
    "PractitionerRole", "Organization", "Location", "MessageHeader", "Immunization",
    "MedicationRequest", "DiagnosticReport", "AllergyIntolerance", "ServiceRequest",
    "EpisodeOfCare", "OperationOutcome", "Claim", "Coverage", "RelatedPerson",
})  # fmt: skip
_ID: Final = re.compile(r"(?i)(^|_)(id|nr|no|num|number|key|uuid|mrn)$|id$|nr$|(?<=[a-z])(Id|ID|Nr|No)$")
_REQUIRED: Final = frozenset(PatientRecord.__struct_fields__[:7])
_EVENT_FIELDS: Final = frozenset({"op", "before", "after"})
_OTHERS: Final = {
    b"<": "XML",
    b"Obj\x01": "an Avro file with its own schema",
    b"PAR1": "Parquet",
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"\x28\xb5\x2f\xfd": "zstd",
}


@dataclass(slots=True)
class Look:
    """What one message is."""

    envelopes: tuple[str, ...] = ()
    format: str = UNKNOWN
    """`record`, `hl7v2`, `fhir`, `json` for one with other names, or `unknown`."""
    detail: str = ""
    """What an unknown one looks like; or which sort of its format it is."""
    charset: str = ""
    """As the message says it, or as its bytes show: `ascii`, `utf-8`, `not utf-8`."""
    says_charset: bool = False
    events: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    """Names of its fields, of JSON with names of its own."""


Open = Callable[[Content], Content | Rejection | Skip]
"""Takes the framing of a schema registry off."""


def look_at(message: WholeMessage, open_framing: Open | None) -> Look:
    """Recognise a message; without `open_framing` what is inside a framing stays unknown."""
    value = message.value()
    if value is None:
        return Look(detail="a null value")
    if not _is_framed(value, message.headers() or ()):
        return _inside(value, ())
    if open_framing is None:
        return Look((CONFLUENT,), detail="what is inside needs [source.registry]")
    opened = open_framing(Content(value, message.key(), message.headers() or ()))
    if not isinstance(opened, Content) or opened.value is None:
        return Look((CONFLUENT,), detail="bytes that do not fit their schema")
    return _inside(opened.value, (CONFLUENT,))


def _is_framed(value: bytes, headers: Sequence[tuple[str, bytes | None]]) -> bool:
    if any(name in SCHEMA_HEADERS for name, _ in headers):
        return True
    return (value[:1] == b"\0" and len(value) >= 5) or (value[:1] == b"\1" and len(value) >= 17)


def _inside(value: bytes, envelopes: tuple[str, ...]) -> Look:
    text = value.lstrip(b"\x0b\xef\xbb\xbf \r\n\t")
    if text[:3] in (b"MSH", b"FHS", b"BHS"):
        return _hl7(text, envelopes)
    if text[:1] == b"{":
        try:
            return _object(msgspec.json.decode(text), envelopes, _charset(value))
        except (ValueError, RecursionError):
            return Look(envelopes, detail="JSON that cannot be read", charset=_charset(value))
    for begin, name in _OTHERS.items():
        if text.startswith(begin):
            return Look(envelopes, detail=name)
    detail = "a JSON list" if text[:1] == b"[" else "no format that this program knows"
    return Look(envelopes, detail=detail, charset=_charset(value))


def _charset(value: bytes) -> str:
    if value.isascii():
        return "ascii"
    try:
        value.decode()
    except UnicodeDecodeError:
        return "not utf-8"
    return "utf-8"


def _object(found: dict[str, Any], envelopes: tuple[str, ...], charset: str) -> Look:
    """Take JSON envelopes off, and recognise the object inside."""
    payload = found.get("payload")
    if found.keys() == {"schema", "payload"} and isinstance(payload, dict):
        inner = _object(payload, envelopes, charset)
        if DEBEZIUM not in inner.envelopes:  # which recognises the frame by itself
            inner.envelopes = (*envelopes, CONNECT_JSON, *inner.envelopes[len(envelopes) :])
        return inner
    if "op" in found and (_EVENT_FIELDS & found.keys()) - {"op"}:
        row = found.get("after") or found.get("before")
        look = _object(row, envelopes, charset) if isinstance(row, dict) else Look(envelopes)
        look.envelopes, look.events = (*envelopes, DEBEZIUM), _named("op ", found.get("op"), _OPS)
        return look
    if "__deleted" in found or "__op" in found:
        row = {name: value for name, value in found.items() if not name.startswith("__")}
        look = _object(row, envelopes, charset)
        look.envelopes, look.detail = (*envelopes, DEBEZIUM), "flattened"
        look.events = _named("op ", found.get("__op"), _OPS) if "__op" in found else []
        return look
    return _plain(found, envelopes, charset)


def _plain(found: dict[str, Any], envelopes: tuple[str, ...], charset: str) -> Look:
    if isinstance(found.get("resourceType"), str):
        return _fhir(found, envelopes, charset)
    fields = [name for name in found if _FIELD.fullmatch(name)]
    ids = [name for name in fields if _ID.search(name)]
    is_record = found.keys() >= _REQUIRED or (found.get("status") == "cancelled" and "patient_id" in found)
    if is_record:
        return Look(envelopes, "record", charset=charset, ids=[i for i in ids if i.endswith("_id")])
    return Look(envelopes, OTHER_JSON, charset=charset, ids=ids, fields=fields)


def _fhir(found: dict[str, Any], envelopes: tuple[str, ...], charset: str) -> Look:
    kind = found["resourceType"]
    look = Look(envelopes, "fhir", charset=charset)
    if kind != "Bundle":
        look.events, resources = _named("", kind, _RESOURCES), [found]
    else:
        look.events = _named("Bundle ", found.get("type"), _BUNDLES)
        entries = [each for each in _list(found.get("entry")) if isinstance(each, dict)]
        resources = [each["resource"] for each in entries if isinstance(each.get("resource"), dict)]
        for entry, resource in zip(entries, resources, strict=False):
            request = entry.get("request")
            method = request.get("method") if isinstance(request, dict) else None
            before = f"{method} " if method in ("PUT", "POST", "DELETE") else ""
            look.events += _named(before, resource.get("resourceType"), _RESOURCES)
    for resource in resources:
        if resource.get("resourceType") == "Patient":
            look.ids += ["Patient.id"] if "id" in resource else []
            look.ids += ["Patient.identifier"] if _list(resource.get("identifier")) else []
    return look


def _list(given: object) -> list[Any]:
    return given if isinstance(given, list) else []


def _named(before: str, given: object, known: frozenset[str]) -> list[str]:
    """A name that a format has for something; any other text is a value, and is not shown."""
    return [f"{before}{given}" if isinstance(given, str) and given in known else f"{before}other"]


def _hl7(text: bytes, envelopes: tuple[str, ...]) -> Look:
    look = Look(envelopes, "hl7v2", charset=_charset(text))
    begin = text.find(b"MSH")
    if text[:3] != b"MSH":
        look.detail = "batch"
    if begin < 0 or len(text) < begin + 8:
        return look
    message = text[begin:].decode("latin-1")
    separator, component, repeat = message[3], message[4], message[5]
    for line in re.split(r"[\r\n]+", message):
        cells = line.split(separator)
        name = cells[0]
        if name == "MSH":
            said = _cell(cells, 17)
            look.says_charset = look.says_charset or bool(said)
            if said:
                look.charset = said if _HL7_CHARSET.fullmatch(said) else "MSH-18 of another name"
            kind = "^".join(_cell(cells, 8).split(component)[:2])
            look.events.append(kind if _HL7_EVENT.fullmatch(kind) else "other")
        elif name == "PID":
            types = [each.split(component) for each in _cell(cells, 3).split(repeat)]
            look.ids += [_id_type(each) for each in types if each[0]]
            look.ids += ["PID-18"] if _cell(cells, 18) else []
        elif name == "PV1":
            look.ids += [f"PV1-{at}" for at in (19, 50) if _cell(cells, at)]
    return look


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def _id_type(parts: Sequence[str]) -> str:
    given = _cell(parts, 4)
    return f"PID-3 {given}" if given in _ID_TYPES else "PID-3 of another type" if given else "PID-3"
