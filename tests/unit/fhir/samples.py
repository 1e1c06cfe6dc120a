"""FHIR resources of tests; made up, and of no real person."""

import datetime as dt
import json

from healthtrends import formats
from healthtrends.config.source import Source
from healthtrends.model.decoder import DecoderOptions
from healthtrends.model.rejection import Rejection

MS = 1_766_392_200_000
BROKER = "2025-12-22T08:30:00.000000Z"
LATEST = dt.date(2025, 12, 23)
CM = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"


def decoder(pseudonymise=None, **settings):
    """A decoder of FHIR with these settings of `[source]`."""
    return formats.open_decoder(
        DecoderOptions(LATEST, pseudonymise, 64 << 20, source=Source(format="fhir", **settings))
    )


def decoded(resource, ms=MS, **settings):
    """What a resource, or the bytes of a message, gives."""
    value = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
    return decoder(**settings).decode(value, ms)


def only(resource, **settings):
    """The one fact or rejection that it gives."""
    outcome = decoded(resource, **settings)
    if isinstance(outcome, tuple):
        (outcome,) = outcome
    return outcome


def refused(resource, **settings):
    """Reason and field of a message that is rejected."""
    outcome = decoded(resource, **settings)
    assert isinstance(outcome, Rejection)
    return outcome.reason.value, outcome.field


def coding(code="J10.1", system=CM):
    return {"system": system, "code": code}


def meta(at="2025-12-20T10:00:00Z", version="1"):
    return {"lastUpdated": at, "versionId": version}


def patient(number="p1", **fields):
    return {
        "resourceType": "Patient", "id": number, "meta": meta(), "birthDate": "1980-05-01",
        "gender": "female", **fields,
    }  # fmt: skip


def encounter(number="e1", **fields):
    return {
        "resourceType": "Encounter", "id": number, "meta": meta(), "status": "finished",
        "subject": {"reference": "Patient/p1"},
        "period": {"start": "2025-12-20T09:00:00+01:00", "end": "2025-12-20T11:00:00+01:00"}, **fields,
    }  # fmt: skip


def condition(number="c1", *codings, **fields):
    return {
        "resourceType": "Condition", "id": number, "meta": meta(),
        "code": {"coding": list(codings or (coding(),))}, "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e1"}, **fields,
    }  # fmt: skip


def without(resource, *names):
    return {name: value for name, value in resource.items() if name not in names}


def bundle(*resources, kind="transaction"):
    """A bundle of resources, and of entries as they are."""
    entries = [
        {"fullUrl": f"urn:uuid:{each['id']}", "resource": each,
         "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
        if "resourceType" in each
        else each
        for each in resources
    ]  # fmt: skip
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def deletion(url):
    return {"request": {"method": "DELETE", "url": url}}
