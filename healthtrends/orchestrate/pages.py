"""Pages of issues and their index: data gathered for the page stage, the files put where people open them.

A page is one more file of its issue, so it is there together with the reports or not at all. The index tells
of all dates and belongs to none; it is written anew at the end of a run. A local folder, when there is one,
has both again with the same links between them.
"""

import datetime as dt
import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from healthtrends.analyze.figures import DayFigures
from healthtrends.errors import UsageError
from healthtrends.model.history import History
from healthtrends.model.report import REPORTS
from healthtrends.observe import event
from healthtrends.orchestrate.history import Known, series
from healthtrends.page.data import DayPage, IndexedDate, IndexPage, Made, ReportFile, parse_table
from healthtrends.page.dates import DATES_NAME, render_dates
from healthtrends.page.document import FILE_NAME, day_address
from healthtrends.page.index import render_index
from healthtrends.page.render import render_day
from healthtrends.page.words import Words
from healthtrends.publish.install import CSV_NAME
from healthtrends.publish.issue import Issues
from healthtrends.publish.issued import Issue
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.parallel import SideBySide
from healthtrends.storage.ports import FileStore
from healthtrends.storage.state import State

FOLDER = "page"
ATTACHMENT = f"{FOLDER}/{FILE_NAME}"
PAGE_DAYS = 60
INDEX_DAYS = 366


@dataclass(frozen=True, slots=True)
class Pressroom:
    """What pages are made with."""

    words: Words
    library: Callable[[], str]
    """Gives the JavaScript that draws the charts; slow when it is called for the first time on a machine."""
    local: SideBySide | None
    """The folder that gets a copy of every page; None: none does."""
    folder: Path | None = None
    """Where it is on this machine."""


