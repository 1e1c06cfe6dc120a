"""The audit: what an outsider can tell of each hidden count."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from healthtrends.audit.ages import narrowed_by_ages
from healthtrends.audit.counts import Counts
from healthtrends.audit.description import Description, Policy
from healthtrends.audit.exposure import is_exposed
from healthtrends.audit.linear import Relation
from healthtrends.audit.means import beside_statistics
from healthtrends.audit.programs import Block, Program, blocks
from healthtrends.audit.relations import relations
from healthtrends.audit.released import Bounds, Cell, read_tables
from healthtrends.audit.rounded import narrowed_by_statistics, recomputed
from healthtrends.audit.shares import shared
from healthtrends.audit.system import make_system
from healthtrends.audit.ties import Ties
from healthtrends.audit.witnesses import LARGE, Range, Search
from healthtrends.observe import Bar, SilentBar


@dataclass(frozen=True, slots=True)
class Finding:
    """A hidden count of a table, and what is known of it."""

    table: str
    keys: Mapping[str, str]
    bounds: Bounds
    is_exposed: bool
    reasons: Sequence[str] = ()
    """Relations that hold its bounds, where it is exposed."""
    is_decided: bool = True
    """Whether it was proved to be exposed or not to be."""

    @property
    def passes(self) -> bool:
        """Whether it is proved that the count is not exposed."""
        return self.is_decided and not self.is_exposed


_ELSEWHERE = "another row or table shows it"


def audit(
    description: Description,
    files: Mapping[str, bytes],
    more: Callable[[Counts], Iterable[Relation]] = lambda _: (),
    bar: Bar | None = None,
) -> list[Finding]:
    """Judge every hidden count of the files, sorted by table and keys; `more` gives further relations.

    `bar` is told how many counts are decided.

    A count is exposed when all whole numbers that it can have lie in 1 to `hidden_below` - 1 and are fewer
    than these. Where counts are rounded, one that can be told exactly is exposed, too. Raises
    UsageError for files that cannot be read, or that contradict each other.
    """
    with _no_search_for_cycles():
        return _judged(description, files, more, bar or SilentBar())


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Millions of objects are made that stay to the end: the collector would look at all of them in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _judged(
    description: Description,
    files: Mapping[str, bytes],
    more: Callable[[Counts], Iterable[Relation]],
    bar: Bar,
) -> list[Finding]:
    tables = read_tables(description, files)
    counts = Counts(tables, recomputed(description, tables))
    between = [*relations(description, tables, counts), *Ties(description, counts, files).relations()]
    between += [*shared(description, counts, files), *more(counts)]
    beside = [
        *narrowed_by_ages(description, tables, counts),
        *((cell, counts.bounds[cell], words) for cell, words in beside_statistics(description, tables)),
        *narrowed_by_statistics(description, tables),
    ]
    del tables  # of a large date they are a gigabyte, which the programs can use
    asked = {hidden.cell for hidden in counts.hidden}
    known = {
        cell: Range(bounds, is_exposed(bounds, description.policy), (_ELSEWHERE,))
        for cell, bounds in counts.bounds.items()
        if bounds.exact
    }
    bar.set_total(len(asked))
    bar.advance(sum(cell in known for cell in asked))
    unknown = [cell for cell in counts.bounds if cell not in known]
    for block in blocks(between, unknown):
        wanted = [cell for cell in block.cells if cell in asked]
        known |= zip(wanted, _ranges(block, wanted, counts, description.policy, bar), strict=True)
    for cell, bounds, words in beside:
        known[cell] = Range(bounds, is_exposed=True, words=(words,))
    found = [(hidden, known[hidden.cell]) for hidden in counts.hidden]
    return sorted(
        (
            Finding(
                hidden.table, hidden.keys, judged.bounds, judged.is_exposed, judged.words, judged.is_decided
            )
            for hidden, judged in found
        ),
        key=lambda finding: (finding.table, sorted(finding.keys.items())),
    )


def _ranges(
    block: Block, wanted: Sequence[Cell], counts: Counts, policy: Policy, bar: Bar
) -> Iterator[Range]:
    """Judge counts of one block, in their order; of a large one not each is asked for in all of it."""
    if wanted and block.relations and len(block.cells) > LARGE:
        search = Search(make_system(block, counts.bounds), policy, bar.advance)
        yield from search.assess(block.places(wanted))
        return
    program = Program(block, counts.bounds) if wanted and block.relations else None
    for cell in wanted:
        yield _range(program, cell, policy) if program else Range(counts.bounds[cell])
        bar.advance()


def _range(program: Program, cell: Cell, policy: Policy) -> Range:
    bounds, has_gap = program.bounds(cell), False
    if program.is_whole and not is_exposed(bounds, policy):
        return Range(bounds, is_exposed=False)
    if bounds.lower < policy.hidden_below and bounds.upper - bounds.lower < 2 * policy.hidden_below:
        bounds, has_gap = program.whole(cell, bounds, policy.hidden_below)
    is_told = is_exposed(bounds, policy, has_gap=has_gap)
    return Range(bounds, is_told, program.reasons(cell) if is_told else ())
