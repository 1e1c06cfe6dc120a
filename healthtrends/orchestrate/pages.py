"""Pages of issues and their index: data gathered for the page stage, the files put where people open them.

A page is made from an issue at any time, so the root holds none. A folder of this machine has the page of the
newest issue of each date, and the index of them; see `pagefolder`. The page of an earlier issue is made when
somebody asks for it: its reports are those of the issue, its curves are what is known today.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from healthtrends import __version__, clock
from healthtrends.detect.registry import detect
from healthtrends.errors import DamageFound
from healthtrends.model.annotation import said_of_days
from healthtrends.model.comparison import LEAST, Least
from healthtrends.model.epi_week import WeekSystem
from healthtrends.observe import event, progress
from healthtrends.orchestrate.page_alarms import page_alarms
from healthtrends.orchestrate.page_folder import PageFolder, open_folder, open_index, root_folders
from healthtrends.orchestrate.views import Views
from healthtrends.page import templating
from healthtrends.page.data import DayPage, IndexedDate, IndexPage, PageProvenance, ReportFile, table_of
from healthtrends.page.dates import DATES_NAME, render_dates
from healthtrends.page.document import DAY, FILE_NAME, PageLocation, day_address
from healthtrends.page.index import render_index
from healthtrends.page.render import render_day
from healthtrends.page.roots import render_roots
from healthtrends.page.shared import shared_files
from healthtrends.page.translations import Translations
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.publish.report_folders import CSV_NAME
from healthtrends.reports.registry import schemas
from healthtrends.reports.report import Report
from healthtrends.storage.layout import Layout
from healthtrends.storage.root_id import ensure_root_id, root_id
from healthtrends.storage.store_pool import StorePool

PAGE_DAYS = 60
INDEX_DAYS = 366


@dataclass(frozen=True, slots=True)
class PageResources:
    """What pages are made with."""

    words: Translations
    library: Callable[[], str]
    """Gives the JavaScript that draws the charts; slow when it is called for the first time on a machine."""
    open: Callable[[Path], StorePool] | None = None
    """Opens a folder of this machine; None: no pages are kept."""
    folder: Path | None = None
    """Where the pages are kept."""
    is_shared: bool = False
    """Whether `folder` has a folder for each root."""
    title: str = ""
    """Name of the place."""
    address: str = ""
    """Where the root lies, for people."""
    least: Least = LEAST
    """Minimums of what the pages say as a percentage or list."""
    zone: str = clock.UTC
    """Zone of the place."""
    weeks: WeekSystem = "mmwr"
    """Calendar of the weeks that the pages name."""
    quiet: tuple[float, float] = (5.0, 0.5)
    """As in `DayPage`."""

    def preload(self) -> None:
        """Fetch the library, and compile the templates of the pages."""
        self.library()
        templating.preload()

    def of_root(self, name: str) -> Path:
        """Folder of the pages of the root of that name."""
        place = re.sub(r"[^\w.-]", "", self.address.rstrip("/").rpartition("/")[2])
        return (self.folder or Path()) / (f"{place}-{name[:8]}" if self.is_shared else "")


class Pages:
    """Pages of one run, at one state of the log."""

    def __init__(
        self, pool: StorePool, views: Views, layout: Layout, room: PageResources, issues: Issues
    ) -> None:
        self._pool = pool
        self._views = views
        self._layout = layout
        self._room = room
        self._issues = issues
        self._folder: PageFolder | None = None
        self._looks = ""

    def open(self, *, new: bool = True) -> PageFolder | None:
        """Open this machine's folder for the root; `new`: give the root a name if it has none.

        Raises ConfigError when the folder belongs to another root.
        """
        room, pool = self._room, self._pool
        if self._folder is None and room.open is not None and room.folder is not None:
            name = ensure_root_id(pool, self._layout) if new else root_id(pool, self._layout)
            if name is not None:
                folder = room.of_root(name)
                self._folder = open_folder(room.open(folder), folder, name, room.address)
        return self._folder

    def render(
        self, issue: Issue, location: PageLocation, reports: Mapping[str, Report] | None = None
    ) -> bytes:
        """Make the page of an issue; `reports` are read unless they are at hand. Raises DamageFound."""
        if reports is None:
            reports = self._issues.read_reports(issue)
        view = self._views.of_issue(issue, reports, PAGE_DAYS)
        complete_until = _complete_until(issue, self._room.zone)
        page = DayPage(
            date=issue.date,
            provenance=_provenance(issue),
            reports={
                name: ReportFile(
                    table=table_of(view.reports[name]),
                    sha256=issue.reports[name].sha256,
                    path=f"{self._layout.report(name, issue.date)}/{CSV_NAME}",
                )
                for name in sorted(view.reports, key=_place)
            },
            history=view.history,
            alarms=page_alarms(issue, view.reports, self._views),
            detection=detect(view.history, self._room.least, is_open=issue.date > complete_until),
            complete_until=complete_until,
            open_days=_open_days(issue),
            place_name=self._room.title,
            least=self._room.least,
            copied_at=clock.now() if location.is_whole else None,
            zone=self._room.zone,
            weeks=self._room.weeks,
            quiet=self._room.quiet,
        )
        return render_day(page, self._room.words, self._room.library(), location)

    def show(self, issue: Issue, reports: Mapping[str, Report] | None = None) -> None:
        """Bring the folder's page of the date to this issue's; a folder that refuses is told of."""
        folder = self.open()
        looks = self._looks_of(issue)
        if folder is not None and not folder.has(issue, looks):
            folder.put(issue, looks, self.render(issue, DAY, reports))

    def show_all(self, newest: Sequence[Issue]) -> None:
        """Make the pages that the folder lacks, of dates that this run did not work on."""
        folder = self.open()
        if folder is None:
            return
        lacking = [issue for issue in newest if not folder.names(issue, self._looks_of(issue))]
        if not lacking:
            return
        with progress("pages", len(lacking), "pages") as bar:
            for issue in lacking:
                try:
                    self.show(issue)
                except DamageFound as damage:  # `verify` tells of it, and how to mend it
                    folder.drop(issue.date.isoformat())
                    event("pages.not_made", date=issue.date.isoformat(), error=str(damage))
                bar.advance()

    def forget(self, counted: Sequence[dt.date], *, earlier: bool = False) -> None:
        """Let the pages whose curves show one of these dates be made again; `earlier`: delete older ones."""
        folder = self.open()
        if folder is not None:
            for date in {day + dt.timedelta(days=later) for day in counted for later in range(PAGE_DAYS)}:
                folder.drop(date.isoformat())
                if earlier:
                    folder.delete_earlier(date.isoformat())

    def drop(self, date: dt.date) -> None:
        """Forget the page of a date that is unpublished; it goes when the index is written."""
        folder = self.open()
        if folder is not None:
            folder.drop(date.isoformat())

    def has_page(self, date: dt.date) -> bool:
        """Whether this machine has a page of a date."""
        folder = self.open()
        return folder is not None and folder.has_page(date.isoformat())

    def write_index(self, dates: Sequence[IndexedDate], newest: dt.datetime | None) -> None:
        """Write the index of `dates`, oldest first, unless it says all this already. Raises HdfsUnavailable.

        `newest` is when the newest issue was published.
        """
        folder, words = self.open(), self._room.words
        if folder is None:
            return
        span = (dates[-1].date - dates[0].date).days + 1
        history = self._views.history(dates[-1].date, min(span, INDEX_DAYS))
        index = IndexPage(
            dates=dates,
            history=history,
            newest=newest,
            place_name=self._room.title,
            least=self._room.least,
            zone=self._room.zone,
        )
        if newest_date := index.newest_date:
            until = newest_date.date
            is_open = until > index.complete_until
            found = detect(history.until(until), self._room.least, is_open=is_open)
            index = replace(index, detection=found)
        for path, content in shared_files(words, self._room.library()).items():
            folder.write(path, content)
        pages = {entry.date: (entry.issue, entry.state) for entry in dates if entry.issue and entry.has_page}
        folder.write(DATES_NAME, render_dates(pages))
        folder.write(FILE_NAME, render_index(index, words))
        folder.save(self._room.title)
        self._point_to_folders()
        self._pool.store.delete(self._layout.older_pages)

    def file(self, issue: Issue) -> Path | None:
        """File of the folder with the page of an issue; an earlier one is made. None: there is no folder."""
        folder = self.open(new=False)
        if folder is None:
            return None
        if folder.has(issue, self._looks_of(issue)):
            return folder.path(day_address(issue.date))
        address = f"date={issue.date}/issue-{issue.number}.html"
        if not folder.write(address, self.render(issue, DAY)):
            return None
        for path, content in shared_files(self._room.words, self._room.library()).items():
            folder.write(path, content)
        return folder.path(address)

    def _point_to_folders(self) -> None:
        """Keep a page of all roots where earlier versions had the index, and delete the pages beside it."""
        room = self._room
        if not room.is_shared or room.folder is None or room.open is None:
            return
        roots = [(name, found.title, found.address) for name, found in root_folders(room.folder).items()]
        above = open_index(room.open(room.folder), room.folder)
        if above is not None:
            above.write(FILE_NAME, render_roots(roots, room.words))
            above.delete_others()

    def _looks_of(self, issue: Issue) -> str:
        """What the page of an issue is made with: `_looked`, and what people said of its days."""
        said = said_of_days(self._views.annotations, issue.date - dt.timedelta(days=PAGE_DAYS), issue.date)
        return self._looked() + (f"-{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}" if said else "")

    def _looked(self) -> str:
        """Digest of what pages are made with beside their issue: the program, its files, texts, settings."""
        if not self._looks:
            room = self._room
            parts = [
                __version__,
                *shared_files(room.words, room.library()),
                room.title,
                str(room.least),
                room.zone,
                room.weeks,
                room.words.edition.identity,
                str(room.quiet),
                *sorted(room.words.texts.values()),
                *(f"{code} {title}" for code, title in room.words.own_titles.items()),
            ]
            self._looks = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
        return self._looks


def _provenance(issue: Issue) -> PageProvenance:
    source = issue.source
    return PageProvenance(
        issue=issue.number,
        seq=source.seq,
        state=source.state if source.fed else "empty",
        published_at=issue.moment.astimezone(dt.UTC),
        provisional_until=provisional_until(issue),
        engine=source.engine,
        engine_version=source.engine_version,
        program_version=issue.program_version,
        run_id=source.run_id,
        reason=source.reason,
        input_records=source.input_records,
        input_files=len(source.input_names),
    )


def _complete_until(issue: Issue, zone: str) -> dt.date:
    """Last date that is final on the day of publication, by the rule that this date's own state follows."""
    published = issue.moment.astimezone(clock.time_zone(zone)).date()
    return published - dt.timedelta(days=_open_days(issue) + 1)


def _open_days(issue: Issue) -> int:
    source = issue.source
    return (source.provisional_until - source.date).days if source.provisional_until else 0


def provisional_until(issue: Issue) -> dt.date | None:
    """Last day of an issue's provisional state; None: it is final, or waits for a transaction to end."""
    source = issue.source
    is_open = source.fed and source.state == "provisional" and not source.hidden
    return source.provisional_until if is_open else None


def _place(report: str) -> int:
    """The order of the contract, unknown ones last."""
    names = list(schemas())
    return names.index(report) if report in names else len(names)
