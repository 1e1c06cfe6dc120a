"""Files of JSON lines, sent as they are: whether a line is a valid record is checked by the ingest.

Only the line ending and a byte order mark before the first line are taken off, and lines of blanks are passed
over. The key is the line's `patient_id`, or the patient of a FHIR resource, where it can be read; a line that
cannot be decoded is sent without a key. Refused is what is not one record a line: an array, several objects
on a line, an object over several.
"""

import io
import json
from collections.abc import Iterator, Sequence

import msgspec

from healthtrends.errors import UsageError
from healthtrends.sources.input_damage import UNREADABLE, damage, unreadable
from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.unpacking import Readable

SUFFIXES = (".jsonl", ".ndjson", ".json")
ABOUT = "one JSON object a line"

LONGEST_LINE = 64 << 20  # bytes; brokers take about 1 MB, so this is no file of lines at all
LONGEST_KEY = 256  # bytes: 64 code points, the contract's longest patient_id
BLOCK = 128 << 10  # bytes read at once, where so many are there: a call a line costs as much as decoding it

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_RULE = "records come one JSON object a line"


class _Keyed(msgspec.Struct, gc=False):
    patient_id: str = ""
    resourceType: object = None  # noqa: N815  as FHIR spells it


class _Reference(msgspec.Struct, frozen=True, gc=False):
    reference: str = ""


class _Resource(msgspec.Struct, gc=False):
    id: str = ""
    subject: _Reference = _Reference()


_RESOURCE = msgspec.json.Decoder(_Resource)
_DECODER = msgspec.json.Decoder(_Keyed)
_LENIENT = json.JSONDecoder(strict=False)


def records(file: Readable, name: str) -> Iterator[SourceRecord]:
    """Yield one record a line as soon as the line is complete; `name` is for messages.

    A line that may be the beginning of an object waits for the next one. Raises UsageError with the line
    where lines are not one record each, one is above 64 MiB, or the rest cannot be read.
    """
    checker = _LineChecker(name)
    for number, values in _blocks(file, name):
        try:
            found = [SourceRecord(value, _key(value)) for value in values if value]
        except (ValueError, RecursionError):
            yield from checker.each(number, values)
        else:
            yield from checker.ended()
            yield from found
    yield from checker.ended()


rows = records


def _blocks(lines: io.BufferedIOBase, name: str) -> Iterator[tuple[int, Sequence[bytes]]]:
    """Yield whole lines without their ends, and the number, from 1, of the first of them."""
    number, begin, rest = 1, _BYTE_ORDER_MARK, bytearray()
    try:
        while piece := lines.read1(BLOCK):
            cut = piece.rfind(b"\n") + 1
            rest += piece[:cut] if cut else piece
            if cut:
                values = _split(rest[:-1].removeprefix(begin))
                yield number, values
                number, begin, rest = number + len(values), b"", bytearray(piece[cut:])
            elif len(rest) > LONGEST_LINE:
                raise _no_line(name, number, f"longer than {LONGEST_LINE >> 20} MiB", "jq -c '.[]'")
    except UNREADABLE as fault:
        raise unreadable(name, number, fault) from fault
    if rest:
        yield number, _split(rest.removeprefix(begin))


def _split(block: bytearray) -> list[bytes]:
    lines = bytes(block).split(b"\n")
    return [line.removesuffix(b"\r") for line in lines] if b"\r" in block else lines


def _key(value: bytes) -> bytes | None:
    keyed = _DECODER.decode(value)
    key = (keyed.patient_id if keyed.resourceType is None else _patient(value, keyed.resourceType)).encode()
    return key if 0 < len(key) <= LONGEST_KEY else None


def _patient(value: bytes, kind: object) -> str:
    """Relative reference to the patient of a FHIR resource, so that one patient's stay in one partition."""
    try:
        resource = _RESOURCE.decode(value)
    except msgspec.DecodeError:
        return ""
    return f"Patient/{resource.id}" if kind == "Patient" and resource.id else resource.subject.reference


class _LineChecker:
    """Checks lines one by one: a wrong record is passed on, damage raises UsageError."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._unfinished: tuple[int, bytes] | None = None  # number and content of an object without end

    def each(self, number: int, values: Sequence[bytes]) -> Iterator[SourceRecord]:
        """Yield the records of these lines, the first of which has this number; raises UsageError."""
        for line, value in enumerate(values, number):
            if value and not value.isspace():
                if self._unfinished is not None and not value.lstrip().startswith(b"{"):
                    what = "a JSON object goes on in the next line"
                    raise _no_line(self._name, self._unfinished[0], what, "jq -c .")
                yield from self.ended()
                try:
                    record = SourceRecord(value, _key(value))
                except (ValueError, RecursionError):
                    if not self._is_finished(value, line):
                        self._unfinished = line, value
                        continue
                    record = SourceRecord(value)
                yield record

    def ended(self) -> Iterator[SourceRecord]:
        """Yield a line that was cut, once it is known that nothing that belongs to it follows."""
        if self._unfinished is not None:
            unfinished, self._unfinished = self._unfinished[1], None
            yield SourceRecord(unfinished)

    def _is_finished(self, value: bytes, line: int) -> bool:
        """Whether a wrong record ends in its line; raises UsageError for several of them, or an array."""
        text = value.decode("utf-8", "surrogateescape").strip()
        try:
            found, end = _LENIENT.raw_decode(text)
        except (ValueError, RecursionError):
            if text.startswith("[") and not text.endswith("]"):
                raise self._array(line) from None
            return not text.startswith("{") or text.endswith("}")
        if isinstance(found, list) and sum(isinstance(each, dict) for each in found) > 1:
            raise self._array(line)
        if isinstance(found, dict) and text[end:].lstrip(", \t\r").startswith("{"):
            how = "tr '\\r' '\\n'" if b"\r" in value else "jq -c ."
            raise _no_line(self._name, line, "several JSON objects", how)
        return True

    def _array(self, line: int) -> UsageError:
        return _no_line(self._name, line, "a JSON array", "jq -c '.[]'")


def _no_line(name: str, number: int, what: str, convert: str) -> UsageError:
    return damage(name, number, what, _RULE, f"convert it with `{convert}`")
