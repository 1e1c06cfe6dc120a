"""`upgrade`: bring the root of an earlier version to this program's format.

So far no format asks for a change of what is stored: each allows what older programs do not read. So the
format alone is put on record, whole or not at all, and whoever is killed repeats the command.
"""

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


_STEPS = (
    _Step(2, "{root}/_ht/format.json, the format of the root; nothing else changes"),
    _Step(
        3,
        "{root}/_ht/format.json says 3: merged files and issues that come from then on name files that "
        "follow each other as one range. What is stored stays as it is. Stop older programs before: "
        "they refuse the root, and those that run refuse the first such commit",
    ),
)


def upgrade_root(store: FileStore, layout: Layout, *, dry_run: bool) -> UpgradeResult:
    """Make the changes that are needed, or with `dry_run` only name them. Raises RootRefused."""
    found = root_format(store, layout)
    steps = [step for step in _STEPS if found is not None and found < step.to]
    if steps and not dry_run:
        write_format(store, layout, replace=True)
    return UpgradeResult(found, FORMAT, tuple(step.change.format(root=layout.root) for step in steps))
