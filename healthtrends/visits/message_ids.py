"""Repeated messages: same id and content are one message; of two contents under one id the first counts."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Sent(Protocol):
    """What came with a message: the fields of a fact that name the message and its place."""

    @property
    def control(self) -> str | None: ...  # noqa: D102
    @property
    def content(self) -> str | None: ...  # noqa: D102
    @property
    def received(self) -> int: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102


F = TypeVar("F", bound=Sent)


def without_reused_ids(facts: Sequence[F]) -> tuple[list[F], int]:
    """Leave out facts of messages whose id was used before for other content; and how many these are.

    The first is the one that the broker received first.
    """
    first: dict[str, tuple[tuple[int, int, int], str]] = {}
    contents: set[tuple[str, str]] = set()
    for fact in facts:
        if fact.control is None or fact.content is None:
            continue
        contents.add((fact.control, fact.content))
        place = fact.received, fact.partition, fact.offset
        if fact.control not in first or place < first[fact.control][0]:
            first[fact.control] = place, fact.content
    if len(contents) == len(first):
        return list(facts), 0
    kept = [fact for fact in facts if fact.control is None or first[fact.control][1] == fact.content]
    return kept, len(contents) - len(first)
