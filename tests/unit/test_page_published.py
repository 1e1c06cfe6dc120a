"""Pages as a run leaves them: one a date and an index, in a folder of this machine that is one root's."""

import dataclasses
import json

import pytest

from healthtrends.config import Settings, load
from healthtrends.config.quality import Quality
from healthtrends.errors import ConfigError
from healthtrends.orchestrate import pages
from healthtrends.orchestrate.pages import PageResources
from healthtrends.orchestrate.wiring.page_resources import page_resources
from healthtrends.page.translations import bundled
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.browser.sample import unpacked
from tests.unit.test_pipeline import DAYS, Pipeline, RunOptions, World, reprocess, send

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path):
    """Parts of a pipeline with a local folder for its pages."""
    yield from worlds(tmp_path, "hdfs")


@pytest.fixture
def other(tmp_path):
    """Another root, whose pages would go into the same folder."""
    yield from worlds(tmp_path, "other")


def worlds(tmp_path, name):
    pool, opened = StorePool(LocalStore(tmp_path / name)), []

    def open_folder(folder):
        opened.append(StorePool(LocalStore(folder)))
        return opened[-1]

    world = World(pool)
    world.pages = PageResources(
        bundled("en"), str, open_folder, tmp_path / "pages", address=f"hdfs://{name}/r"
    )
    yield world
    for each in (pool, *opened):
        each.close()


def run(world, **options):
    """One run over two dates."""
    pipeline = Pipeline(world)
    record = pipeline.run_dates(DAYS, RunOptions(**{"allow_empty": True, **options}))
    assert record.exit_code == 0
    return pipeline


def place(world, day=None):
    """The page of a date, or the index."""
    return world.pages.folder / (f"date={day}/index.html" if day else "index.html")


def test_every_date_has_a_page_beside_the_index_and_all_share_their_scripts(world):
    """And the root holds none."""
    send(world, 3)
    run(world)
    names = sorted(path.relative_to(world.pages.folder).parts[0] for path in world.pages.folder.rglob("*.*"))
    assert sorted(set(names)) == [
        "assets",
        *(f"date={day}" for day in DAYS),
        "dates.js",
        "index.html",
        "pages.json",
    ]
    assert "Issue 1, made" in place(world, DAYS[0]).read_text("utf-8")
    assert world.pool.store.list("/r/reports/page") == []


def test_a_new_issue_replaces_the_page_and_leaves_nothing_beside_it(world):
    """Written aside and renamed."""
    send(world, 3)
    run(world)
    send(world, 1)
    run(world)
    assert [file.name for file in place(world, DAYS[0]).parent.iterdir()] == ["index.html"]
    assert "Issue 2, made" in place(world, DAYS[0]).read_text("utf-8")


def test_a_page_that_somebody_deleted_or_changed_comes_back(world):
    """Also by a run that has nothing else to do."""
    send(world, 3)
    run(world)
    before = [place(world, day).read_bytes() for day in DAYS]
    place(world, DAYS[0]).unlink()
    place(world, DAYS[1]).write_text("x")
    run(world)
    assert [place(world, day).read_bytes() for day in DAYS] == before


def test_pages_of_dates_that_another_machine_published_are_made_too(world):
    """By the next run here, whatever date it is asked for."""
    send(world, 3)
    pages, world.pages = world.pages, PageResources(bundled("en"), str)
    run(world)
    world.pages = pages
    Pipeline(world).run_dates(DAYS[:1], RunOptions(allow_empty=True))
    assert "Issue 1, made" in place(world, DAYS[1]).read_text("utf-8")


def test_another_title_is_on_all_pages_after_the_next_run(world):
    """Not on those of the run's dates alone."""
    send(world, 3)
    run(world)
    world.pages = dataclasses.replace(world.pages, title="Ward 3")
    Pipeline(world).run_dates(DAYS[:1], RunOptions(allow_empty=True))
    assert all("Ward 3" in place(world, day).read_text("utf-8") for day in (*DAYS, None))


def test_another_version_of_the_program_makes_all_pages_again(world, monkeypatch):
    """Its markup is another one, which the shared scripts expect."""
    send(world, 3)
    run(world)
    monkeypatch.setattr(pages, "__version__", "99.0")
    before = json.loads((world.pages.folder / "pages.json").read_bytes())["pages"]
    Pipeline(world).run_dates(DAYS[:1], RunOptions(allow_empty=True))
    after = json.loads((world.pages.folder / "pages.json").read_bytes())["pages"]
    assert all(before[str(day)]["looks"] != after[str(day)]["looks"] for day in DAYS)


def test_a_saved_page_says_that_it_is_a_copy_and_when_it_was_made(world, monkeypatch):
    """It has no list of dates that could tell of a newer issue."""
    send(world, 3)
    pipeline = run(world)
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2026-01-02T03:04:00+00:00")
    saved = pipeline.page(pipeline.published.issue(DAYS[0])).decode()
    assert "This copy of issue 1 was made 2 January 2026, 03:04 UTC" in saved
    assert "dates.js" not in saved


