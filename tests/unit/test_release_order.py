"""Releases of several dates, in their order, by several writers, and beside what is damaged."""

import datetime as dt

import pytest

from healthtrends.audit import windows
from healthtrends.audit.judge import Finding
from healthtrends.audit.released import Bounds
from healthtrends.config.publish import Release
from healthtrends.errors import DamageFound, QualityGate, UsageError
from healthtrends.orchestrate import released_dates
from healthtrends.orchestrate.dependencies import ReleaseOptions, RunOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.orchestrate.release_neighbours import Neighbours
from healthtrends.orchestrate.released_dates import ReleasedDates
from healthtrends.orchestrate.releasing import Releases
from healthtrends.publish.report_folders import Installer
from tests.unit.test_cubes import LAST
from tests.unit.test_releasing import PATIENTS, OneAge

pytestmark = pytest.mark.slow

AFTER = LAST + dt.timedelta(days=1)
FAR = LAST + dt.timedelta(days=60)
EXPOSED = [Finding("trend_summary.csv: count", {"diagnosis": "E11"}, Bounds(3, 3), True, ["a sum"])]


@pytest.fixture
def place(tmp_path):
    """A root whose runs release; two dates in a row have records, and one far from them."""
    place = OneAge(tmp_path, None)
    for date in (LAST, AFTER, FAR):
        place.receive(date, PATIENTS)
    place.release = Release(enabled=True)
    yield place
    place.close()


@pytest.fixture
def run(place, monkeypatch):
    """A run over some dates, on a day; what it says of releases, by date."""

    def run(*dates, on="2026-06-01"):
        monkeypatch.setenv("HEALTHTRENDS_NOW", f"{on}T12:00:00+00:00")
        steps = Pipeline(place).run_dates(dates, RunOptions()).steps
        return {step.date: step.note for step in steps if step.name == "release"}

    return run


@pytest.fixture
def published(place):
    """The dates are published, and nothing is released."""
    place.release = Release(enabled=False)
    place.run([LAST, AFTER])
    return place


@pytest.fixture
def while_judged(monkeypatch):
    """Does something once, while a release is judged; how often that was."""
    judge, times = Releases._protected, []

    def do(work):
        def judged(self, issue, rule):
            times.append(issue.date)
            found = judge(self, issue, rule)
            if len(times) == 1:
                work()
            return found

        monkeypatch.setattr(Releases, "_protected", judged)
        return times

    return do


def releases(place):
    """How many there are of the last day."""
    return len(list((place.folder / f"r/_ht/releases/date={LAST}").glob("*.json")))


def release(place, date, **options):
    return Pipeline(place).releases.release(date, ReleaseOptions(force=True, **options))


def test_a_run_releases_what_became_final_since_it_was_published(run):
    """Nobody runs a date again only for that."""
    assert run(LAST, on="2025-12-23") == {}
    assert run(AFTER, on="2025-12-26") == {LAST: "released", AFTER: "released"}


def test_a_run_does_not_release_dates_of_months_ago_that_it_was_not_asked_for(run, place):
    """A new version releases the last two weeks."""
    run(LAST, on="2025-12-23")
    place.receive(FAR, PATIENTS)
    assert run(FAR, on="2026-06-01") == {FAR: "released"}


def test_a_date_before_a_released_one_is_left_to_the_command(run, published):
    """Windows of the later date tell of it; the command judges that."""
    published.release = Release(enabled=True)
    run(AFTER)
    assert run(LAST) == {LAST: f"{AFTER} was released before it"}
    assert release(published, LAST).action == "released"


def test_a_run_leaves_a_date_that_another_overtakes_to_the_command(run, published, while_judged, monkeypatch):
    """Of two runs at the same time neither fails."""
    published.release = Release(enabled=True)

    def found(self, date, *_):
        return EXPOSED if date == LAST and self._store.numbers(AFTER) else []

    monkeypatch.setattr(Neighbours, "audit", found)
    while_judged(lambda: release(published, AFTER))
    assert run(LAST) == {LAST: f"{AFTER} was released before it"}


def test_a_date_of_too_many_codes_is_left_to_the_command(run, place):
    """Its audit takes long."""
    place.release = Release(enabled=True, max_codes=0)
    assert run(LAST) == {LAST: "it has more than 0 codes"}
    assert release(place, LAST).action == "released"


