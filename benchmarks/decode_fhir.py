"""How many FHIR messages does one core decode to facts, and how many does the usual library?

Processor time, the fastest of many chunks (the least disturbed), with all rules and pseudonyms; a condition
has some 800 bytes. "Of a feed": two conditions in a row are of one visit. The library is fhir.resources
(pydantic): its parsing alone, without rules or pseudonyms.
"""

import datetime as dt
import json
import time
from collections.abc import Callable, Sequence

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.condition import Condition
from kit.measure import table

from healthtrends import formats
from healthtrends.config.source import Source
from healthtrends.model.decoder import Decoder, DecoderOptions
from healthtrends.model.pseudonym import pseudonymiser

CONDITIONS = 60_000
BUNDLES = 6_000
AT_ONCE = 2_000
OF_THE_LIBRARY = 200
MS = 1_766_392_200_000
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"


def main() -> None:
    """Measure and print."""
    alone = [condition(number, number) for number in range(CONDITIONS)]
    feed = [condition(number, number // 2) for number in range(CONDITIONS)]
    bundles = [bundle(number) for number in range(BUNDLES)]
    library = rate(
        lambda values: [Condition.model_validate_json(value) for value in values], alone, OF_THE_LIBRARY
    )
    of_bundles = rate(
        lambda values: [Bundle.model_validate_json(value) for value in values], bundles, OF_THE_LIBRARY
    )
    rates = {
        "conditions, each of a new patient and visit": (rate(ours(), alone, AT_ONCE), library),
        "conditions of a feed": (rate(ours(), feed, AT_ONCE), library),
        "bundles of a patient, an encounter and a condition": (rate(ours(), bundles, AT_ONCE), of_bundles),
    }
    rows = [
        [name, f"{own:,.0f}", f"{theirs:,.0f}", f"{own / theirs:,.0f} x"]
        for name, (own, theirs) in rates.items()
    ]
    print(table(["messages", "a second and core", "fhir.resources", "ratio"], rows))


def ours() -> Callable[[Sequence[bytes]], object]:
    """Decode as the ingest does, by a decoder that has seen nothing yet."""
    source = Source(format="fhir")
    decoder: Decoder = formats.open_decoder(
        DecoderOptions(dt.date(2025, 12, 23), pseudonymiser(b"k" * 32), source=source)
    )
    return lambda values: decoder.decode_all(values, [MS] * len(values))


def rate(function: Callable[[Sequence[bytes]], object], values: Sequence[bytes], at_once: int) -> float:
    """Messages a second of processor time, in the fastest chunk."""
    best = float("inf")
    for begin in range(0, len(values), at_once):
        chunk = values[begin : begin + at_once]
        started = time.process_time()
        function(chunk)
        best = min(best, (time.process_time() - started) / len(chunk))
    return 1 / best


def concept(system: str, code: str) -> dict[str, object]:
    """A concept with one coding."""
    return {"coding": [{"system": f"{TERMINOLOGY}/{system}", "code": code}]}


def resources(number: int, visit: int) -> list[dict[str, object]]:
    """A condition, its encounter and its patient, as a server exports them."""
    clock = f"2025-12-22T{number % 24:02}:{number // 24 % 60:02}:{number // 1440 % 60:02}"
    meta = {"versionId": "1", "lastUpdated": f"{clock}.{number % 1000:03}+00:00"}
    person = {"reference": f"Patient/p{visit}"}
    shared = {"meta": meta, "subject": person}
    return [
        {
            "resourceType": "Condition",
            "id": f"c{number}",
            "clinicalStatus": concept("condition-clinical", "active"),
            "verificationStatus": concept("condition-ver-status", "confirmed"),
            "category": [concept("condition-category", "encounter-diagnosis")],
            "code": {
                "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J10.1"}],
                "text": "Influenza",
            },
            "encounter": {"reference": f"Encounter/e{visit}"},
            "onsetDateTime": f"{clock}+01:00",
            "recordedDate": f"{clock}+01:00",
            **shared,
        },
        {
            "resourceType": "Encounter",
            "id": f"e{visit}",
            "status": "finished",
            "class": {"system": f"{TERMINOLOGY}/v3-ActCode", "code": "AMB"},
            "period": {"start": f"{clock}+01:00", "end": f"{clock}+01:00"},
            **shared,
        },
        {
            "resourceType": "Patient",
            "id": f"p{visit}",
            "meta": meta,
            "gender": "female",
            "birthDate": "1980-05-01",
        },
    ]


def condition(number: int, visit: int) -> bytes:
    """A condition alone."""
    return json.dumps(resources(number, visit)[0]).encode()


def bundle(number: int) -> bytes:
    """A transaction of all three."""
    entries = [
        {
            "fullUrl": f"https://x.example/{each['resourceType']}/{each['id']}",
            "resource": each,
            "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"},
        }
        for each in resources(number, number)
    ]
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()


if __name__ == "__main__":
    main()