def test_a_folder_that_belongs_to_another_root_is_refused_before_anything_is_stored(world, other):
    """Two roots would overwrite each other's numbers; the words name both."""
    send(world, 3)
    run(world)
    send(other, 5)
    run_once = Pipeline(other)
    run_once.run_dates(DAYS, RunOptions(allow_empty=True))  # gives the root its name
    record = Pipeline(other).run_dates(DAYS, RunOptions(allow_empty=True))
    assert record.exit_code == 2
    assert "hdfs://hdfs/r" in record.error["why"]
    assert "hdfs://other/r" in record.error["why"]
    assert "publish.local_dir" in record.error["next"]
    assert "3 records" in place(world).read_text("utf-8")


def test_two_roots_in_one_home_have_a_folder_each(world, other):
    """And the index above names both, in the place where earlier versions had the pages."""
    home = world.pages.folder
    for each, title in ((world, "North"), (other, "South")):
        each.pages = dataclasses.replace(each.pages, is_shared=True, title=title)
    old = home / f"date={DAYS[0]}"
    old.mkdir(parents=True)
    (old / "index.html").write_text("of nobody knows which root")
    for each, records in ((world, 3), (other, 5)):
        send(each, records)
        run(each)
    found = sorted(entry.name for entry in home.iterdir())
    assert [name.rpartition("-")[0] for name in found] == ["", "r", "r"]
    above = (home / "index.html").read_text("utf-8")
    assert all(f'href="{name}/index.html"' in above for name in found[1:])
    assert "North" in above
    assert "South" in above
    counted = {(home / name / "index.html").read_text("utf-8").count("5 records") > 0 for name in found[1:]}
    assert counted == {True, False}


def test_the_folder_of_all_roots_is_refused_as_the_folder_of_one(world, other):
    """It would replace the index of all roots, and each later run would fail to write that index."""
    world.pages = dataclasses.replace(world.pages, is_shared=True)
    for each in (world, other):
        send(each, 3)
    run(world)
    above = (world.pages.folder / "index.html").read_bytes()
    Pipeline(other).run_dates(DAYS, RunOptions(allow_empty=True))  # gives the root its name
    record = Pipeline(other).run_dates(DAYS, RunOptions(allow_empty=True))
    assert record.exit_code == 2
    assert "publish.local_dir" in record.error["next"]
    assert (world.pages.folder / "index.html").read_bytes() == above


def test_a_folder_that_one_root_uses_keeps_its_index(world, other, capfd):
    """Its owner named it; a root that keeps its pages below it leaves the index alone, without an error."""
    send(world, 3)
    run(world)
    index = place(world).read_bytes()
    other.pages = dataclasses.replace(other.pages, is_shared=True)
    send(other, 5)
    run(other)
    assert place(world).read_bytes() == index
    assert "not_written" not in capfd.readouterr().err


def test_pages_of_an_earlier_version_do_not_stay(world):
    """Neither in the root, where they would be of older issues, nor in a folder that had another root's."""
    send(world, 3)
    world.pool.write("/r/reports/page/index.html", b"old")
    stray = world.pages.folder / "date=2020-01-01"
    stray.mkdir(parents=True)
    (stray / "index.html").write_text("of another root")
    run(world)
    assert world.pool.store.list("/r/reports/page") == []
    assert not stray.exists()


def test_a_local_folder_that_cannot_be_written_stops_no_publication(world, tmp_path, capfd):
    """The reports are on HDFS; one line tells of the folder."""
    (tmp_path / "file").write_text("")
    world.pages = dataclasses.replace(world.pages, folder=tmp_path / "file")
    send(world, 3)
    run(world)
    assert "pages.not_written" in capfd.readouterr().err


def test_the_index_tells_of_a_date_that_became_stale(world):
    """A run that is asked for something else still brings it up to date."""
    send(world, 3)
    run(world)
    send(world, 1)
    reprocess(world, "missing")
    assert f"{DAYS[0].day} December 2025: stale, 4 records" in place(world).read_text("utf-8")


def test_a_run_with_nothing_to_do_leaves_the_pages_as_they_are(world):
    """No time of its own stands in them, and nothing is written again."""
    send(world, 3)
    run(world)
    files = [file for file in world.pages.folder.rglob("*") if file.is_file()]
    before = [(file.stat().st_mtime_ns, file.stat().st_ino) for file in files]
    run(world)
    assert [(file.stat().st_mtime_ns, file.stat().st_ino) for file in files] == before


def test_a_dry_run_writes_no_pages(world):
    """Nothing at all."""
    send(world, 3)
    Pipeline(world).run_dates(DAYS, RunOptions(dry_run=True))
    assert not world.pages.folder.exists()


