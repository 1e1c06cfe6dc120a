"""`upgrade`: bring the root of an earlier version to this program's format, step by step.

Each step may be repeated, and the format is put on record last. So whoever is killed repeats the command, and
a root is never called newer than it is.
"""

from collections.abc import Callable
from typing import NamedTuple

from healthtrends.storage.layout import Layout
from healthtrends.storage.ports import FileStore
from healthtrends.storage.root_format import FORMAT, root_format, write_format


class UpgradeResult(NamedTuple):
    """What an upgrade did, or would do."""

    found: int | None
    """Format before; None: there is no root."""
    wanted: int
    changes: tuple[str, ...]
    """What is written, in words; empty: nothing."""


class _Step(NamedTuple):
    to: int
    """Format that the step leads to."""
    change: str
    apply: Callable[[FileStore, Layout], None]


_STEPS = (_Step(2, "{root}/_ht/format.json, the format of the root; nothing else changes", write_format),)


def upgrade_root(store: FileStore, layout: Layout, *, dry_run: bool) -> UpgradeResult:
    """Make the changes that are needed, or with `dry_run` only name them. Raises RootRefused."""
    found = root_format(store, layout)
    steps = [step for step in _STEPS if found is not None and found < step.to]
    if not dry_run:
        for step in steps:
            step.apply(store, layout)
    return UpgradeResult(found, FORMAT, tuple(step.change.format(root=layout.root) for step in steps))
