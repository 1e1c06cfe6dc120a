"""Synthetic FHIR messages: transaction bundles, and resources that come apart, in shuffled order.

A share of the visits has what feeds have: versions that were corrected, diagnoses and encounters that were
taken back or deleted, two resources of one person, repeated messages, codings in other systems. All of it
leaves the patients, ages, genders, codes and days of the records. FHIR has no treatments and no recoveries.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np

from healthtrends.errors import UsageError
from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.synthetic import SyntheticPlan
from healthtrends.sources.synthetic_visits import Visit, visits

Resource = dict[str, Any]

_GENDERS: Final = {"M": "male", "F": "female", "O": "other", "U": "unknown"}
_ICD: Final = "http://hl7.org/fhir/sid/icd-10-cm"
_SNOMED: Final = {"system": "http://snomed.info/sct", "code": "404684003"}
_ENDED: Final = "entered-in-error"
_WRONG_CODE: Final = "R69"
_NO_VISIT: Final = {5: "cancelled", 6: "planned"}
_DELETED, _DUPLICATE, _REPEATED, _WITH_SNOMED = 2, 8, 9, 10
"""Of the 64 numbers that a visit may draw; eleven of them mean something."""
_SHUFFLE: Final = 3
"""Stream of random bits for the order of messages."""
_OFFSETS: Final = ("Z", "+01:00", "-05:00", "+05:30")


def messages(plan: SyntheticPlan) -> Iterator[SourceRecord]:
    """Yield the messages of the plan; those of a stretch of a day are shuffled. Raises UsageError.

    Deletions come last, as they are of the place on the topic where they stand.
    """
    if (plan.last - plan.first).days >= 365 or plan.bad_share:
        raise UsageError(
            "these synthetic messages cannot be made",
            "visits of more than a year and --bad-share are for other formats",
            "change the options and try again",
        )
    for stretch in visits(plan):
        visits_sent = [_VisitMessages(visit, plan) for visit in stretch]
        sent = [message for each in visits_sent for message in each.all()]
        counter = [0, stretch[0].number, stretch[0].day.toordinal(), 0]
        order = np.random.Philox(key=[plan.seed, _SHUFFLE], counter=counter).random_raw(len(sent))
        yield from (sent[at] for at in np.argsort(order, kind="stable").tolist())
        yield from (message for each in visits_sent for message in each.deletions())


class _VisitMessages:
    """Messages of one visit."""

    def __init__(self, visit: Visit, plan: SyntheticPlan) -> None:
        self._visit = visit
        stamp = f"{visit.day:%y%m%d}-{visit.number:09}"
        self._encounter, self._conditions, self._extra = f"E{stamp}", f"C{stamp}", f"X{stamp}"
        self._oddity = visit.bits >> 2 & 63
        self._person = f"D{stamp}" if self._oddity == _DUPLICATE else visit.patient
        """Id of the Patient that the visit names."""
        # Before any visit, so that all visits of a person send the same version of it.
        self._known = dt.datetime.combine(plan.first, dt.time(6)) - dt.timedelta(days=3)
        self._recorded = dt.datetime.combine(visit.day, dt.time()) + dt.timedelta(seconds=visit.second)

    def all(self) -> list[SourceRecord]:
        """All but deletions, in no order that matters."""
        conditions = [
            self._condition(f"{self._conditions}-{number}", code)
            for number, code in enumerate(self._visit.codes)
        ]
        resources = [*conditions, self._encounter_resource(self._encounter), self._patient()]
        odd = [*self._wrong_versions(), *self._withdrawn(), *self._duplicates()]
        is_bundle = self._visit.bits & 1
        sent = [self._bundle(resources)] if is_bundle else [self._alone(each) for each in resources]
        return [*sent, *(self._alone(each) for each in odd), *(sent if self._oddity == _REPEATED else ())]

    def _wrong_versions(self) -> list[Resource]:
        """Earlier versions that say something else: another day, code or birth date."""
        if self._oddity == 0:
            return [{**self._encounter_resource(self._encounter, days=1), "meta": _meta(self._recorded, 0)}]
        if self._oddity == 1:
            wrong = self._condition(f"{self._conditions}-0", _WRONG_CODE)
            return [{**wrong, "meta": _meta(self._recorded, 0)}]
        if self._oddity == 3:
            return [{**self._patient(), "meta": _meta(self._known, 0), "birthDate": "1950"}]
        return []

    def _withdrawn(self) -> list[Resource]:
        """Resources that do not count: deleted, in error, cancelled, planned, refuted."""
        extra = self._condition(self._extra, _WRONG_CODE)
        if self._oddity == _DELETED:
            return [extra]
        if self._oddity == 4:
            return [extra, {**extra, "meta": _meta(self._recorded, 2), "verificationStatus": _status(_ENDED)}]
        if self._oddity in _NO_VISIT:
            hidden = {**self._encounter_resource(self._extra), "status": _NO_VISIT[self._oddity]}
            return [hidden, {**extra, "encounter": {"reference": f"Encounter/{self._extra}"}}]
        if self._oddity == 7:
            return [{**extra, "verificationStatus": _status("refuted")}]
        return []

    def _duplicates(self) -> list[Resource]:
        """A second Patient resource of the person, replaced by the first."""
        if self._oddity != _DUPLICATE:
            return []
        link = {"other": {"reference": f"Patient/{self._visit.patient}"}, "type": "replaced-by"}
        return [{**self._patient(), "id": self._person, "active": False, "link": [link]}]

    def deletions(self) -> list[SourceRecord]:
        """Deletions of resources that came before, in the partition of the patient."""
        if self._oddity != _DELETED:
            return []
        request = {"method": "DELETE", "url": f"Condition/{self._extra}"}
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": request}]}
        return [SourceRecord(msgspec.json.encode(bundle), self._key())]

    def _patient(self) -> Resource:
        return {
            "resourceType": "Patient",
            "id": self._visit.patient,
            "meta": _meta(self._known, 1),
            "gender": _GENDERS[self._visit.gender],
            "birthDate": f"{self._visit.birth_date}",
        }

    def _encounter_resource(self, number: str, days: int = 0) -> Resource:
        """The visit, so many days early."""
        visit = self._visit
        start = self._recorded - dt.timedelta(days=days)
        resource: Resource = {
            "resourceType": "Encounter",
            "id": number,
            "meta": _meta(self._recorded, 1),
            "status": "in-progress" if visit.outcome == "ongoing" else "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": {"reference": f"Patient/{self._person}"},
            "period": {"start": f"{start.isoformat()}{_OFFSETS[visit.bits >> 8 & 3]}"},
        }
        if visit.outcome == "deceased":
            resource["hospitalization"] = {"dischargeDisposition": _status("exp")}
        if visit.facility is not None:
            resource["serviceProvider"] = {"reference": f"Organization/F{visit.facility:02}"}
        return resource

    def _condition(self, number: str, code: str) -> Resource:
        codings = [{"system": _ICD, "code": code}]
        return {
            "resourceType": "Condition",
            "id": number,
            "meta": _meta(self._recorded, 1),
            "verificationStatus": _status("confirmed"),
            "category": [_status("encounter-diagnosis")],
            "code": {"coding": [_SNOMED, *codings] if self._oddity == _WITH_SNOMED else codings},
            "subject": {"reference": f"Patient/{self._person}"},
            "encounter": {"reference": f"Encounter/{self._encounter}"},
            "recordedDate": f"{self._recorded.isoformat()}Z",
        }

    def _alone(self, resource: Resource) -> SourceRecord:
        return SourceRecord(msgspec.json.encode(resource), self._key())

    def _bundle(self, resources: list[Resource]) -> SourceRecord:
        """A transaction; half of them refer by `urn:uuid`, which only the bundle explains."""
        entries = [
            {
                "fullUrl": _urn(each["id"]),
                "resource": each,
                "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"},
            }
            for each in resources
        ]
        if self._visit.bits >> 1 & 1 and self._oddity != _DUPLICATE:
            for resource in resources:
                for name in {"subject", "encounter"} & resource.keys():
                    number = self._person if name == "subject" else self._encounter
                    resource[name] = {"reference": _urn(number)}
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        return SourceRecord(msgspec.json.encode(bundle), self._key())

    def _key(self) -> bytes:
        return f"Patient/{self._visit.patient}".encode()


def _meta(moment: dt.datetime, version: int) -> Resource:
    """Version of a resource; the number decides between equal times of a second."""
    updated = moment + dt.timedelta(minutes=version)
    return {"versionId": f"{version}", "lastUpdated": f"{updated.isoformat()}.000Z"}


def _status(code: str) -> Resource:
    return {"coding": [{"code": code}]}


def _urn(number: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, number)}"
