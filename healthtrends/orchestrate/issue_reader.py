"""Reads published issues: the newest of a date, an earlier one, and how two of them differ."""

import datetime as dt
from collections.abc import Callable, Iterator

from healthtrends.errors import UsageError
from healthtrends.publish.diff import Difference, differences
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.report import Report


class IssueReader:
    """Reads issues; never the folders under `reports/`, which may be between two of them."""

    def __init__(self, issues: Issues, has_records: Callable[[dt.date], bool]) -> None:
        """`has_records` is asked about dates without issues: a run makes an issue only of records."""
        self._issues = issues
        self._has_records = has_records

    def dates(self) -> list[dt.date]:
        """Dates that anything was ever published of, sorted."""
        return self._issues.dates()

    def find_newest(self, first: dt.date, last: dt.date, as_of: dt.datetime | None = None) -> list[Issue]:
        """Find the issue of each date of a range that has one, both ends included, oldest date first.

        A date whose reports were taken back has none.
        """
        dates = [date for date in self.dates() if first <= date <= last]
        return [issue for issue in self._issues.find_newest(dates, as_of) if not issue.is_withdrawal]

    def all(self, date: dt.date) -> list[Issue]:
        """List the issues of a date, oldest first. Raises UsageError when there is none."""
        found = self._issues.all(date)
        if not found:
            raise self._nothing(date)
        return found

    def kept(self, date: dt.date) -> list[Issue]:
        """List the issues of a date as `all`, and before them those that only a release keeps."""
        found = self._issues.kept(date)
        if not found:
            raise self._nothing(date)
        return found

    def issue(self, date: dt.date, number: int | None = None, as_of: dt.datetime | None = None) -> Issue:
        """Find issue `number`; else the newest, or the newest published up to `as_of`. Raises UsageError."""
        if number is not None:
            found = self._issues.get(date, number)
        elif as_of is not None:
            found = self._find_as_of(date, as_of)
        else:
            newest = self._issues.newest(date)
            if newest is None:
                raise self._nothing(date)
            found = newest
        if found.is_withdrawal:
            raise _withdrawn(found)
        return found

    def read(self, issue: Issue, report: str) -> Report:
        """Read one report of an issue. Raises UsageError, DamageFound."""
        return self._issues.read(issue, report)

    def diff(self, date: dt.date, report: str, numbers: tuple[int, int]) -> Iterator[Difference]:
        """Compare a report of two issues: the rows that differ, from the first named to the second."""
        before, after = (self.read(self.issue(date, number), report) for number in numbers)
        return differences(before, after)

    def _nothing(self, date: dt.date) -> UsageError:
        return never_published(date, has_records=self._has_records(date))

    def _find_as_of(self, date: dt.date, as_of: dt.datetime) -> Issue:
        found = self.all(date)
        published = [issue for issue in found if issue.moment <= as_of]
        if not published:
            raise UsageError(
                f"nothing was published for {date} up to {as_of.isoformat()}",
                f"issue 1 is of {found[0].published_at}",
                f"`healthtrends report {date} --issues` lists all",
            )
        return published[-1]


class ReleaseReader(IssueReader):
    """Reads releases, which are issues of their own."""

    def __init__(self, releases: Issues) -> None:
        super().__init__(releases, lambda _: False)

    def issue(self, date: dt.date, number: int | None = None, as_of: dt.datetime | None = None) -> Issue:
        """Find a release as `IssueReader.issue` does. Raises UsageError."""
        if number is not None and number not in (numbers := self._issues.numbers(date)):
            if not numbers:
                raise never_released(date)
            raise UsageError(f"there is no release {number} of {date}", f"its newest is {numbers[-1]}", "")
        return super().issue(date, number, as_of)

    def _nothing(self, date: dt.date) -> UsageError:
        return never_released(date)


def never_released(date: dt.date) -> UsageError:
    """The error for a date without any release."""
    return UsageError(f"there is no release of {date}", "", f"`healthtrends release {date}` makes one")


def _withdrawn(issue: Issue) -> UsageError:
    return UsageError(
        f"the reports of {issue.date} were taken back on {issue.published_at[:10]}",
        f"issue {issue.number} of this date says so",
        f"`healthtrends report {issue.date} --issues` lists what was published before; "
        f"`healthtrends run {issue.date}` publishes it again",
    )


def never_published(date: dt.date, *, has_records: bool) -> UsageError:
    """The error for a date without any issue."""
    make = f"`healthtrends run {date}` publishes it"
    look = "`healthtrends status --all` lists the dates that have records or reports"
    return UsageError(
        f"there is no issue of {date}",
        f"nothing was published for this date{'' if has_records else ', and no record is stored of it'}",
        make if has_records else look,
    )
