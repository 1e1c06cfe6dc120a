"""Deletes the issues of a date, and the copies of their reports, that retention or an erasure takes.

What a kept issue holds of an earlier one stays, and so does an issue that a release was made of, unless it
tells of somebody who was erased.
"""

from collections.abc import Callable

from healthtrends.errors import DamageFound
from healthtrends.observe import debug_event
from healthtrends.publish.copies import holders
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.released_issues import ReleasedIssues
from healthtrends.storage.layout import ISSUE_DIGITS, Layout
from healthtrends.storage.store_pool import StorePool


class Retirement:
    """Deletion of issues under one root."""

    def __init__(self, pool: StorePool, layout: Layout, released: ReleasedIssues) -> None:
        self._pool = pool
        self._layout = layout
        self._released = released

    def retire(self, newest: Issue, numbers: list[int], get: Callable[[int], Issue], erased: int) -> None:
        """Delete what the newest issue says is not kept; `numbers` are of all that are there.

        Issues up to `erased` go though a release names them.
        """
        if not newest.dropped:
            return
        date = newest.date
        try:
            named = {number for number in self._released.numbers(date) if number > max(erased, newest.erased)}
        except DamageFound as damage:
            # `verify` tells of it; which issues it names is not known, so none is deleted.
            debug_event("publish.not_retired", date=str(date), error=type(damage).__name__)
            return
        kept = [get(number) for number in numbers if number > newest.dropped or number in named]
        needed = named | {number for issue in kept for number in holders(issue)}
        folder = self._layout.issue_copies(date)
        copies = {entry.name: int(entry.name[:ISSUE_DIGITS]) for entry in self._pool.store.list(folder)}
        gone = [
            f"{folder}/{name}"
            for name, number in copies.items()
            if number <= newest.dropped and number not in needed
        ]
        old = [number for number in numbers if number <= newest.retired and number not in needed]
        self._pool.delete_all([*gone, *(self._layout.issue(date, number) for number in old)])
