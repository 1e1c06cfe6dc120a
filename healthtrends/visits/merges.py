"""Merges of patient and visit ids: which id stands for which, from all merge facts in their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from healthtrends.model.facts import MergeFact
from healthtrends.visits.message_ids import without_reused_ids


@dataclass(frozen=True, slots=True)
class Merges:
    """Ids that were given up, with the ids that stand for them in the end."""

    patients: Mapping[str, str] = field(default_factory=dict)
    visits: Mapping[str, str] = field(default_factory=dict)
    circles: int = 0
    """Merges that are left out because they would make a circle."""

    def patient(self, given: str) -> str:
        """Id that counts for a patient."""
        return self.patients.get(given, given)

    def visit(self, given: str) -> str:
        """Id that counts for a visit."""
        return self.visits.get(given, given)


def fold_merges(facts: Iterable[MergeFact]) -> Merges:
    """Apply merges and their undoing in the order of their times; a merge holds for all dates.

    A later merge of the same prior id replaces the earlier one. One that would lead back to its own prior
    id is left out.
    """
    kept, _ = without_reused_ids(list(facts))
    into: dict[str, dict[str, str]] = {"patient": {}, "visit": {}}
    circles = 0
    for fact in sorted(kept, key=lambda fact: fact.order):
        chain = into[fact.kind]
        if fact.is_undone:
            if chain.get(fact.prior) == fact.survivor:
                del chain[fact.prior]
        elif _leads_to(chain, fact.survivor, fact.prior):
            circles += fact.prior != fact.survivor
        else:
            chain[fact.prior] = fact.survivor
    ends = {kind: {prior: _end(chain, prior) for prior in chain} for kind, chain in into.items()}
    return Merges(ends["patient"], ends["visit"], circles)


def _leads_to(chain: Mapping[str, str], given: str, goal: str) -> bool:
    """Whether `goal` lies on the way, also where it was merged into a further id and is not the end."""
    while given != goal and given in chain:
        given = chain[given]
    return given == goal


def _end(chain: Mapping[str, str], given: str) -> str:
    while given in chain:
        given = chain[given]
    return given