class Pages:
    """Pages of one run, at one state of the log."""

    def __init__(self, state: State, cubes: Cubes, layout: Layout, room: Pressroom) -> None:
        self._state = state
        self._cubes = cubes
        self._layout = layout
        self._room = room
        self._known: Known = {}

    def know(self, date: dt.date, figures: DayFigures) -> None:
        """Take a date's counts from here, not from its cube: that may still be on the way."""
        self._known[date] = figures.visits, {row.diagnosis: row.patients for row in figures.diagnoses}

    def attach(self, issue: Issue, reports: Mapping[str, bytes]) -> dict[str, bytes]:
        """Make the page of an issue, as an attachment."""
        page = DayPage(
            date=issue.date,
            made=_made(issue),
            reports={
                name: ReportFile(
                    table=parse_table(reports[name]),
                    sha256=issue.reports[name].sha256,
                    place=f"{self._layout.report(name, issue.date)}/{CSV_NAME}",
                )
                for name in sorted(reports, key=_place)
            },
            history=self._history(issue.date, PAGE_DAYS),
            complete_until=_complete_until(issue),
            open_days=_open_days(issue),
        )
        return {ATTACHMENT: render_day(page, self._room.words, self._room.library())}

    def copy(self, issues: Issues, issue: Issue) -> None:
        """Bring the local folder's page of the date to this issue's; a folder that refuses is told of."""
        described = issue.attachments.get(ATTACHMENT)
        local, path = self._room.local, f"/{day_address(issue.date)}"
        if local is None or described is None or _digest(local.store, path) == described.sha256:
            return
        self._keep(local, path, issues.read_attachment(issue, ATTACHMENT))

    def write_index(self, dates: Sequence[IndexedDate], newest: dt.datetime | None) -> None:
        """Write the index of `dates`, oldest first, unless it says all this already. Raises HdfsUnavailable.

        `newest` is when the newest issue was published.
        """
        span = (dates[-1].date - dates[0].date).days + 1
        history = self._history(dates[-1].date, min(span, INDEX_DAYS))
        content = render_index(IndexPage(dates=dates, history=history, newest=newest), self._room.words)
        pages = {entry.date: (entry.issue, entry.state) for entry in dates if entry.issue and entry.has_page}
        self._put(DATES_NAME, render_dates(pages))
        self._put(FILE_NAME, content)

    def _put(self, name: str, content: bytes) -> None:
        """Bring a file that belongs to no date to this content, in both places."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._layout.page_index(name)
        if _digest(self._cubes.calls.store, path) != digest:
            _replace(self._cubes.calls, path, content)
        local = self._room.local
        if local is not None and _digest(local.store, f"/{name}") != digest:
            self._keep(local, f"/{name}", content)

    def _keep(self, local: SideBySide, path: str, content: bytes) -> None:
        try:
            _replace(local, path, content)
        except OSError as error:
            event("pages.not_copied", path=path, error=error.strerror or type(error).__name__)

    def _history(self, last: dt.date, days: int) -> History:
        """Days up to `last`; those before the first record of all are left out, for no feed was expected."""
        return _trimmed(series(self._state, self._cubes, last, days, self._known))


def page_file(issues: Issues, issue: Issue, room: Pressroom) -> Path:
    """A file of this machine with an issue's page: the local folder's, or a new one. Raises UsageError."""
    described = issue.attachments.get(ATTACHMENT)
    if described is None:
        raise UsageError(
            f"issue {issue.number} of {issue.date} has no page",
            f"it was published by version {issue.program_version}, which made none",
            f"`healthtrends run {issue.date} --reprocess all` publishes an issue with one",
        )
    address = day_address(issue.date)
    if room.local and room.folder and _digest(room.local.store, f"/{address}") == described.sha256:
        return room.folder / address
    folder = Path(tempfile.mkdtemp(prefix="healthtrends-"))
    path = folder / f"date={issue.date}" / f"{issue.date}-issue-{issue.number}.html"
    path.parent.mkdir()
    path.write_bytes(issues.read_attachment(issue, ATTACHMENT))
    newest = issues.newest(issue.date) or issue
    (folder / DATES_NAME).write_bytes(render_dates({issue.date: (newest.number, newest.source.state)}))
    return path


def _made(issue: Issue) -> Made:
    source = issue.source
    return Made(
        issue=issue.number,
        seq=source.seq,
        state=source.state,
        published_at=issue.moment.astimezone(dt.UTC),
        provisional_until=provisional_until(issue),
        engine=source.engine,
        engine_version=source.engine_version,
        program_version=issue.program_version,
        run_id=source.run_id,
        reason=source.reason,
        input_records=source.input_records,
        input_files=len(source.inputs),
    )


def _complete_until(issue: Issue) -> dt.date:
    """Last date that is final on the day of publication, by the rule that this date's own state follows."""
    return issue.moment.date() - dt.timedelta(days=_open_days(issue) + 1)


def _open_days(issue: Issue) -> int:
    source = issue.source
    return (source.provisional_until - source.date).days if source.provisional_until else 0


def provisional_until(issue: Issue) -> dt.date | None:
    """Last day of an issue's provisional state; None: it is final, or waits for a transaction to end."""
    source = issue.source
    return source.provisional_until if source.state == "provisional" and not source.hidden else None


def _trimmed(history: History) -> History:
    first = next((place for place, state in enumerate(history.states) if state != "none"), 0)
    return History(
        history.dates[first:],
        history.states[first:],
        history.visits[first:],
        {code: counts[first:] for code, counts in history.patients.items()},
    )


def _place(report: str) -> int:
    """The order of the contract, unknown ones last."""
    return REPORTS.index(report) if report in REPORTS else len(REPORTS)


def _digest(store: FileStore, path: str) -> str | None:
    """SHA-256 of a file; None when it cannot be read."""
    try:
        return hashlib.sha256(store.read(path)).hexdigest()
    except OSError:
        return None


def _replace(calls: SideBySide, path: str, content: bytes) -> None:
    """Put a file in place of another, at once."""
    aside = f"{path}.{new_nonce()}.aside"
    calls.write(aside, content)
    calls.store.rename(aside, path, replace=True)
