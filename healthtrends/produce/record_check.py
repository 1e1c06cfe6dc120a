"""Check of records before they are sent: whether the ingest would store them, by its own decoder.

A file of another form would be confirmed line by line, and rejected line by line later. So nothing is sent
before one record has passed, and a source whose first hundred all fail is refused. Decoding costs a third of
what sending costs; of a large source only a sample is looked at.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar

from healthtrends.errors import UsageError
from healthtrends.model.decoder import Decoder
from healthtrends.model.rejection import Rejection
from healthtrends.produce.ports import Message

FIRST = 100
"""Records that must not all fail; all, where there are fewer."""
WHOLE = 10_000
"""Records of the beginning that are looked at one by one; behind them, one in `ONE_IN`."""
ONE_IN = 20

_AT_ONCE = 500

M = TypeVar("M", bound=Message)


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """Records that the ingest will reject for one reason; `first`: number of the first of them, from 1."""

    reason: str
    field: str | None
    records: int
    first: int

    def __str__(self) -> str:
        """One line, without a value."""
        field = f" {self.field}" if self.field else ""
        return f"{self.reason}{field}: {self.records:,} (first: record {self.first:,})"


class RecordCheck:
    """Looks at records on their way; `force` lets all of them pass, `is_sample` looks at some only."""

    def __init__(self, decoder: Decoder, *, force: bool = False, is_sample: bool = True) -> None:
        self.seen = 0
        self.checked = 0
        self._decoder = decoder
        self._force = force
        self._whole = WHOLE if is_sample else None
        self._waiting: list[tuple[int, bytes]] = []
        """Number and content of records to be looked at, together as that is three times as fast."""
        self._counts: Counter[tuple[str, str | None]] = Counter()
        self._firsts: dict[tuple[str, str | None], int] = {}

    @property
    def refused(self) -> int:
        """Records that were looked at and failed."""
        return self._counts.total()

    def faults(self) -> list[Fault]:
        """By reason and field, the most frequent first."""
        return [
            Fault(reason, field, number, self._firsts[reason, field])
            for (reason, field), number in self._counts.most_common()
        ]

    def passing(self, records: Iterable[M]) -> Iterator[M]:
        """Yield the records as they come, once one has passed. Raises UsageError when the first all fail."""
        source = iter(records)
        yield from [] if self._force else self._until_one_passes(source)
        seen, left, waiting = self.seen, 1, self._waiting
        try:
            for record in source:
                seen += 1
                left -= 1
                if not left:
                    left = 1 if self._whole is None or seen < self._whole else ONE_IN
                    waiting.append((seen, record.value))
                    if len(waiting) == _AT_ONCE:
                        self._look()
                yield record
        finally:
            self.seen = seen
            self._look()

    def _until_one_passes(self, source: Iterator[M]) -> list[M]:
        held: list[M] = []
        for record in source:
            self.seen += 1
            held.append(record)
            self._waiting.append((self.seen, record.value))
            if self._look():
                return held
            if self.seen == FIRST:
                break
        if held:
            raise self._all_fail()
        return held

    def _look(self) -> bool:
        """Decode what waits; True when all of it is right."""
        numbers, values = [number for number, _ in self._waiting], [value for _, value in self._waiting]
        self._waiting.clear()
        self.checked += len(values)
        _, others = self._decoder.decode_all(values, [0] * len(values))
        refused = [(numbers[at], found) for at, found in others if isinstance(found, Rejection)]
        for number, found in refused:
            kind = found.reason.value, found.field
            self._counts[kind] += 1
            self._firsts.setdefault(kind, number)
        return not refused

    def _all_fail(self) -> UsageError:
        shown = "; ".join(map(str, self.faults()[:5]))
        first = "first " if self.seen == FIRST else ""
        which = f"each of the {first}{self.seen:,} records" if self.seen > 1 else "the only record"
        return UsageError(
            f"{which} would be rejected",
            shown,
            "correct them (docs/how-to/own-data.md has examples), or send them nevertheless with --force",
        )
