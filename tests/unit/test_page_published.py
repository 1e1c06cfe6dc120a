"""Pages as a run leaves them: one a date as part of its issue, an index, and both again in a local folder."""

import dataclasses
import hashlib
import json

import pytest

from healthtrends.config import Settings, load
from healthtrends.errors import ConfigError, UsageError
from healthtrends.orchestrate.pages import ATTACHMENT, Pressroom, page_file
from healthtrends.orchestrate.wiring import _pressroom
from healthtrends.page.words import bundled
from healthtrends.storage.parallel import SideBySide
from healthtrends.testing import LocalStore
from tests.unit.test_pipeline import DAYS, Pipeline, RunOptions, World, reprocess, send

PLACE = "/r/reports/page"


@pytest.fixture
def world(tmp_path):
    """Parts of a pipeline with a local folder for its pages."""
    calls, local = SideBySide(LocalStore(tmp_path / "hdfs")), SideBySide(LocalStore(tmp_path / "pages"))
    world = World(calls)
    world.pages = Pressroom(bundled("en"), str, local, tmp_path / "pages")
    yield world
    calls.close()
    local.close()


def run(world, **options):
    """One run over two dates."""
    pipeline = Pipeline(world)
    record = pipeline.run_dates(DAYS, RunOptions(**options))
    assert record.exit_code == 0
    return pipeline


def test_the_page_lies_in_its_date_s_folder_and_says_its_own_issue(world):
    """Like every other file of the issue, with `_SUCCESS` beside it."""
    send(world, 3)
    run(world)
    folder = f"{PLACE}/date={DAYS[0]}"
    assert [entry.name for entry in world.calls.store.list(folder)] == ["_SUCCESS", "index.html"]
    assert "Issue 1, made" in world.calls.store.read(f"{folder}/index.html").decode()


def test_the_page_is_part_of_the_immutable_issue(world):
    """With its digest, so `verify` proves it too."""
    send(world, 3)
    pipeline = run(world)
    issue = pipeline.published.issue(DAYS[0])
    content = world.calls.store.read(f"{PLACE}/date={DAYS[0]}/index.html")
    assert issue.attachments[ATTACHMENT].sha256 == hashlib.sha256(content).hexdigest()


def test_the_local_folder_has_the_same_files_at_the_same_places(world):
    """So that the links between them work there too."""
    send(world, 3)
    run(world)
    for path in ("index.html", *(f"date={day}/index.html" for day in DAYS)):
        local = (world.pages.folder / path).read_bytes()
        assert local == world.calls.store.read(f"{PLACE}/{path}")


def test_a_new_issue_replaces_the_page_and_leaves_nothing_beside_it(world):
    """Written aside and renamed."""
    send(world, 3)
    run(world)
    send(world, 1)
    run(world)
    folder = world.pages.folder / f"date={DAYS[0]}"
    assert [file.name for file in folder.iterdir()] == ["index.html"]
    assert "Issue 2, made" in (folder / "index.html").read_text("utf-8")


def test_a_local_page_that_somebody_deleted_or_changed_comes_back(world):
    """Also by a run that has nothing else to do."""
    send(world, 3)
    run(world)
    for day, damage in zip(
        DAYS, (lambda file: file.unlink(), lambda file: file.write_text("x")), strict=True
    ):
        damage(world.pages.folder / f"date={day}" / "index.html")
    run(world)
    for day in DAYS:
        local = (world.pages.folder / f"date={day}" / "index.html").read_bytes()
        assert local == world.calls.store.read(f"{PLACE}/date={day}/index.html")


def test_a_local_folder_that_cannot_be_written_stops_no_publication(world, tmp_path, capfd):
    """The reports are on HDFS; one line tells of the folder."""
    (tmp_path / "file").write_text("")
    refusing = SideBySide(LocalStore(tmp_path / "file"))
    world.pages = dataclasses.replace(world.pages, local=refusing, folder=tmp_path / "file")
    send(world, 3)
    try:
        run(world)
    finally:
        refusing.close()
    assert "pages.not_copied" in capfd.readouterr().err


def test_the_index_tells_of_a_date_that_became_stale(world):
    """A run that is asked for something else still brings it up to date."""
    send(world, 3)
    run(world)
    send(world, 1)
    reprocess(world, "missing")
    assert (
        f"{DAYS[0].day} December 2025: stale, 4 records"
        in world.calls.store.read(f"{PLACE}/index.html").decode()
    )


