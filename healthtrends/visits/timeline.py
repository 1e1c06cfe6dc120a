"""Timeline of one visit: its facts in the order of their times give its state."""

from collections.abc import Callable, Sequence

import msgspec

from healthtrends.model.facts import DiagnosisEntry, Order, Stamp, VisitFact
from healthtrends.model.record import Outcome
from healthtrends.visits.message_ids import without_reused_ids
from healthtrends.visits.ordering import effective_orders


class Visit(msgspec.Struct, gc=False):
    """State of a visit after its last fact."""

    patient: str = ""
    """Id that counts after merges; of several the newest."""
    is_cancelled: bool = False
    start: Stamp | None = None
    end: Stamp | None = None
    earliest: Stamp | None = None
    age: int | None = None
    treatment: str | None = None
    outcome: Outcome = "ongoing"
    facility: str | None = None
    region: str | None = None
    entries: dict[DiagnosisEntry, None] = msgspec.field(default_factory=dict)
    """Its diagnoses, in the order in which they were said."""
    unmapped: int = 0
    rejected_parts: int = 0
    reused_ids: int = 0
    flags: frozenset[str] = frozenset()
    recorded_at: str = ""
    """Time of its last fact."""

    @property
    def day(self) -> Stamp | None:
        """The time that was stated for it, else the earliest of all others."""
        return self.start or self.earliest


def fold_visit(facts: Sequence[VisitFact], patient_of: Callable[[str], str]) -> Visit:
    """Apply the facts of one visit in their order, whatever order they arrived in."""
    kept, reused = without_reused_ids(facts)
    visit = Visit(reused_ids=reused)
    patients = set()
    for fact in _in_order(kept):
        if fact.patient:
            visit.patient = patient_of(fact.patient)
            patients.add(visit.patient)
        _apply_times(visit, fact)
        _apply_values(visit, fact)
        _apply_diagnoses(visit, fact)
        visit.flags |= {*fact.flags}
        visit.recorded_at = fact.at
    if len(patients) > 1:
        visit.flags |= {"patient_changed"}
    return visit


def _in_order(facts: Sequence[VisitFact]) -> list[VisitFact]:
    """Sort them, each message once."""
    single = _one_reading_each(facts) if len(facts) > 1 else facts
    orders = effective_orders([(fact.order, fact.is_placed) for fact in single])
    return [single[number] for number in sorted(range(len(single)), key=orders.__getitem__)]


def _one_reading_each(facts: Sequence[VisitFact]) -> list[VisitFact]:
    """Leave out repeats, which would count their gaps again where sets are added up.

    Of a message that was sent or decoded twice, the reading with fewer gaps counts.
    """
    found: dict[tuple[object, ...], VisitFact] = {}
    for fact in facts:
        place = fact.received, fact.partition, fact.offset
        sent = place if fact.control is None else (fact.control, fact.content)
        message = *sent, fact.part
        if message not in found or _rank(fact) < _rank(found[message]):
            found[message] = fact
    return list(found.values())


def _rank(fact: VisitFact) -> tuple[int, Order]:
    return fact.unmapped + fact.rejected_parts, fact.order


def _apply_times(visit: Visit, fact: VisitFact) -> None:
    if fact.event == "cancel":
        visit.is_cancelled = True
    elif fact.event == "admit":
        visit.is_cancelled = False
    if fact.start is not None:
        visit.start = fact.start or None
    if fact.end is not None:
        visit.end = fact.end or None
    if fact.earliest is not None and (visit.earliest is None or fact.earliest.at < visit.earliest.at):
        visit.earliest = fact.earliest


def _apply_values(visit: Visit, fact: VisitFact) -> None:
    if fact.event == "cancel_discharge":
        visit.outcome, visit.end = "ongoing", None
    if fact.age is not None:
        visit.age = fact.age
    if fact.treatment is not None:
        visit.treatment = fact.treatment
    if fact.outcome is not None:
        visit.outcome = fact.outcome
    if fact.facility is not None:
        visit.facility = fact.facility
    if fact.region is not None:
        visit.region = fact.region


def _apply_diagnoses(visit: Visit, fact: VisitFact) -> None:
    if fact.diagnoses is None:
        return
    if not fact.appends:
        visit.entries, visit.unmapped, visit.rejected_parts = {}, 0, 0
    visit.unmapped += fact.unmapped
    visit.rejected_parts += fact.rejected_parts
    for entry in fact.diagnoses:
        if entry.is_withdrawn:
            visit.entries.pop(DiagnosisEntry(entry.system, entry.code, entry.type), None)
        else:
            visit.entries[entry] = None
