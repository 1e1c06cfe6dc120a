"""Reads from a rejected message which date and which facility it is of, as far as its bytes tell."""

import datetime as dt
from typing import NamedTuple

import msgspec

from healthtrends.ingest.quarantine import Reject
from healthtrends.model.record import CODE_LENGTH

_DAY_LETTERS = len("2025-12-22")
_SENDING_FACILITY = 3
"""Place of MSH-4 in a message that is split at its field separator, which is MSH-1 itself."""


class Origin(NamedTuple):
    """Date and facility of a rejected message."""

    date: str | None
    """YYYY-MM-DD; None: it cannot be read."""
    facility: str | None
    """As records would name it; None: it cannot be read, or is none."""


class _Fields(msgspec.Struct):
    visit_date: object = None
    facility_id: object = None


_FIELDS = msgspec.json.Decoder(_Fields)
_NOTHING = Origin(None, None)


def read_origin(reject: Reject) -> Origin:
    """Read what a rejected message names; of HL7v2 only the facility, as its segments must fit for a date."""
    raw = reject.raw_base64 or b""
    if raw.lstrip(b"\x0b\xef\xbb\xbf\r\n").startswith(b"MSH"):
        return Origin(None, _sending_facility(raw))
    try:
        fields = _FIELDS.decode(raw)
        return Origin(_date(fields.visit_date), _facility(fields.facility_id))
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return _NOTHING


def _date(value: object) -> str | None:
    if not isinstance(value, str) or len(value) != _DAY_LETTERS:
        return None
    return dt.date.fromisoformat(value).isoformat()


def _facility(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= CODE_LENGTH and value.isprintable() else None


def _sending_facility(raw: bytes) -> str | None:
    """MSH-4.2, else MSH-4.1, as HL7v2 messages name their facility where EVN-7 does not."""
    text = raw.lstrip(b"\x0b\xef\xbb\xbf\r\n").split(b"\r", 1)[0].split(b"\n", 1)[0].decode("latin-1")
    fields = text[3:].split(text[3:4]) if len(text) > len("MSH|") else []
    if len(fields) <= _SENDING_FACILITY:
        return None
    parts = fields[_SENDING_FACILITY].split(fields[1][:1] or "^")
    return _facility((parts[1] if len(parts) > 1 else "") or parts[0])