def test_a_run_with_nothing_to_do_leaves_the_index_as_it_is(world):
    """No time of its own stands in it, and it is not written again."""
    send(world, 3)
    run(world)
    index = world.pages.folder.parent / "hdfs/r/reports/page/index.html"
    before = (index.stat().st_mtime_ns, index.stat().st_ino)
    run(world)
    assert (index.stat().st_mtime_ns, index.stat().st_ino) == before


def test_a_dry_run_writes_no_index(world):
    """Nothing at all."""
    send(world, 3)
    Pipeline(world).run_dates(DAYS, RunOptions(dry_run=True))
    assert world.calls.store.list(PLACE) == []


def test_days_before_the_first_record_of_all_are_no_days_without_a_feed(world):
    """The history begins with the first date."""
    send(world, 3)
    run(world)
    page = world.calls.store.read(f"{PLACE}/date={DAYS[1]}/index.html").decode()
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert [(day, state) for day, state, _ in data["days"]] == [
        (str(DAYS[0]), "observed"), (str(DAYS[1]), "none")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "open_days"),
    [("2025-12-21", [True, True]), ("2025-12-23", [False, True]), ("2025-12-24", [False] * 2)],
)
def test_days_are_provisional_by_the_clock_of_the_publication(world, monkeypatch, now, open_days):
    """Two days after the date by default."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", f"{now}T12:00:00+00:00")
    send(world, 3)
    run(world)
    page = world.calls.store.read(f"{PLACE}/date={DAYS[1]}/index.html").decode()
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert [until is not None for _, _, until in data["days"]] == open_days


def test_the_page_of_the_newest_issue_is_the_local_one(world):
    """No second file when one is there."""
    send(world, 3)
    pipeline = run(world)
    found = pipeline.page_file(pipeline.published.issue(DAYS[0]))
    assert found == world.pages.folder / f"date={DAYS[0]}" / "index.html"


def test_the_page_of_an_earlier_issue_is_a_file_of_its_own(world):
    """As it was then."""
    send(world, 3)
    run(world)
    send(world, 1)
    pipeline = run(world)
    found = pipeline.page_file(pipeline.published.issue(DAYS[0], 1))
    assert world.pages.folder not in found.parents
    assert "Issue 1, made" in found.read_text("utf-8")
    assert f'"{DAYS[0]}":[2,' in (found.parent.parent / "dates.js").read_text("utf-8")


def test_the_newest_issue_of_each_date_lies_beside_the_index(world):
    """For the pages of earlier issues, in both places."""
    send(world, 3)
    run(world)
    send(world, 1)
    reprocess(world, "missing")
    dates = world.calls.store.read(f"{PLACE}/dates.js").decode()
    assert f'"{DAYS[0]}":[1,"stale"]' in dates
    assert (world.pages.folder / "dates.js").read_text("utf-8") == dates


def test_an_issue_without_a_page_names_the_command_that_makes_one(world):
    """Those of an earlier version."""
    send(world, 3)
    pipeline = run(world)
    issue = pipeline.published.issue(DAYS[0])
    old = type(issue)(
        **{name: getattr(issue, name) for name in issue.__struct_fields__} | {"attachments": {}}
    )
    with pytest.raises(UsageError) as caught:
        page_file(pipeline._issues, old, world.pages)
    assert f"healthtrends run {DAYS[0]} --reprocess all" in caught.value.next_step


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
    assert _pressroom(Settings(), closing).words("all_dates") == "All dates"
    assert _pressroom(settings(language="de"), closing).words("all_dates") == "Alle Tage"


def test_the_language_may_be_a_message_file(closing, tmp_path):
    """Any language."""
    file = tmp_path / "fr.json"
    file.write_text('{"language": "fr", "all_dates": "Toutes les dates"}')
    assert _pressroom(settings(language=str(file)), closing).words("all_dates") == "Toutes les dates"


@pytest.mark.parametrize("language", ["xx", "nowhere.json", "../en"])
def test_an_unknown_language_is_a_wrong_setting(closing, language):
    """Said before anything starts."""
    with pytest.raises(ConfigError, match=r"publish\.language"):
        _pressroom(settings(language=language), closing)


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
