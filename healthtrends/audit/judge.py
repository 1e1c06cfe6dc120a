"""The audit: what an outsider can tell of each hidden count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from healthtrends.audit.counts import Counts
from healthtrends.audit.description import Description, Policy
from healthtrends.audit.programs import Program, blocks
from healthtrends.audit.relations import relations
from healthtrends.audit.released import Bounds, Cell, read_tables


@dataclass(frozen=True, slots=True)
class Finding:
    """A hidden count of a table, and what is known of it."""

    table: str
    keys: Mapping[str, str]
    bounds: Bounds
    is_exposed: bool
    reasons: Sequence[str] = ()
    """Relations that hold its bounds, where it is exposed."""


_ELSEWHERE = "another row or table shows it"


@dataclass(frozen=True, slots=True)
class _Known:
    bounds: Bounds
    is_exposed: bool
    reasons: Sequence[str] = ()


def audit(description: Description, files: Mapping[str, bytes]) -> list[Finding]:
    """Judge every hidden count of the files, sorted by table and keys.

    A count is exposed when all whole numbers that it can have lie in 1 to `hidden_below` - 1 and are fewer
    than these. Raises UsageError for files that cannot be read, or that contradict each other.
    """
    tables = read_tables(description, files)
    counts = Counts(tables)
    between = relations(description, tables, counts)
    asked = {hidden.cell for hidden in counts.hidden}
    known = {
        cell: _Known(bounds, _is_exposed(bounds, description.policy), (_ELSEWHERE,))
        for cell, bounds in counts.bounds.items()
        if bounds.exact
    }
    unknown = [cell for cell in counts.bounds if cell not in known]
    for block in blocks(between, unknown):
        wanted = [cell for cell in block.cells if cell in asked]
        if not block.relations:
            known |= {cell: _Known(counts.bounds[cell], is_exposed=False) for cell in wanted}
        elif wanted:
            program = Program(block, counts.bounds)
            known |= {cell: _range(program, cell, description.policy) for cell in wanted}
    found = [(hidden, known[hidden.cell]) for hidden in counts.hidden]
    return sorted(
        (
            Finding(hidden.table, hidden.keys, judged.bounds, judged.is_exposed, judged.reasons)
            for hidden, judged in found
        ),
        key=lambda finding: (finding.table, sorted(finding.keys.items())),
    )


def _range(program: Program, cell: Cell, policy: Policy) -> _Known:
    bounds, has_gap = program.bounds(cell), False
    if bounds.lower < policy.hidden_below and bounds.upper - bounds.lower < 2 * policy.hidden_below:
        bounds, has_gap = program.whole(cell, bounds, policy.hidden_below)
    is_exposed = _is_exposed(bounds, policy, has_gap=has_gap)
    return _Known(bounds, is_exposed, program.reasons(cell) if is_exposed else ())


def _is_exposed(bounds: Bounds, policy: Policy, *, has_gap: bool = False) -> bool:
    greatest = policy.hidden_below - 1
    is_small = bounds.lower >= 1 and bounds.upper <= greatest
    return is_small and (has_gap or bounds.upper - bounds.lower + 1 < greatest)
