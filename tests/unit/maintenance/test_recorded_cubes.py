"""What goes on record of a cube when other runs replace it; tests/simulator has all orders of the steps."""

import datetime as dt

import pytest

from healthtrends.storage.cube_head import CubeSource
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.recorder import Recorder, cube_to_record
from healthtrends.storage.state import State
from healthtrends.storage.verify.cubes import cube_faults

DAY = dt.date(2025, 12, 20)


class Run:
    """One run's cubes and recorder."""

    def __init__(self, place) -> None:
        self.log = place.log
        self.recorder = Recorder(self.log)
        self.cubes = Cubes(self.log.pool, self.log.layout, self.recorder.note_cube)

    def make(self, figures=b"3"):
        """Put a cube in place."""
        source = CubeSource(DAY, self.log.read_state().seq, "inputs", "engine", "1")
        return self.cubes.write(source, {}, {"group": figures}, {"group": figures})

    @property
    def faults(self):
        """What `verify` says, without the paths."""
        recorded = self.log.read_state().cubes[str(DAY)]
        return [what for _, what in cube_faults(self.cubes, self.log.layout, str(DAY), recorded, ("group",))]


@pytest.fixture
def runs(place):
    """Two at work on a root that holds a batch."""
    place.send(place.record(1))
    place.ingest()
    return Run(place), Run(place)


def test_a_cube_that_was_replaced_and_recorded_by_another_run_stays_on_record(runs):
    """Whoever records last does not bring its own back."""
    late, other = runs
    late.make()
    other.make(b"4")
    other.recorder.record_cubes()
    late.recorder.record_cubes()
    assert late.faults == []


def test_a_writer_whose_number_is_taken_looks_at_the_cube_again(runs):
    """It was replaced and recorded after this writer had looked."""
    late, other = runs
    late.make()
    steps = iter([lambda: other.make(b"4"), other.recorder.record_cubes])

    def wait_for_issue():
        for step in steps:
            step()

    late.recorder.record({}, wait_for_issue)
    assert late.faults == []


def test_the_same_cube_of_a_run_that_died_goes_on_record(runs):
    """It was put in place, and not recorded."""
    late, dead = runs
    late.make()
    dead.make()
    late.recorder.record_cubes()
    assert late.faults == []


def test_another_cube_that_no_run_records_is_found(runs):
    """Somebody may have made it up."""
    late, stranger = runs
    late.make()
    stranger.make(b"4")
    late.recorder.record_cubes()
    assert late.faults == ["the log has another cube on record"]


def test_a_cube_of_before_an_erasure_does_not_go_on_record(runs):
    """It was computed with somebody who is erased."""
    run, _ = runs
    head = run.make()
    erased = State(seq=head.seq + 1, erased={str(DAY): head.seq + 1})
    assert cube_to_record(run.cubes, (head, "0" * 64), erased) is None
