"""`verify` looks at releases as at reports: changed, lost, invented, or put beside them."""

import datetime as dt

import pytest

from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.publish.register import Register
from tests.unit.test_cubes import LAST
from tests.unit.test_releasing import FOLDER, PATIENTS, OneAge

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path):
    """A date that was released twice, the second time with late records."""
    place = OneAge(tmp_path, None)
    place.receive(LAST, PATIENTS)
    place.run([LAST])
    release(place)
    place.receive(LAST, 100)
    place.run([LAST])
    release(place)
    yield place
    place.close()


def release(place):
    options = ReleaseOptions("own", 12, force=True, again=True)
    return Pipeline(place).releases.release(LAST, options)


def faults(place):
    """Check and file of every fault that is found."""
    findings = Pipeline(place).maintenance.verify(None).findings
    return [(each["check"], (each["file"] or "").removeprefix("/r/")) for each in findings if not each["ok"]]


def test_releases_that_nobody_touched_are_proved(place):
    """One line for all of them, and one for what lies in their folder."""
    findings = Pipeline(place).maintenance.verify(None).findings
    said = {each["check"]: each["detail"] for each in findings if each["ok"]}
    assert said["releases"] == "2 releases of 1 date, and all commits and files named are known"
    assert said["released"] == "the reports of 1 date are those of the newest release"
    assert faults(place) == []


def test_a_root_without_releases_has_no_line_of_them(tmp_path):
    """There is nothing to say."""
    place = OneAge(tmp_path, None)
    place.receive(LAST, PATIENTS)
    place.run([LAST])
    findings = Pipeline(place).maintenance.verify(None).findings
    assert not {"releases", "released"} & {each["check"] for each in findings}
    place.close()


@pytest.mark.parametrize("name", [f"{FOLDER}/part-00000.csv", f"r/release/pages/date={LAST}/index.html"])
@pytest.mark.parametrize("change", [lambda path: path.write_bytes(b"x"), lambda path: path.unlink()])
def test_a_released_file_that_was_changed_or_lost_is_found_and_put_back(place, name, change):
    """By the next `release` of the date."""
    change(place.folder / name)
    assert faults(place) == [("released", name.removeprefix("r/"))]
    assert release(place).action == "up to date"
    assert faults(place) == []


@pytest.mark.parametrize(
    "name",
    [
        f"release/trend_summary/date={LAST}/notes.txt",
        f"release/trend_summary/date={LAST - dt.timedelta(days=9)}/part-00000.csv",
        f"release/list_of_names/date={LAST}/part-00000.csv",
        "release/everything.csv",
        "release/trend_summary/everything.csv",
    ],
)
def test_a_file_that_no_release_names_is_found(place, name):
    """Whoever copies the folder would let it go."""
    path = place.folder / "r" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"exact")
    assert faults(place) == [("released", name)]


def manifest(place, number):
    return place.folder / f"r/_ht/releases/date={LAST}/{number:06d}.json"


def test_a_release_that_was_changed_is_not_what_the_log_has_on_record(place):
    """Its manifest and its files agree; the log does not."""
    path = manifest(place, 2)
    path.write_bytes(path.read_bytes().replace(b'"program_version":"', b'"program_version":"9'))
    assert faults(place) == [("releases", f"_ht/releases/date={LAST}/000002.json")]


def test_an_earlier_release_that_was_changed_contradicts_the_one_after_it(place):
    """Which holds its hash."""
    path = manifest(place, 1)
    path.write_bytes(path.read_bytes().replace(b'"program_version":"', b'"program_version":"9'))
    assert faults(place) == [("releases", f"_ht/releases/date={LAST}/000001.json")]


def test_the_newest_release_does_not_vanish(place):
    """The log knows its number; that of before is not taken for it."""
    manifest(place, 2).unlink()
    assert ("releases", f"_ht/releases/date={LAST}/000002.json") in faults(place)


def test_an_archive_of_a_kept_release_that_was_lost_is_found(place):
    """It is needed to judge the next one."""
    (copy,) = (place.folder / f"r/_ht/releases/date={LAST}/copies").glob("000001-*")
    copy.unlink()
    assert {check for check, _ in faults(place)} >= {"releases"}


def test_a_release_that_is_not_on_record_is_recorded_by_the_next(place, monkeypatch):
    """Its command died in between."""
    place.receive(LAST, 100)
    place.run([LAST])
    with monkeypatch.context() as patch:
        patch.setattr(Register, "record", lambda _self, _issues, publish: publish())
        release(place)
    assert faults(place) == [("releases", f"_ht/releases/date={LAST}/000003.json")]
    assert release(place).action == "up to date"
    assert faults(place) == []
