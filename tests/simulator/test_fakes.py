"""The servers in memory keep the promises of HDFS that the log relies on, and what dies has no effect."""

import signal
import threading
import time

import pytest

from healthtrends import runtime
from healthtrends.errors import HdfsUnavailable
from healthtrends.testing.memory_store import MemoryNameNode, MemoryStore
from healthtrends.testing.scheduler import Call, Fate, Order, Process, Scheduler
from healthtrends.testing.simulated_runtime import SimulatedRuntime


def failing(fate, name="rename"):
    """A store of which the calls of one name meet a fate."""
    return MemoryStore(point=lambda call: fate if call.name == name else Fate.OK)


def written(store, path="/r/a"):
    """The store with one file of two bytes."""
    file = store.create(path)
    file.write(b"ab")
    file.close()
    return store


def test_a_file_is_there_without_bytes_until_it_is_closed():
    """So a listing, or another's look at its length, may meet it half done."""
    store = MemoryStore()
    store.create("/r/a").write(b"ab")
    assert (store.length("/r/a"), store.read("/r/a")) == (0, b"")


def test_a_rename_does_not_overwrite():
    """The compare-and-swap of the log."""
    store = written(written(MemoryStore()), "/r/b")
    with pytest.raises(FileExistsError):
        store.rename("/r/a", "/r/b")


def test_a_rename_makes_the_parents_of_its_target():
    """As the port promises; a name node does not."""
    store = written(MemoryStore())
    store.rename("/r/a", "/r/new/folder/a")
    assert (store.length("/r/a"), store.read("/r/new/folder/a")) == (None, b"ab")


@pytest.mark.parametrize(
    ("fate", "error", "is_moved"),
    [
        (Fate.UNANSWERED, HdfsUnavailable, True),
        (Fate.LOST, HdfsUnavailable, False),
        (Fate.LATE, HdfsUnavailable, False),
        (Fate.REPEATED, FileNotFoundError, True),
    ],
)
def test_what_becomes_of_a_rename_that_goes_wrong(fate, error, is_moved):
    """The caller sees an error, which says nothing about the effect."""
    store = written(failing(fate))
    with pytest.raises(error):
        store.rename("/r/a", "/r/b")
    assert (store.length("/r/b") is not None) == is_moved


def test_a_late_call_is_applied_when_it_strikes():
    """Long after its caller gave up."""
    store = written(failing(Fate.LATE))
    with pytest.raises(HdfsUnavailable):
        store.rename("/r/a", "/r/b")
    store.namenode.strike(0)
    assert (store.length("/r/a"), store.length("/r/b")) == (None, 2)


def test_a_late_call_whose_time_is_over_does_nothing():
    """Its source is gone, or its target is taken; nobody waits for the error."""
    store = written(failing(Fate.LATE))
    with pytest.raises(HdfsUnavailable):
        store.rename("/r/a", "/r/b")
    store.delete("/r/a")
    store.namenode.strike(0)
    assert store.length("/r/b") is None


def test_a_folder_of_many_names_is_listed_in_pieces():
    """What comes in behind the last name seen is found, what comes in before it is not."""
    namenode = MemoryNameNode()
    for name in ("b", "d", "f"):
        namenode.create(f"/r/{name}")
    coming = iter([None, "a", "g", None])

    def point(call):
        if (name := next(coming)) is not None:
            namenode.create(f"/r/{name}")
        return Fate.OK

    assert [entry.name for entry in MemoryStore(namenode, point, page=1).list("/r")] == ["b", "d", "f", "g"]


def scheduled(work):
    """A scheduler with one task, whose store is given to `work`."""
    scheduler = Scheduler(1)
    store = MemoryStore(point=scheduler.point)
    return scheduler, store, scheduler.start(Process("writer"), lambda: work(store))


def test_a_task_goes_as_far_as_it_is_told():
    """Two calls and one more; it stands before the fourth."""
    scheduler, store, task = scheduled(lambda store: [store.create(f"/r/{number}") for number in range(9)])
    scheduler.run(task, Order(calls=2))
    assert len(store.namenode.names("/r")) == 3


def test_a_task_stops_before_a_call_of_a_kind():
    """A schedule says what it waits for, not how many calls that takes."""
    scheduler, store, task = scheduled(lambda store: written(store).rename("/r/a", "/r/b"))
    scheduler.run(task, Order(until=lambda call: call == Call("rename", "/r/b", is_effect=True)))
    assert (task.is_done, store.namenode.content("/r/a")) == (False, b"ab")


def test_the_dead_do_nothing_any_more():
    """Not even what their code does on the way out."""

    def work(store):
        try:
            store.create("/r/a")
            store.create("/r/b")
        finally:
            store.delete("/r/a")

    scheduler, store, task = scheduled(work)
    scheduler.run(task, Order())
    scheduler.kill(task.process)
    assert (task.is_done, [entry.name for entry in store.namenode.names("/r")]) == (True, ["a"])


def test_a_task_that_nobody_waits_for_any_more_can_be_killed():
    """As when the time limit of a test ends the wait: it gives back a turn that is not taken back."""
    is_over = threading.Event()

    def work(store):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
        is_over.wait(10)
        store.create("/r/a")
        store.create("/r/b")

    def interrupt(*_):
        raise InterruptedError

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        scheduler, _, task = scheduled(work)
        with pytest.raises(InterruptedError):
            scheduler.run(task, Order())
    finally:
        signal.signal(signal.SIGUSR1, before)
    is_over.set()
    while scheduler._own_turn.locked():
        time.sleep(0.001)
    scheduler.kill(task.process)
    assert (task.is_done, scheduler.tasks, scheduler._own_turn.locked()) == (True, [], True)


def test_a_background_thread_is_a_task_of_its_own():
    """Its process goes on meanwhile, and dies with it."""
    scheduler = Scheduler(1)
    process, seen = Process("writer"), []

    def work():
        pool = runtime.current().background("commit")
        future = pool.submit(lambda: 7)
        while not runtime.current().wait(future, 1.0):
            seen.append("waiting")
        seen.append(future.result())

    with runtime.replaced(SimulatedRuntime(scheduler)):
        task = scheduler.start(process, work)
        while scheduler.tasks:
            for each in list(scheduler.tasks):
                scheduler.run(each, Order(10))
    assert (task.is_done, seen) == (True, ["waiting", 7])
