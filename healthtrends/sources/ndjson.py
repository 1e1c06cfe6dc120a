"""Lines of JSON, sent as they are: whether a line is a valid record is for the ingest to judge.

Only the line ending is taken off, and lines of blanks are passed over. The key is the line's `patient_id`
where it can be read; a line that cannot be decoded is sent without a key.
"""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from healthtrends.errors import UsageError
from healthtrends.sources.record import SourceRecord

LONGEST_LINE = 64 << 20  # bytes; brokers take about 1 MB, so this is no file of lines at all
LONGEST_KEY = 256  # bytes: 64 code points, the contract's longest patient_id


class _Keyed(msgspec.Struct):
    patient_id: str = ""


_DECODER = msgspec.json.Decoder(_Keyed)


def ndjson(lines: BinaryIO, name: str) -> Iterator[SourceRecord]:
    """Yield one record a line as soon as the line is complete; `name` is for messages.

    Raises UsageError for a line above 64 MiB.
    """
    number = 0
    while line := lines.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise UsageError(
                f"line {number} of {name} is longer than {LONGEST_LINE >> 20} MiB",
                "a file of records holds one JSON object a line",
                "write each record on a line of its own, for example with `jq -c '.[]'`",
            )
        value = line.removesuffix(b"\n").removesuffix(b"\r")
        if value and not value.isspace():
            yield SourceRecord(value, key_of(value))


def key_of(value: bytes) -> bytes | None:
    """Return the message's `patient_id` in UTF-8, or None when it has none that can be a key."""
    try:
        key = _DECODER.decode(value).patient_id.encode()
    except (ValueError, RecursionError):  # not JSON, not an object, not UTF-8, or nested without end
        return None
    return key if 0 < len(key) <= LONGEST_KEY else None
