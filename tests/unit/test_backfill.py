"""Counting stored dates that no run has counted: what `run` offers, and what `backfill` does."""

import datetime as dt

import pytest

from healthtrends.cli.commands.summary import show_backfill, show_run
from healthtrends.cli.output import Output
from healthtrends.errors import EngineFailed
from healthtrends.observe import Mode
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.pages import PageResources
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.page.translations import bundled
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.browser.sample import unpacked
from tests.unit.test_pipeline import World, send

LAST = dt.date(2025, 12, 21)
OLD = [LAST - dt.timedelta(days=back) for back in (50, 40, 31)]
"""Dates that the reports of LAST do not tell of."""


@pytest.fixture
def world(tmp_path):
    """Records of four dates, of which a run has counted and published the last."""
    pool = StorePool(LocalStore(tmp_path / "hdfs"))
    world = World(pool)
    world.pages = PageResources(
        bundled("en"), str, lambda folder: StorePool(LocalStore(folder)), tmp_path / "pages"
    )
    for day in (*OLD, LAST):
        send(world, 3, day)
    yield world
    pool.close()


def run(world):
    return Pipeline(world).run_dates([LAST], RunOptions())


def counted(record):
    return [result.date for result in record.dates if result.action == "counted"]


def states(world):
    """By date, what the page of LAST knows of it."""
    page = (world.pages.folder / f"date={LAST}" / "index.html").read_text("utf-8")
    return {day: state for day, state, _ in unpacked(page)["days"]}


def said(show, record, capsys):
    show(Output(Mode()), record.to_dict())
    return capsys.readouterr().out


def test_a_run_says_how_many_stored_dates_are_not_counted(world, capsys):
    """And which command counts them."""
    offer = "3 stored dates are not counted yet; `healthtrends backfill` counts them"
    assert offer in said(show_run, run(world), capsys)


def test_backfill_counts_them_and_publishes_nothing(world):
    """The cube of each is there afterwards, on record in the log; there is one issue as before."""
    run(world)
    world.analysed.clear()
    pipeline = Pipeline(world)
    record = pipeline.backfill()
    assert (record.exit_code, counted(record), record.uncounted) == (0, OLD, 0)
    assert world.analysed == OLD
    assert pipeline._issues.dates() == [LAST]
    assert {*map(str, OLD)} <= {*pipeline._log.read_state().cubes}


def test_a_second_backfill_has_nothing_to_do(world, capsys):
    """Done is asked first."""
    run(world)
    Pipeline(world).backfill()
    world.analysed.clear()
    record = Pipeline(world).backfill()
    assert (record.exit_code, counted(record), world.analysed) == (0, [], [])
    assert said(show_backfill, record, capsys) == "nothing to do: every stored date asked for is counted\n"


def test_backfill_keeps_to_its_bounds_and_says_what_is_left(world, capsys):
    """Both bounds belong to it."""
    run(world)
    record = Pipeline(world).backfill(OLD[1], OLD[1])
    assert counted(record) == [OLD[1]]
    told = said(show_backfill, record, capsys)
    assert f"1 date counted, {OLD[1]} to {OLD[1]}" in told
    assert f"`healthtrends run --from {OLD[1]} --to {OLD[1]} --no-ingest`" in told
    assert "2 stored dates are not counted yet" in told


def test_late_records_of_a_counted_date_make_it_a_date_to_count(world):
    """What its cube was made of is compared, not whether there is one."""
    run(world)
    Pipeline(world).backfill()
    send(world, 1, OLD[0])
    assert run(world).uncounted == 1


def test_pages_whose_curves_show_the_dates_are_made_again(world):
    """Hatched before, known afterwards."""
    run(world)
    assert {states(world)[str(day)] for day in OLD} == {"unread"}
    Pipeline(world).backfill()
    assert {states(world)[str(day)] for day in OLD} == {"observed"}


def test_after_a_backfill_that_failed_another_goes_on_from_there(world):
    """It is on record and alerts; a date that was counted ahead of the failure may stay counted."""
    run(world)
    world.failures = [EngineFailed("it broke")]
    assert Pipeline(world).backfill().exit_code == EngineFailed.exit_code
    assert world.alerts
    record = Pipeline(world).backfill()
    assert (record.exit_code, record.uncounted) == (0, 0)
    assert OLD[0] in counted(record)


def test_a_dry_run_offers_nothing(world):
    """It looks at no cube."""
    assert Pipeline(world).run_dates([LAST], RunOptions(dry_run=True)).uncounted == 0
