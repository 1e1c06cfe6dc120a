"""What left the house of each date, and whether a date has to be released; nothing here makes a release.

It loads neither NumPy nor HiGHS, so that a run over dates that were released before does not wait for them.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from healthtrends import clock
from healthtrends.errors import ReleaseOvertaken, ReleaseRefused, UsageError
from healthtrends.model.history import SAME_WEEKDAYS
from healthtrends.orchestrate.dependencies import Dependencies, ReleaseOptions
from healthtrends.orchestrate.issue_reader import never_published, never_released
from healthtrends.page.document import FILE_NAME
from healthtrends.publish.issue_manifest import Issue, ReleaseSource
from healthtrends.publish.issue_store import Issues
from healthtrends.release.rule import find_rule
from healthtrends.storage.layout import ReleaseLayout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.recorder import Recorder

if TYPE_CHECKING:
    from healthtrends.release.disclose import Losses

PAGES = "pages"
"""Folder of the pages, among those of the released reports."""
PAGE = f"{PAGES}/{FILE_NAME}"
REACH: Final = max(SAME_WEEKDAYS)
"""Days before and after a date whose releases tell of the same people, in windows and comparisons."""


@dataclass(frozen=True, slots=True)
class Released:
    """What came of the release of one date."""

    date: dt.date
    action: str
    """released, up to date, or kept: another issue was released before."""
    number: int
    """Of the release."""
    source: ReleaseSource
    losses: "Losses | None" = None
    """Of one that was released now; for the house alone."""


class ReleasedDates:
    """Releases of one root as they stand."""

    def __init__(
        self,
        dependencies: Dependencies,
        issues: Issues,
        log: CommitLog,
        check_beside: Callable[[Issue], None],
    ) -> None:
        """`check_beside` raises ReleaseOvertaken for a release that tells something beside others."""
        self.issues = issues
        self._check_beside = check_beside
        self._pool = dependencies.pool
        self._weeks = dependencies.publish.epi_week
        self._zone = dependencies.settings.source.timezone
        self._log = log
        self.layout = ReleaseLayout(dependencies.layout.root)
        self.store = Issues(
            dependencies.pool,
            self.layout,
            Recorder(log, "releases"),
            check_staged=self._check_staged,
            check_committed=self._check_committed,
        )
        self._judged: dict[dt.date, Mapping[dt.date, int]] = {}
        """By date that is being released, the releases that it is judged with."""

    def issue(self, date: dt.date, options: ReleaseOptions) -> Issue:
        """Give the newest issue of a date. Raises UsageError for a date that is not to be released."""
        issue = self.issues.newest(date)
        if issue is None or issue.is_withdrawal:
            raise never_published(date, has_records=False)
        state = issue.source.state_on(clock.today(self._zone))
        if state == "empty":
            raise UsageError(f"{date} has no records", "its zeros are no counts", "nothing is to be released")
        if state != "final" and not options.force:
            raise UsageError(
                f"{date} is provisional until {issue.source.provisional_until}",
                "more records may come, and two releases side by side tell what came between",
                "wait until it is final; --force releases it now",
            )
        return issue

    def released_before(self, issue: Issue, options: ReleaseOptions) -> Released | None:
        """Put the newest release of a date in place, and return it; None: `issue` has to be released.

        Raises UsageError when the date was released under another threshold, or a rule that rounds in another
        way; ReleaseOvertaken when its newest release was taken back: it was committed, and was not to be put
        in place.
        """
        date = issue.date
        before = self.store.newest(date)
        if before is None or before.source.release is None:
            return None
        self.store.finish(date)
        self.store.restore(date)
        self.store.complete(before)
        said = before.source.release
        rule, known = (find_rule(each.policy, each.hidden_below) for each in (options, said))
        is_same = (known.rounding, known.hidden_below) == (rule.rounding, rule.hidden_below)
        if is_same and said.issue == issue.number:
            return Released(date, "up to date", before.number, said)
        if not options.again:
            return Released(date, "kept", before.number, said)
        if (known.rounding, known.hidden_below) != (rule.rounding, rule.hidden_below):
            raise _other_policy(date, said)
        return None

    def near(self, date: dt.date) -> Mapping[dt.date, int]:
        """Numbers of the newest releases of a date and of those near it, by date."""
        days = [day for day in self.store.dates() if abs((day - date).days) <= REACH]
        found = zip(days, self._pool.map(self.store.numbers, days), strict=True)
        return {day: numbers[-1] for day, numbers in found if numbers}

    def begin(self, date: dt.date) -> None:
        """Remember with which releases a date will be judged: with others none is committed."""
        self._judged[date] = self.near(date)

    def last(self) -> dt.date | None:
        """Newest date of which there is a release that was not taken back; None: there is none."""
        return next((date for date in reversed(self.store.dates()) if self.find(date) is not None), None)

    def find(self, date: dt.date) -> ReleaseSource | None:
        """How the newest release of a date was made; None: there is none, or it was taken back."""
        newest = self.store.newest(date)
        return None if newest is None else newest.source.release

    def newest(self, date: dt.date) -> tuple[Issue, ReleaseSource]:
        """Give the newest release of a date. Raises UsageError without one."""
        newest = self.store.newest(date)
        if newest is None or newest.source.release is None:
            raise never_released(date)
        return newest, newest.source.release

    def page(self, date: dt.date) -> bytes:
        """Read the page of the newest release of a date. Raises UsageError without one, DamageFound."""
        newest, _ = self.newest(date)
        if PAGE not in newest.attachments:
            raise UsageError(
                f"the release of {date} has no page",
                "an earlier version of the program made it",
                f"`healthtrends release {date} --re-release` after a change of the date makes another",
            )
        return self.store.read_attachment(newest, PAGE)

    def exports(self, date: dt.date) -> dict[str, bytes]:
        """Make the newest release of a date in other forms, files by name. Raises UsageError, DamageFound."""
        from healthtrends.publish.released_exports import released_exports  # noqa: PLC0415  PyArrow

        newest, said = self.newest(date)
        return released_exports(newest, said, self.store.read_reports(newest), self._weeks)

    def _check_staged(self, staged: Issue) -> None:
        """Refuse a release that was judged without another one, or whose issue goes."""
        if staged.source.release is None:
            return  # it takes one back
        if self._judged.get(staged.date, {}) != self.near(staged.date):
            raise overtaken(staged.date)
        self._check_kept(staged)

    def _check_committed(self, release: Issue) -> None:
        """Look once more before a release is put in place: others may have been committed with it.

        Of two that commit in the same moment at least one sees the other here. A release whose publisher died
        after its commit is judged again by whoever puts it in place.
        """
        judged = self._judged.get(release.date)
        is_alone = judged is not None and self.near(release.date) == {**judged, release.date: release.number}
        if release.source.release is not None and not is_alone:
            self._check_beside(release)

    def _check_kept(self, staged: Issue) -> None:
        """Refuse a release whose issue a later one has replaced meanwhile, when retention takes it.

        Whoever retires after this look sees the staged release, and leaves the issue.
        """
        said, date = staged.source.release, staged.date
        self._log.read_state(since=self._log.newest_seen)
        newest = self.issues.newest(date)
        if said is not None and newest is not None and said.issue <= newest.dropped:
            raise ReleaseRefused(
                f"issue {said.issue} of {date} was replaced while its release was made",
                f"issue {newest.number} was published meanwhile, and retention does not keep the one before",
                f"`healthtrends release {date}` again releases the newest; nothing left the house",
                (),
            )


def overtaken(date: dt.date) -> ReleaseOvertaken:
    """The error of a release beside which others were made."""
    return ReleaseOvertaken(
        f"the release of {date} was not written: others were made meanwhile",
        f"dates within {REACH} days tell of the same people, so each release is judged with all before it",
        f"`healthtrends release {date}` again judges it with them; nothing left the house",
        (),
    )


def _other_policy(date: dt.date, said: ReleaseSource) -> UsageError:
    return UsageError(
        f"{date} was released under the policy {said.policy} (counts below {said.hidden_below} hidden)",
        "two thresholds or ways of rounding of one date tell more together than either: what one hides "
        "beside a small count shows in the other",
        f"release it under {said.policy} again",
    )
