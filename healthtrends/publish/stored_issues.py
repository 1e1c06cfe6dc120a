"""Issues as they are stored: which there are of a date, what they say, and whether it is in place."""

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from healthtrends.errors import DamageFound, UsageError
from healthtrends.publish.copies import Copies, dropped
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.register import Register
from healthtrends.publish.released_issues import ReleasedIssues
from healthtrends.publish.report_folders import Installer
from healthtrends.reports.registry import decode_reports
from healthtrends.reports.report import Report
from healthtrends.storage.layout import ISSUE_DIGITS, Layout
from healthtrends.storage.manifest import digest
from healthtrends.storage.recorder import Recorder
from healthtrends.storage.store_pool import StorePool

DAY = "date="
"""How the name of a date's folder begins."""
_ISSUE = msgspec.json.Decoder(Issue)


class StoredIssues:
    """Reads all issues under one root."""

    def __init__(self, pool: StorePool, layout: Layout, recorder: Recorder | None = None) -> None:
        """Without a `recorder` nothing goes on record in the log; who only reads needs none."""
        self.register = Register(pool, recorder)
        self.released = ReleasedIssues(pool, layout)
        self.layout = layout
        self._pool = pool
        self._store = pool.store
        self._copies = Copies(pool, layout)
        self._installer = Installer(pool, layout, self._copies)

    def dates(self) -> list[dt.date]:
        """Dates that anything was ever published of, sorted."""
        names = (entry.name for entry in self._store.list(self.layout.issued_dates))
        days = (name.removeprefix(DAY) for name in names if name.startswith(DAY))
        return sorted(map(dt.date.fromisoformat, days))

    def strays(self) -> list[str]:
        """Paths of what lies among the folders of dates and is none."""
        folder = self.layout.issued_dates
        names = (entry.name for entry in self._store.list(folder))
        return [f"{folder}/{name}" for name in names if not name.startswith(DAY)]

    def newest(self, date: dt.date) -> Issue | None:
        """Return the newest issue of a date; None when nothing was ever published."""
        numbers = self.numbers(date)
        return self.get(date, numbers[-1]) if numbers else None

    def numbers(self, date: dt.date) -> list[int]:
        """Numbers of all issues of a date, sorted."""
        names = [entry.name for entry in self._store.list(self.layout.issues(date))]
        return sorted(int(name[:ISSUE_DIGITS]) for name in names if name.endswith(".json"))

    def all(self, date: dt.date) -> list[Issue]:
        """Every issue of a date since the last that retention took, oldest first: a row without a gap."""
        found = self._stored(date)
        return [issue for issue in found if issue.number > found[-1].retired]

    def kept(self, date: dt.date) -> list[Issue]:
        """The same, and before them those that retention left because a release was made of them."""
        found = self._stored(date)
        named = self.released.numbers(date) if found and found[-1].retired else ()
        return [issue for issue in found if issue.number > found[-1].retired or issue.number in named]

    def _stored(self, date: dt.date) -> list[Issue]:
        return list(self._pool.map(lambda number: self.get(date, number), self.numbers(date)))

    def find_newest(self, dates: Sequence[dt.date], as_of: dt.datetime | None = None) -> list[Issue]:
        """Return the newest issue of each date, or the newest published up to `as_of`, side by side.

        A date without any is left out; a withdrawal is an issue.
        """

        def find(date: dt.date) -> Issue | None:
            if as_of is None:
                return self.newest(date)
            return next((issue for issue in reversed(self.all(date)) if issue.moment <= as_of), None)

        return [issue for issue in self._pool.map(find, dates) if issue is not None]

    def get(self, date: dt.date, number: int) -> Issue:
        """Return one issue. Raises UsageError when there is none of that number."""
        return self.get_stored(date, number)[0]

    def get_stored(self, date: dt.date, number: int) -> tuple[Issue, str]:
        """Return one issue and the SHA-256 of its manifest. Raises as `get`."""
        path = self.layout.issue(date, number)
        try:
            content = self._store.read(path)
            return self._with_retention(_ISSUE.decode(content)), digest(content)
        except FileNotFoundError:
            numbers = self.numbers(date)
            raise UsageError(
                f"there is no issue {number} of {date}",
                f"its newest issue is {numbers[-1]}" if numbers else "nothing was published for this date",
                f"`healthtrends report {date} --issues` lists all"
                if numbers
                else f"`healthtrends run {date}` publishes it",
            ) from None
        except msgspec.DecodeError as error:
            raise DamageFound(f"{path} cannot be read", str(error), "restore it from a backup") from error

    def _with_retention(self, issue: Issue) -> Issue:
        """The issue, with what the log says of those before it, which retention may have deleted since."""
        retired, dropped = self.register.retired(issue.date)
        return msgspec.structs.replace(
            issue, retired=max(retired, issue.retired), dropped=max(dropped, issue.dropped)
        )

    def read(self, issue: Issue, report: str) -> Report:
        """Return one report as it was published. Raises UsageError, DamageFound."""
        return self.read_reports(issue, [report])[report]

    def read_reports(self, issue: Issue, names: Sequence[str] | None = None) -> dict[str, Report]:
        """Return some reports, or all, by name. Raises UsageError, DamageFound."""
        wanted = list(issue.reports) if names is None else names
        for name in wanted:
            if name not in issue.reports:
                raise UsageError(
                    f"there is no report {name!r}", f"there are {', '.join(issue.reports)}", "check --name"
                )
        found = self._read(issue, [f"{name}.csv" for name in wanted])
        return decode_reports({name: found[f"{name}.csv"] for name in wanted}, is_fed=issue.source.fed)

    def read_attachment(self, issue: Issue, path: str) -> bytes:
        """Return an attachment, `folder/name`, as it was published. Raises KeyError, DamageFound."""
        if path not in issue.attachments:
            raise KeyError(path)
        return self._read(issue, [path])[path]

    def _read(self, issue: Issue, names: Sequence[str]) -> dict[str, bytes]:
        try:
            return self._copies.read(issue, names, self._by_number(issue))
        except DamageFound:
            newest = self.newest(issue.date)
            if newest is not None and issue.number <= newest.dropped:
                raise dropped(issue) from None
            raise

    def _by_number(self, issue: Issue) -> Callable[[int], Issue]:
        return lambda number: issue if number == issue.number else self.get(issue.date, number)

    def damaged_copies(self, issue: Issue) -> list[str]:
        """What is wrong with the issue's own immutable copy, one sentence a file."""
        return self._copies.faults(issue)

    def wrong_files(self, issue: Issue) -> list[tuple[str, str]]:
        """Published files that are not those of the issue, with what is wrong. Raises DamageFound."""
        return self._installer.wrong_files(issue, self._by_number(issue))

    def placed(self, issue: Issue) -> list[str]:
        """Paths of all that is in place of an issue."""
        return self._installer.placed(issue)

    def is_waiting(self, issue: Issue) -> bool:
        """Whether the issue is not, or not wholly, in place."""
        return self._installer.is_waiting(issue)
