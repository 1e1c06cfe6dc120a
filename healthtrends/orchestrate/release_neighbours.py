"""Releases of other dates, which a release is judged with: those whose windows overlap, and days before."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Final

from healthtrends.audit.judge import Finding
from healthtrends.audit.over_time_description import describe_over_time
from healthtrends.audit.own_reports import audit_over_time
from healthtrends.errors import UsageError
from healthtrends.orchestrate.released_dates import REACH
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.release.rule import Rule, find_rule
from healthtrends.storage.store_pool import StorePool

_AT_ONCE: Final = 8
Files = Mapping[str, bytes]
"""CSV by report."""


class Neighbours:
    """Releases under one root; what was read once is kept, since releases of a range have many in common."""

    def __init__(self, pool: StorePool, store: Issues) -> None:
        self._pool = pool
        self._store = store
        self._read: dict[tuple[dt.date, int, tuple[str, ...]], Files] = {}

    def audit(
        self, date: dt.date, files: Files, rule: Rule, moment: dt.datetime | None = None
    ) -> list[Finding]:
        """Judge a release with those of other dates; `moment` is when it was, None: now."""
        near = self._near(date, REACH)
        wanted = [name.removesuffix(".csv") for name in describe_over_time().windows.files]
        found = self._pool.stream(partial(self._files, None, wanted), near, _AT_ONCE)
        others = {day: each for day, each in zip(near, found, strict=True) if each is not None}
        compared = {each.of.table.removesuffix(".csv") for each in describe_over_time().comparisons}
        before = partial(self._files, moment, sorted(compared))
        return audit_over_time(date, files, others, before, rule.hidden_below, rule.name)

    def check_rule(self, date: dt.date, rule: Rule) -> None:
        """Raise UsageError where dates near one were released under another rule.

        Weeks and days, and days that are compared, are judged together under one rule only: a small count
        of one is told by what shows of another.
        """
        for day in self._near(date, REACH):
            release = self._release(day, None)
            said = release.source.release if release is not None else None
            if said is None:
                continue
            known = find_rule(said.policy, said.hidden_below)
            if (known.rounding, known.hidden_below) != (rule.rounding, rule.hidden_below):
                raise UsageError(
                    f"{date} cannot be released under {_in_words(rule)}: {day} was released under "
                    f"{_in_words(known)}",
                    f"dates within {REACH} days tell of the same people, and are judged under one rule only",
                    f"use the rule of {day}, or begin with the new one {REACH} days after the last release",
                )

    def _near(self, date: dt.date, days: int) -> list[dt.date]:
        return [day for day in self._store.dates() if 0 < abs((day - date).days) <= days]

    def _files(self, moment: dt.datetime | None, names: list[str], date: dt.date) -> Files | None:
        """Some reports of the newest release of a date, or of the one that stood at a time."""
        release = self._release(date, moment)
        if release is None or release.is_withdrawal:
            return None
        known = tuple(name for name in names if name in release.reports)
        key = (date, release.number, known)
        if key not in self._read:
            reports = self._store.read_reports(release, known)
            self._read[key] = {name: report.csv() for name, report in reports.items()}
        return self._read[key]

    def _release(self, date: dt.date, moment: dt.datetime | None) -> Issue | None:
        numbers = reversed(self._store.numbers(date))
        found = (self._store.get(date, number) for number in numbers)
        return next((each for each in found if moment is None or each.moment <= moment), None)


def _in_words(rule: Rule) -> str:
    return f"{rule.name} (counts below {rule.hidden_below} hidden)"
