"""Finds the patients that a rejected message names: rejects of those who opted out are not kept.

As much is read as can be. Where the bytes are no JSON, each id in them may be that of a patient.
"""

import re
from collections.abc import Iterator
from typing import Final

from healthtrends.model.field_decoder import parse_object
from healthtrends.model.rejection import Rejection

_REFERENCE: Final = re.compile(r"Patient/([A-Za-z0-9_.:\-]{1,64})")
_URN: Final = re.compile(r"urn:(?:uuid|oid):([A-Za-z0-9_.:\-]{1,64})")
_OWN: Final = re.compile(r'"id"\s*:\s*"([A-Za-z0-9_.:\-]{1,64})"')
_VALUE: Final = re.compile(r'"value"\s*:\s*"([^"\\]{1,256})"')


def named_patients(content: bytes, patient_identifier: str) -> set[str]:
    """Names of patients, as `references.py` makes them; it may be one too many."""
    found = parse_object(content)
    if isinstance(found, Rejection):
        text = content.decode("utf-8", "replace").replace("\\/", "/")
        own = _OWN.findall(text) if '"Patient"' in text else []
        values = _VALUE.findall(text) if patient_identifier else []
        return {*_referred(text), *(f"Patient/{each}" for each in own), *values}
    names: set[str] = set()
    for each in _walk(found):
        if isinstance(each, str):
            names.update(_referred(each))
        elif each.get("resourceType") == "Patient" and isinstance(each.get("id"), str):
            names.add(f"Patient/{each['id']}")
        elif patient_identifier and each.get("system") == patient_identifier and "value" in each:
            names.add(str(each["value"]))
    return names


def _referred(text: str) -> Iterator[str]:
    for pattern in (_REFERENCE, _URN):
        yield from (f"Patient/{found}" for found in pattern.findall(text))


def _walk(found: object) -> Iterator[dict[str, object] | str]:
    """All objects and texts inside, without recursion."""
    waiting = [found]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(each.values())
            yield each
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, str):
            yield each
