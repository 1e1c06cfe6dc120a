"""A seeded corpus, read by an independent library too: the same fields."""

import datetime as dt
import json

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.encounter import Encounter
from fhir.resources.R4B.patient import Patient

from healthtrends.model.facts import DiagnosisFact, MergeFact, PersonFact, VisitFact
from healthtrends.sources import synthetic_formats
from healthtrends.sources.synthetic import SyntheticPlan
from tests.unit.fhir.samples import CM, MS, decoder

PLAN = SyntheticPlan(records=400, seed=11, first=dt.date(2025, 12, 18), last=dt.date(2025, 12, 20))
KINDS = {"Patient": Patient, "Encounter": Encounter, "Condition": Condition}
GENDERS = {"male": "M", "female": "F", "other": "O", "unknown": "U"}


def resources(value):
    """Resources of a message as the library reads them, and what each address of a bundle means."""
    fields = json.loads(value)
    if fields["resourceType"] != "Bundle":
        return [KINDS[fields["resourceType"]].model_validate_json(value)], {}
    entries = [entry for entry in Bundle.model_validate_json(value).entry if entry.resource is not None]
    names = {each.fullUrl: f"{each.resource.get_resource_type()}/{each.resource.id}" for each in entries}
    return [each.resource for each in entries], names


def utc(moment):
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def expected(resource, names):
    """What the facts of a resource must say, from the library's fields."""

    def target(reference):
        return names.get(reference.reference, reference.reference)

    own, at = f"{resource.get_resource_type()}/{resource.id}", utc(resource.meta.lastUpdated)
    if isinstance(resource, Patient):
        merged = [target(link.other) for link in resource.link or () if link.type == "replaced-by"]
        return ["person", own, at, str(resource.birthDate), GENDERS[resource.gender], merged]
    if isinstance(resource, Encounter):
        is_counted = resource.status not in {"planned", "cancelled", "entered-in-error"}
        start = resource.period.start
        when = [utc(start), start.date().isoformat()] if is_counted else []
        return ["visit", own, at, target(resource.subject), is_counted, when]
    status = resource.verificationStatus.coding[0].code
    codes = [coding.code for coding in resource.code.coding if coding.system == CM]
    active = status not in {"refuted", "entered-in-error"}
    days = [utc(resource.recordedDate), resource.recordedDate.date().isoformat()]
    details = [target(resource.encounter), codes, days] if active else []
    return ["diagnosis", own, at, target(resource.subject), active, details]


def found(outcome):
    """The same of the facts that we read."""
    said = []
    for fact in outcome:
        if isinstance(fact, PersonFact):
            said.append(["person", fact.patient, fact.at, fact.birth_date, fact.gender, []])
        elif isinstance(fact, MergeFact):
            said[-1][-1].append(fact.survivor)
        elif isinstance(fact, VisitFact):
            is_counted = fact.event == "admit"
            when = [fact.start.at, fact.start.day] if is_counted else []
            said.append(["visit", fact.visit, fact.at, fact.patient, is_counted, when])
        elif isinstance(fact, DiagnosisFact):
            days = [fact.recorded.at, fact.recorded.day] if fact.is_active else []
            details = [fact.visit, [each.code for each in fact.entries], days] if fact.is_active else []
            said.append(["diagnosis", fact.diagnosis, fact.at, fact.patient, fact.is_active, details])
    return said


def test_an_independent_library_reads_the_same():
    """Ids, times in UTC, days of the sender, codes, references, statuses, merges."""
    ours, count = decoder(), 0
    for message in synthetic_formats.messages("fhir", PLAN):
        if b'"DELETE"' in message.value:
            continue
        read, names = resources(message.value)
        assert found(ours.decode(message.value, MS)) == [expected(each, names) for each in read]
        count += len(read)
    assert count > 1_000