def test_days_before_the_first_record_of_all_are_no_days_without_a_feed(world):
    """The history begins with the first date."""
    send(world, 3)
    run(world)
    assert [(day, state) for day, state, _ in data(world)["days"]] == [
        (str(DAYS[0]), "observed"), (str(DAYS[1]), "none")
    ]  # fmt: skip


def data(world):
    """What the script of the second date's page gets."""
    return unpacked(place(world, DAYS[1]).read_text("utf-8"))


@pytest.mark.parametrize(
    ("now", "open_days"),
    [("2025-12-21", [True, True]), ("2025-12-23", [False, True]), ("2025-12-24", [False] * 2)],
)
def test_days_are_provisional_by_the_clock_of_the_publication(world, monkeypatch, now, open_days):
    """Two days after the date by default."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", f"{now}T12:00:00+00:00")
    send(world, 3)
    run(world)
    assert [until is not None for _, _, until in data(world)["days"]] == open_days


def test_the_page_of_the_newest_issue_is_the_folder_s(world):
    """No second file when one is there."""
    send(world, 3)
    pipeline = run(world)
    assert pipeline.page_file(pipeline.published.issue(DAYS[0])) == place(world, DAYS[0])


def test_the_page_of_an_earlier_issue_is_made_when_asked_for(world):
    """Of its own reports, beside the page of the newest, with the same scripts."""
    send(world, 3)
    run(world)
    send(world, 1)
    pipeline = run(world)
    found = pipeline.page_file(pipeline.published.issue(DAYS[0], 1))
    assert found == world.pages.folder / f"date={DAYS[0]}" / "issue-1.html"
    assert "Issue 1, made" in found.read_text("utf-8")
    assert f'"{DAYS[0]}":[2,' in (found.parent.parent / "dates.js").read_text("utf-8")


def test_the_newest_issue_of_each_date_lies_beside_the_index(world):
    """For the pages of earlier issues."""
    send(world, 3)
    run(world)
    send(world, 1)
    reprocess(world, "missing")
    assert f'"{DAYS[0]}":[1,"stale"]' in (world.pages.folder / "dates.js").read_text("utf-8")


def test_without_a_folder_a_page_is_one_whole_file(world):
    """Wherever it lies."""
    send(world, 3)
    world.pages = PageResources(bundled("en"), str)
    pipeline = run(world)
    found = pipeline.page_file(pipeline.published.issue(DAYS[0]))
    assert 'src="' not in found.read_text("utf-8")


def test_an_alert_says_which_pipeline_it_is_of(world):
    """Title, root and topic, beside the summary."""
    world.pages = dataclasses.replace(world.pages, title="Ward 3")
    world.where["kafka"] = {"topic": "patient-records"}
    world.quality = Quality(reject_gate="fail")
    send(world, 3, rejected=2)
    Pipeline(world).run_dates(DAYS, RunOptions(allow_empty=True))
    told = world.alerts[0]
    assert (told["title"], told["root"], told["topic"]) == ("Ward 3", "hdfs://hdfs/r", "patient-records")


@pytest.fixture
def closing():
    """What the wiring closes at its end."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield stack


def settings(**publish):
    """Settings with some of `publish`."""
    return load(None, {f"publish.{name}": value for name, value in publish.items()}, {})


def test_the_language_is_english_unless_said_otherwise(closing):
    """And German is there."""
    assert page_resources(Settings(), closing).words("all_dates") == "All dates"
    assert page_resources(settings(language="de"), closing).words("all_dates") == "Alle Tage"


def test_the_language_may_be_a_message_file(closing, tmp_path):
    """Any language."""
    file = tmp_path / "fr.json"
    file.write_text('{"language": "fr", "all_dates": "Toutes les dates"}')
    assert page_resources(settings(language=str(file)), closing).words("all_dates") == "Toutes les dates"


@pytest.mark.parametrize("language", ["xx", "nowhere.json", "../en"])
def test_an_unknown_language_is_a_wrong_setting(closing, language):
    """Said before anything starts."""
    with pytest.raises(ConfigError, match=r"publish\.language"):
        page_resources(settings(language=language), closing)


def test_paths_of_the_configuration_file_begin_beside_it(tmp_path):
    """Wherever the command is run; the name of a language is no path."""
    file = tmp_path / "healthtrends.toml"
    file.write_text('[publish]\nlanguage = "own.json"\nlocal_dir = "pages"\n')
    found = load(file, {}, {}).publish
    assert (found.language, found.local_dir) == (str(tmp_path / "own.json"), str(tmp_path / "pages"))
    file.write_text('[publish]\nlanguage = "de"\n')
    assert load(file, {}, {}).publish.language == "de"


def test_the_date_in_the_fixture_is_the_one_of_the_tests():
    """The weekday names in the texts above are those of December 2025."""
    assert [str(day) for day in DAYS] == ["2025-12-20", "2025-12-21"]
