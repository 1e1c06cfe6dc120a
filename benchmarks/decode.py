"""What does a record cost between the broker and the file, step by step, and what did the plain way cost?

Nanoseconds a record on one core, 200,000 records of about 141 bytes, best of 5 (the least disturbed).
"json.loads and checks" is the way most consumers are written, with the same rules; "field by field" is our
own slow path, which explains rejections.
"""

import datetime as dt
import json
import re
import time
from collections.abc import Callable, Sequence

import msgspec
from kit.measure import table
from kit.readers import each

from healthtrends.formats.record import RecordDecoder
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.model.record import PatientRecord
from healthtrends.sources.synthetic import SyntheticPlan, synthetic

RECORDS = 200_000
AT_ONCE = 2_000
DAY = dt.date(2025, 12, 22)
MS = 1_766_392_200_000
CODE = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?")


def main() -> None:
    """Measure and print."""
    plan = SyntheticPlan(records=RECORDS, seed=1, first=DAY, last=DAY, outbreak=None, plain=True)
    values = [record.value for record in synthetic(plan)]
    plain = RecordDecoder(DAY, None)
    keyed = RecordDecoder(DAY, pseudonymiser(b"k" * 32))
    steps = {
        "json.loads and checks": lambda: each(naive, values),
        "field by field, no pseudonym": lambda: each(lambda value: plain.slow.decode(value, MS), values),
        "msgspec pass alone": lambda: each(msgspec.json.Decoder(PatientRecord).decode, values),
        "decode: the pass and all rules": lambda: chunks(plain, values),
        "decode with pseudonym": lambda: chunks(keyed, values),
    }
    rows = [[name, f"{best(step):,.0f}"] for name, step in steps.items()]
    records = [line for value in values for line in keyed.decode(value, MS)]
    encode = msgspec.json.Encoder().encode_lines
    rows.append(["canonical lines, all at once", f"{best(lambda: encode(records)):,.0f}"])
    rows.append(["the same, one by one", f"{best(lambda: each(msgspec.json.encode, records)):,.0f}"])
    print(table(["step", "ns a record"], rows))


def chunks(decoder: RecordDecoder, values: Sequence[bytes]) -> None:
    """Decode as the ingest does, what one read gives at a time."""
    for begin in range(0, len(values), AT_ONCE):
        chunk = values[begin : begin + AT_ONCE]
        decoder.decode_all(chunk, [MS] * len(chunk))


def best(step: Callable[[], object]) -> float:
    """Nanoseconds a record, the fastest of five."""
    found = []
    for _ in range(5):
        begin = time.perf_counter()
        step()
        found.append(time.perf_counter() - begin)
    return min(found) / RECORDS * 1e9


def naive(value: bytes) -> object:  # noqa: PLR0911  as a script would be written
    """Decode into a dict and check it, as a script would."""
    record = json.loads(value)
    for name in ("patient_id", "treatment_code"):
        if not isinstance(record.get(name), str) or not record[name].strip() or len(record[name]) > 64:
            return None
    if not isinstance(record.get("age"), int) or not 0 <= record["age"] <= 130:
        return None
    if record.get("gender") not in ("M", "F", "O", "U"):
        return None
    if record.get("outcome") not in ("recovered", "ongoing", "deceased"):
        return None
    if not CODE.fullmatch(record.get("diagnosis_code", "").upper()):
        return None
    try:
        if dt.date.fromisoformat(record.get("visit_date", "")) > DAY:
            return None
    except ValueError:
        return None
    return record


if __name__ == "__main__":
    main()