def test_releases_near_each_other_are_those_that_windows_and_comparisons_join():
    """What the audit reaches for is what is looked for."""
    assert released_dates.REACH == windows.REACH


def test_a_release_is_judged_again_when_another_was_made_meanwhile(published, while_judged):
    """Both tell of the same days."""
    times = while_judged(lambda: release(published, AFTER))
    assert release(published, LAST).action == "released"
    assert times == [LAST, AFTER, LAST]


def test_of_two_writers_that_release_one_date_the_second_finds_it_released(published, while_judged):
    """There is one release of it."""
    while_judged(lambda: release(published, LAST))
    assert release(published, LAST).action == "up to date"
    assert releases(published) == 1


@pytest.fixture
def told_once_committed(monkeypatch):
    """The release of the last day tells something as soon as it is committed; nobody looks before that."""

    def found(self, date, *_):
        return EXPOSED if date == LAST and self._store.numbers(date) else []

    monkeypatch.setattr(ReleasedDates, "_check_staged", lambda *_: None)
    monkeypatch.setattr(Neighbours, "audit", found)


def folder(place):
    return place.folder / f"r/release/trend_summary/date={LAST}"


@pytest.mark.usefixtures("told_once_committed")
def test_a_release_that_tells_something_beside_one_of_the_same_moment_is_never_in_place(
    published, while_judged, monkeypatch
):
    """Two writers that looked before either committed look again before they put anything in place."""
    while_judged(lambda: release(published, AFTER))
    installed = []
    put = Installer.install
    monkeypatch.setattr(Installer, "install", lambda self, issue: installed.append(issue) or put(self, issue))
    with pytest.raises(QualityGate):
        release(published, LAST)
    assert not [each for each in installed if each.date == LAST and not each.is_withdrawal]
    assert not folder(published).exists()
    assert all(each["ok"] for each in Pipeline(published).maintenance.verify(None).findings)


@pytest.mark.usefixtures("told_once_committed")
def test_a_committed_release_of_a_dead_publisher_is_judged_by_who_puts_it_in_place(published, monkeypatch):
    """It died before its second look."""
    with monkeypatch.context() as dying:
        dying.setattr(ReleasedDates, "_check_committed", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            release(published, LAST)
    assert releases(published) == 1
    with pytest.raises(QualityGate):
        release(published, LAST)
    assert not folder(published).exists()


@pytest.mark.parametrize("hidden_below", [6, 12])
def test_dates_near_each_other_are_released_under_one_threshold(published, hidden_below):
    """A number that shows under one tells of a count that the other hides."""
    release(published, LAST)
    with pytest.raises(UsageError, match=r"2025-12-22 was released under cms \(counts below 11 hidden\)"):
        release(published, AFTER, policy="own", hidden_below=hidden_below)


def test_an_audit_of_a_release_without_one_of_its_files_names_it(published):
    """`release` puts it back."""
    release(published, LAST)
    path = f"r/release/trend_summary/date={LAST}/part-00000.csv"
    (published.folder / path).unlink()
    with pytest.raises(DamageFound, match=f"/{path} is missing"):
        Pipeline(published).releases.audit(LAST)
    assert release(published, LAST).action == "up to date"
    assert (published.folder / path).exists()


def test_a_damaged_release_does_not_keep_other_dates_from_being_released(run, place):
    """The run ends with its error after them."""
    run(LAST)
    for path in (place.folder / f"r/_ht/releases/date={LAST}/copies").iterdir():
        path.unlink()
    (place.folder / f"r/release/trend_summary/date={LAST}/part-00000.csv").unlink()
    assert run(LAST, FAR)[FAR] == "released"


def test_a_file_among_the_releases_stops_nothing_and_is_named(run, place):
    """It is no date."""
    run(LAST)
    (place.folder / "r/_ht/releases/README.txt").write_text("mine")
    assert run(LAST) == {LAST: "up to date"}
    found = [each for each in Pipeline(place).maintenance.verify(None).findings if not each["ok"]]
    assert [(each["check"], each["file"]) for each in found] == [("releases", "/r/_ht/releases/README.txt")]
