"""The table of the journey is true: its modules are there, and a record on its way calls each of them."""

import datetime as dt
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

import healthtrends
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.observe import progress
from healthtrends.orchestrate.pages import PageResources
from healthtrends.page.translations import bundled
from healthtrends.produce.send import produce
from healthtrends.sources.synthetic import SyntheticPlan, synthetic
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.golden.local_pipeline import LocalPipeline
from tests.unit.test_send import MemorySender

PACKAGE = Path(healthtrends.__file__).parent
DATE = dt.date(2025, 12, 22)
PLAN = SyntheticPlan(records=20, seed=1, first=DATE, last=DATE, outbreak=None, plain=True, bad_share=0.0)


@pytest.mark.parametrize(("step", "module"), healthtrends.JOURNEY)
def test_each_step_of_the_journey_is_a_file(step, module):
    """So that a reader who follows the table arrives."""
    assert (PACKAGE / module).is_file(), step


def test_the_table_in_the_docstring_is_the_constant():
    """One of the two is read by people, the other by this test."""
    for step, module in healthtrends.JOURNEY:
        assert step in (healthtrends.__doc__ or "")
        assert module in (healthtrends.__doc__ or "")


@contextmanager
def recording(entered: set[str]) -> Iterator[None]:
    """Note the module of each function of the package that is called inside, in threads too."""

    def note(frame: FrameType, event: str, _: object) -> None:
        # Bodies of modules and classes are no functions: those of an import alone are not wanted.
        if event == "call" and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            entered.add(frame.f_code.co_filename)

    before: Callable | None = sys.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)
        threading.setprofile(before)


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Files whose functions were called while synthetic records became reports and a page."""
    folder, found = tmp_path_factory.mktemp("journey"), set[str]()
    engine, sender = open_engine(EngineOptions(work=folder)), MemorySender()
    with recording(found):
        with progress("send", None, "records") as bar:
            produce(synthetic(PLAN), sender, bar=bar)
        opened = StorePool(LocalStore(folder / "pages"))
        pages = PageResources(bundled("en"), str, lambda _: opened, folder / "pages")
        local = LocalPipeline(folder / "data", engine, pages=pages)
        local.send(value.decode() for batch in sender.batches for value in batch)
        record = local.run([DATE])
        for pool in (local, opened, engine):
            pool.close()
    assert [(each.action, each.records) for each in record.dates] == [("published", PLAN.records)]
    return found


@pytest.mark.parametrize(("step", "module"), healthtrends.JOURNEY)
def test_a_record_on_its_way_calls_each_module_of_the_journey(entered, step, module):
    """A module that only is there, while another one does the work, would mislead its reader."""
    assert str(PACKAGE / module) in entered, step
