"""Finds patient ids in JSON that breaks a rule: rejects of a patient who opted out are not kept."""

import json
import re
from typing import Final

from healthtrends.model.field_decoder import parse_object
from healthtrends.model.rejection import Rejection

_FIELD: Final = "patient_id"
_VALUE: Final = rb'"\s*:\s*("(?:[^"\\]|\\.)*"|-?[0-9]+)'


def named_patients(value: bytes, largest: int, field: str = _FIELD) -> set[str]:
    """Values of a field at any depth, whether or not the bytes are JSON; without outer white space.

    A key that is spelled with escapes is found only in an object of at most `largest` bytes.
    """
    anywhere = re.compile(b'"' + re.escape(field.encode()) + _VALUE)
    found = {_text(written) for written in anywhere.findall(value)}
    fields = parse_object(value) if len(value) <= largest and b"\\u" in value else {}
    if not isinstance(fields, Rejection) and isinstance(spelled := fields.get(field), str | int):
        found.add(str(spelled))
    # Half of a surrogate pair is in no id, and has no bytes.
    return {found_id.encode("utf-8", "replace").decode().strip() for found_id in found} - {""}


def _text(written: bytes) -> str:
    """Value of a JSON string or number; of one that is no JSON its characters."""
    text = written.decode("utf-8", "replace")
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text.strip('"')
