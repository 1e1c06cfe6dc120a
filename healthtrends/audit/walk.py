"""A walk from table to table: what fits now is changed in one small part after another.

A program over all counts of a very large block takes seconds for each table, one over some hundred of them
takes a millisecond. All others are held at the table at hand, so each solution makes a table that fits as a
whole, and the walk goes on from it: what one part has given up is there for the next.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from healthtrends.audit.part import Rest
from healthtrends.audit.surroundings import Surroundings
from healthtrends.audit.system import ENDLESS, Ints, System, entries

_SIZE: Final = 1_000
"""Counts of a part before partners are taken in."""
_GIVERS: Final = 8
"""Narrow counts of a part, at most, for each of which a partner is taken in that can give what it needs."""
_OF_GIVER: Final = 60
"""Counts that are taken in with a partner."""
_TOP: Final = 16
"""Of the counts of a long relation that can give most, one is the partner."""


_NEEDY, _GIVING = 20, 10
"""Narrow counts, and others that can give, of a long relation that are looked at together."""
_NONE: Final = -1
Narrow = Callable[[Ints], NDArray[np.bool_]]
"""Tells which of some counts are narrow so far."""


class Table:
    """A table of whole numbers that fits all relations; it may be changed to another one."""

    def __init__(self, system: System, values: Ints) -> None:
        self.system = system
        self.values = values.copy()
        self._sums = system.factors @ values

    def without(self, counts: Ints) -> Rest:
        """Leave the relations of some counts what the other counts leave to them."""
        place, rows, factor = entries(self.system.by_count, counts)
        kept, row = np.unique(rows, return_inverse=True)
        own = np.zeros(len(kept), np.int64)
        np.add.at(own, row, self.values[counts[place]] * factor)
        others = self._sums[kept] - own
        least, greatest = self.system.row_least[kept], self.system.row_greatest[kept]
        return Rest(
            kept,
            np.where(least <= -ENDLESS, -ENDLESS, least - others),
            np.where(greatest >= ENDLESS, ENDLESS, greatest - others),
            row,
            place,
            factor,
        )

    def change(self, counts: Ints, values: Ints) -> None:
        """Put other values for some counts, with which all relations hold."""
        place, rows, factor = entries(self.system.by_count, counts)
        np.add.at(self._sums, rows, (values - self.values[counts])[place] * factor)
        self.values[counts] = values


class Walk:
    """Chooses the parts."""

    def __init__(self, table: Table, surroundings: Surroundings, draw: np.random.Generator) -> None:
        self._table = table
        self._system = table.system
        self._surroundings = surroundings
        self._least = surroundings.least
        self._draw = draw
        self._long_row = np.full(self._system.size, _NONE)
        """A long relation of each count."""
        for row in np.flatnonzero(self._system.is_long).tolist():
            self._long_row[self._system.members(row)] = row

    def parts(self, waiting: Ints, is_narrow: Narrow) -> Iterator[Ints]:
        """Divide some counts, each with what is near it and with partners."""
        is_waiting = np.zeros(self._system.size, dtype=bool)
        is_waiting[waiting] = True
        found = np.zeros(0, np.int64)
        for count in self._draw.permutation(waiting).tolist():
            if is_waiting[count] and is_narrow(np.array([count]))[0]:
                near = self._system.near(np.array([count]), _SIZE)
                found = np.union1d(found, near)
                wanted = near[is_waiting[near]]
                is_waiting[near] = False
                if len(found) >= _SIZE * 3 // 4:
                    yield self._with_partners(found, wanted)
                    found = found[:0]
        if len(found):
            yield found

    def _with_partners(self, counts: Ints, wanted: Ints) -> Ints:
        """Take in what can give to some of the wanted ones by a long relation."""
        needy = wanted[self._long_row[wanted] != _NONE]
        found = [counts]
        for count in self._draw.choice(needy, min(_GIVERS, len(needy)), replace=False):
            row = self._draw.choice(self._system.long_rows(np.array([count])))
            found.append(self._system.near(np.array([self._giver(row)]), _OF_GIVER))
        return np.unique(np.concatenate(found))

    def slices(self, waiting: Ints, is_narrow: Narrow) -> Iterator[Ints]:
        """Take narrow counts of one long relation at a time, and those of it that can give most.

        Of all that hang together with these by short relations, what is in the same few long relations.
        """
        is_done = np.zeros(self._system.size, dtype=bool)
        for count in self._draw.permutation(waiting[self._long_row[waiting] != _NONE]).tolist():
            if is_done[count] or not is_narrow(np.array([count]))[0]:
                continue
            members = self._system.members(self._long_row[count])
            needy = self._draw.permutation(members[is_narrow(members)])[:_NEEDY]
            room = self._table.values[members] - self._least[members]
            order = np.argsort(-room * (0.2 + self._draw.random(len(members))))
            is_done[needy] = is_done[count] = True
            yield self._slice(count, np.concatenate([needy, members[order[:_GIVING]]]))

    def singly(self, waiting: Ints, is_narrow: Narrow) -> Iterator[Ints]:
        """Take each count with what surrounds it and others that wait."""
        waiting = self._draw.permutation(waiting)
        for number, count in enumerate(waiting.tolist()):
            if is_narrow(waiting[number : number + 1])[0]:
                yield self._surroundings.of(count, _SIZE, waiting[number:], self._table.values)

    def _slice(self, count: int, others: Ints) -> Ints:
        """What is near some counts of a long relation and in the long relations of what is close to one."""
        system = self._system
        close = system.spread(np.array([count]), self._draw)
        taken = system.spread(system.spread(close))
        near = system.near(np.union1d(others, count), system.size)
        for _ in range(2):
            rows = np.append(self._long_row[taken], _NONE)
            is_in = np.isin(self._long_row[near], rows)
            taken = system.spread(near[is_in])
        return near[is_in]

    def _giver(self, row: int) -> int:
        """One of the counts of a relation that can become much less than it is."""
        members = self._system.members(row)
        room = self._table.values[members] - self._least[members]
        top = np.argpartition(-room, min(_TOP, len(members) - 1))[:_TOP]
        return int(members[self._draw.choice(top)])
