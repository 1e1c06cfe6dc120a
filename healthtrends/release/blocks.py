"""Hidden counts in blocks: those that hang together in one, many small groups of them too.

One program of a block says of hundreds of counts at once what they can be.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from healthtrends.release.constraint_table import ConstraintTable, Mask, Whole

_SIZE: Final = 1_000
"""Counts of a block that is made of several groups, at most."""
_MOST: Final = 10_000
"""Counts of a group that is not divided, at most."""


def find_blocks(table: ConstraintTable, is_open: Mask, is_used: Mask, is_wanted: Mask) -> Iterator[Whole]:
    """Give the open counts of each group with a wanted one; counts hang together by constraints in use."""
    counts, used = len(is_open), is_used[table.numbers] & is_open[table.places]
    nodes = counts + len(is_used)
    ends = table.places[used], counts + table.numbers[used]
    graph = csr_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(nodes, nodes))
    _, groups = connected_components(graph, directed=False)
    has_wanted = np.zeros(groups.max(initial=0) + 1, dtype=bool)
    has_wanted[groups[:counts][is_wanted]] = True
    places = np.flatnonzero(is_open & has_wanted[groups[:counts]])
    places = places[np.argsort(groups[places], kind="stable")]
    firsts = np.flatnonzero(np.diff(groups[places], prepend=-1))
    waiting: list[Whole] = []
    for group in np.split(places, firsts[1:]):
        if len(group) > _MOST:
            yield from _divided(graph, group)
            continue
        if sum(map(len, waiting)) + len(group) > _SIZE and waiting:
            yield np.concatenate(waiting)
            waiting = []
        waiting.append(group)
    if waiting:
        yield np.concatenate(waiting)


def _divided(graph: "csr_array[np.int8]", group: Whole) -> Iterator[Whole]:
    """Parts of a group of which each lies near together."""
    order = breadth_first_order(graph, group[0], directed=False, return_predecessors=False)
    order = order[np.isin(order, group)]
    yield from (order[first : first + _SIZE] for first in range(0, len(order), _SIZE))
