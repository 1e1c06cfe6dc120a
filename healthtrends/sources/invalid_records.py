"""Invalid synthetic records: known ways to break one, so that rejects can be shown and tested.

Each way breaks one rule of the record contract and works on the bytes of a valid synthetic record.
"""

import re
from collections.abc import Callable


def _swap(pattern: bytes, replacement: bytes) -> Callable[[bytes], bytes]:
    compiled = re.compile(pattern)
    return lambda value: compiled.sub(replacement, value, count=1)


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "age as a string": _swap(rb'"age":(\d+)', rb'"age":"\1"'),
    "age above 130": _swap(rb'"age":\d+', b'"age":131'),
    "age negative": _swap(rb'"age":\d+', b'"age":-1'),
    "gender unknown to the contract": _swap(rb'"gender":"."', b'"gender":"X"'),
    "diagnosis not of ICD-10 form": _swap(rb'"diagnosis_code":"[^"]*"', b'"diagnosis_code":"11E9"'),
    "day that is not in the calendar": _swap(rb'"visit_date":"(\d{4})[^"]*"', rb'"visit_date":"\1-02-30"'),
    "treatment missing": _swap(rb',"treatment_code":"[^"]*"', b""),
    "treatment blank": _swap(rb'"treatment_code":"[^"]*"', b'"treatment_code":" "'),
    "outcome null": _swap(rb'"outcome":"[^"]*"', b'"outcome":null'),
    "patient empty": _swap(rb'"patient_id":"[^"]*"', b'"patient_id":""'),
    "invalid UTF-8": _swap(rb'"treatment_code":"[^"]*"', b'"treatment_code":"M\xff"'),
    "control character": _swap(rb'"treatment_code":"[^"]*"', rb'"treatment_code":"M\\u0007"'),
    "cut in the middle": lambda value: value[: len(value) // 2],
    "an array, not an object": lambda value: b"[" + value + b"]",
}

_IN_TURN = tuple(WAYS.values())


def break_record(value: bytes, turn: int) -> bytes:
    """Break a valid record in one of the `WAYS`, chosen by `turn`."""
    return _IN_TURN[turn % len(_IN_TURN)](value)
