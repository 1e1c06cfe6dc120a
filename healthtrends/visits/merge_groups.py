"""Groups of merges that hang together: they name the same ids, or the same message."""

from collections.abc import Iterable
from typing import Literal

from healthtrends.model.facts import MergeFact

_Node = tuple[str, str]
"""Kind of id, and id."""


class MergeGroups:
    """Says which merges stay when others go: a group stays whole, so that it comes to the same ids."""

    def __init__(self, facts: Iterable[MergeFact]) -> None:
        self._facts = list(facts)
        self._above: dict[_Node, _Node] = {}
        """Union-find: a node of the same group, nearer to the one that stands for it."""
        self._kept: set[_Node] = set()
        for fact in self._facts:
            first, *others = _nodes(fact)
            for other in others:
                self._above[self._top(other)] = self._top(first)

    def keep(self, kind: Literal["patient", "visit"], given: str | None) -> None:
        """Keep the group of an id that something names which stays; ids that no merge names are left out."""
        node = kind, given or ""
        if node in self._above:
            self._kept.add(self._top(node))

    def keep_newer(self, first_ms: int) -> None:
        """Keep the groups of merges that the broker got at this time (ms) or later."""
        self._kept |= {self._top(_nodes(fact)[0]) for fact in self._facts if fact.received >= first_ms}

    def stays(self, fact: MergeFact) -> bool:
        """Whether a merge stays."""
        return self._top(_nodes(fact)[0]) in self._kept

    def _top(self, node: _Node) -> _Node:
        while (above := self._above.setdefault(node, node)) != node:
            node = self._above[node] = self._above[above]
        return node


def _nodes(fact: MergeFact) -> list[_Node]:
    """Ids of a merge, and of its message: of two contents under one id of a message only one counts."""
    nodes: list[_Node] = [(fact.kind, fact.prior), (fact.kind, fact.survivor)]
    return nodes if fact.control is None else [*nodes, ("message", fact.control)]
