"""Records of one visit, from its state, its persons and the diagnoses that are resources of their own."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from healthtrends.model.age import Age, age_on
from healthtrends.model.facts import DiagnosisEntry, DiagnosisFact, Stamp
from healthtrends.model.record import Outcome, PatientRecord
from healthtrends.visits.persons import Person
from healthtrends.visits.timeline import Visit

_UNKNOWN = "unknown"
_DIGEST_BYTES = 16


@dataclass(slots=True)
class ResolvedVisit:
    """What a visit gives now."""

    day: str = ""
    """Local day; empty: no fact gives any time."""
    records: list[PatientRecord] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """For `quality` of the day, by name of the metric."""


def resolve_visit(
    visit_id: str, visit: Visit | None, resources: Sequence[DiagnosisFact], patient: str, person: Person
) -> ResolvedVisit:
    """Make the records of a visit, or count them as pending while its person's age or the visit is not known.

    `visit`: None where no fact of the visit itself has come; the resources that name it wait then.
    """
    active = [each for each in resources if each.is_active]
    entries: dict[DiagnosisEntry, None] = dict(visit.entries) if visit else {}
    for each in active:
        entries.update(dict.fromkeys(each.entries))
    stamp = (visit.day if visit else None) or _earliest(active)
    found = ResolvedVisit(stamp.day if stamp else "")
    if (visit is not None and visit.is_cancelled) or stamp is None:
        return found
    _count_gaps(found, visit, active)
    if not entries:
        return found
    is_own_visit = visit is None and all(each.visit is None for each in active)
    age = _age(visit, person, found.day)
    if age.years is None or (visit is None and not is_own_visit):
        found.counts["pending_records"] += len(entries)
        found.counts["impossible_ages"] += age.is_impossible
        return found
    found.counts["flagged_birth_dates"] += age.is_estimated
    found.counts["visits_after_death"] += len(person.death) == len(found.day) and person.death < found.day
    found.records = [
        PatientRecord(
            patient_id=patient,
            age=age.years,
            gender=person.gender,
            diagnosis_code=entry.code,
            visit_date=found.day,
            treatment_code=(visit.treatment if visit else None) or _UNKNOWN,
            outcome=_outcome(visit, person, found.day),
            visit_id=visit_id,
            record_id=_record_id(visit_id, entry),
            recorded_at=_shortest(_last_time(visit, active)),
            facility_id=visit.facility or None if visit else None,
            region=visit.region or None if visit else None,
        )
        for entry in entries
    ]
    return found


def _earliest(resources: Sequence[DiagnosisFact]) -> Stamp | None:
    """Day of diagnoses without a visit: the earliest that was recorded, else the earliest onset."""
    recorded = [each.recorded for each in resources if each.recorded]
    onset = [each.onset for each in resources if each.onset]
    return min(recorded or onset, key=lambda stamp: stamp.at, default=None)


def _count_gaps(found: ResolvedVisit, visit: Visit | None, active: Sequence[DiagnosisFact]) -> None:
    counts, flags = found.counts, {flag for each in active for flag in each.flags}
    counts["unmapped_system"] += sum(each.unmapped for each in active)
    if visit is not None:
        counts["flagged_missing_starts"] += visit.day is None
        counts["unmapped_system"] += visit.unmapped
        counts["visits_with_rejected_parts"] += visit.rejected_parts > 0
        counts["reused_message_ids"] += visit.reused_ids
        flags |= visit.flags
    for flag in flags:
        counts[f"flagged_{flag}"] += 1


def _age(visit: Visit | None, person: Person, day: str) -> Age:
    """Age by the birth date, else the one that the feed gives."""
    if person.birth_date or visit is None:
        return age_on(person.birth_date, day)
    return Age(visit.age)


def _outcome(visit: Visit | None, person: Person, day: str) -> Outcome:
    """`deceased` also where the person died between the visit's first and last day."""
    last = visit.end.day if visit and visit.end else day
    if len(person.death) == len(day) and day <= person.death <= last:
        return "deceased"
    return visit.outcome if visit else "unknown"


def _record_id(visit_id: str, entry: DiagnosisEntry) -> str:
    """Same visit, system and code (and type, where types are kept apart): same record."""
    text = f"{visit_id}\x1f{entry.system}\x1f{entry.code}\x1f{entry.type}"
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _last_time(visit: Visit | None, resources: Iterable[DiagnosisFact]) -> str:
    return max([visit.recorded_at if visit else "", *(each.at for each in resources)])


def _shortest(time: str) -> str:
    """Time of a fact as a record writes it: with no more digits than it needs."""
    return time.removesuffix("Z").rstrip("0").removesuffix(".") + "Z" if "." in time else time
