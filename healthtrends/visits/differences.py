"""What new facts change: the records of all visits they touch, before and after them."""

from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.observe import Bar
from healthtrends.storage.staged_file import StagedFile
from healthtrends.visits.fact_reader import FactReader, Touched
from healthtrends.visits.merges import Merges, fold_merges
from healthtrends.visits.workspace import AFTER, BEFORE, Workspace


@dataclass(frozen=True, slots=True)
class _MergeViews:
    before: Merges
    after: Merges


def fill(
    workspace: Workspace, reader: FactReader, known: Sequence[StagedFile], new: Sequence[StagedFile], bar: Bar
) -> Merges:
    """Put into `workspace` what the new fact files change; without `known` ones everything is new.

    Returns the merges that count now. Raises DamageFound.
    """
    fresh = reader.merges(new)
    if not known:
        merges = fold_merges(fresh)
        _add_all(workspace, reader, new, merges, bar)
        workspace.resolve(AFTER, merges)
        return merges
    stored = reader.merges(known)
    views = _MergeViews(fold_merges(stored), fold_merges([*stored, *fresh]))
    touched = Touched()
    for keys, _ in reader.keys(new):
        touched.add(keys)
    touched.add_changed(views.before, views.after)
    _grow(touched, reader, known, views)
    for keys, line in reader.keys(known):
        if touched.match(keys)[0]:
            fact = reader.fact(line)
            workspace.add(fact, line, BEFORE, views.before)
            workspace.add(fact, line, AFTER, views.after)
    _add_all(workspace, reader, new, views.after, bar)
    workspace.resolve(BEFORE, views.before)
    workspace.resolve(AFTER, views.after)
    return views.after


def _grow(touched: Touched, reader: FactReader, known: Sequence[StagedFile], views: _MergeViews) -> None:
    """Find all visits and persons that hang together with the new facts."""
    has_grown = True
    while has_grown:
        has_grown = touched.add_merged((views.before, views.after))
        for keys, _ in reader.keys(known):
            has_grown |= touched.match(keys)[1]


def _add_all(
    workspace: Workspace, reader: FactReader, files: Sequence[StagedFile], merges: Merges, bar: Bar
) -> None:
    for fact, line in reader.facts(files):
        workspace.add(fact, line, AFTER, merges)
        bar.advance()
