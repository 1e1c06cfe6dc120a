"""How much slower is a row with other names than a record of the contract?

Records a second on one core (processor time), 5 rounds in turns, 100,000 synthetic messages of one day.
"Simple" rows have the seven required fields; "full" rows also visit, time, place and region. Three of their
fields have other words or dates. A row without an id of its own costs the digest of its content and a second
pseudonym, which a record without an id does not have: it is also held against a record with one.
"""

import datetime as dt
import json
import time
from collections.abc import Sequence

from kit.measure import median_and_spread, table

from healthtrends.config.mapping import FieldRule, Mapping
from healthtrends.config.source import Source
from healthtrends.formats import open_decoder
from healthtrends.model.decoder import Decoder, DecoderOptions
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.sources.synthetic import SyntheticPlan, synthetic

RECORDS = 100_000
AT_ONCE = 2_000
DAY = dt.date(2025, 12, 22)
MS = 1_766_392_200_000
GENDERS = {"M": "m", "F": "w", "O": "d", "U": "x"}
OUTCOMES = {"recovered": "01", "ongoing": "", "deceased": "07", "unknown": "99"}
OPTIONAL = ("visit_id", "recorded_at", "facility_id", "region")
RULES = {
    "patient_id": "PatNr", "age": "Alter", "diagnosis_code": "ICD", "treatment_code": "OPS",
    "gender": FieldRule(column="Sex", values={"w": "F", "m": "M", "d": "O"}, default="U"),
    "visit_date": FieldRule(column="Aufnahme", format="%d.%m.%Y"),
    "outcome": FieldRule(
        column="Entl", values={"07": "deceased", "01": "recovered", "99": "unknown"}, default="ongoing"
    ),
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    found = [
        ["simple, with an id", *compare(is_plain=True, ids=(True, True))],
        ["full, with an id", *compare(is_plain=False, ids=(True, True))],
        ["simple, id of the content; records without an id", *compare(is_plain=True, ids=(False, False))],
        ["simple, id of the content; records with an id", *compare(is_plain=True, ids=(True, False))],
    ]
    print(table(["rows", "record, a second", "mapped, a second", "ratio"], found))


def compare(*, is_plain: bool, ids: tuple[bool, bool]) -> list[str]:
    """Rates of both formats, and their ratio; `ids`: which of them have one."""
    plan = SyntheticPlan(records=RECORDS, seed=1, first=DAY, last=DAY, outbreak=None, plain=is_plain)
    records = [json.loads(each.value) for each in synthetic(plan)]
    records = [each for each in records if "status" not in each and "previous_visit_date" not in each]
    for number, each in enumerate(records):
        each["record_id"] = f"R-{number}"
    bare = [{name: value for name, value in each.items() if name != "record_id"} for each in records]
    extra = {name: f"x_{name}" for name in OPTIONAL if not is_plain}
    mapping = Mapping(**RULES, **extra, **({"record_id": "Nr"} if ids[1] else {}))
    sources = Source(), Source(format="mapped", mapping=mapping)
    key = pseudonymiser(b"k" * 32)
    decoders = [open_decoder(DecoderOptions(DAY, key, source=source)) for source in sources]
    given = [records if has_id else bare for has_id in ids]
    values = [encoded(given[0]), encoded([row(each) for each in given[1]])]
    rates = [[len(records) / seconds(decoders[n], values[n]) for n in (0, 1)] for _ in range(6)][1:]
    record, mapped = zip(*rates, strict=True)
    ratios = [own / whole for whole, own in rates]
    return [median_and_spread(record, 0), median_and_spread(mapped, 0), median_and_spread(ratios)]


def row(record: dict[str, object]) -> dict[str, object]:
    """The same facts under other names."""
    year, month, day = str(record["visit_date"]).split("-")
    found = {
        "PatNr": record["patient_id"], "Alter": record["age"], "Sex": GENDERS[str(record["gender"])],
        "ICD": record["diagnosis_code"], "Aufnahme": f"{day}.{month}.{year}", "OPS": record["treatment_code"],
        "Entl": OUTCOMES[str(record["outcome"])],
    }  # fmt: skip
    found |= {f"x_{name}": record[name] for name in OPTIONAL if name in record}
    return found | ({"Nr": record["record_id"]} if "record_id" in record else {})


def encoded(rows: Sequence[object]) -> list[bytes]:
    """JSON as senders write it."""
    return [json.dumps(each, separators=(",", ":")).encode() for each in rows]


def seconds(decoder: Decoder, values: Sequence[bytes]) -> float:
    """Decode as the ingest does, what one read gives at a time."""
    begin = time.process_time()
    for first in range(0, len(values), AT_ONCE):
        chunk = values[first : first + AT_ONCE]
        plain, _ = decoder.decode_all(chunk, [MS] * len(chunk))
        assert len(plain) == len(chunk), "the fast path did not take all"  # noqa: S101
    return time.process_time() - begin


if __name__ == "__main__":
    main()
