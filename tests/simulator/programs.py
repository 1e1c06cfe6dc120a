"""The programs that run side by side: what the commands do with `ingest/` and `storage/`, and no more."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from healthtrends.errors import Superseded, TransientError
from healthtrends.ingest.plan import Shard
from healthtrends.ingest.quarantine import RejectFilter
from healthtrends.ingest.replay import Replay, ReplaySummary
from healthtrends.ingest.runner import ingest
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.storage.compact import compact, days_with_more_files
from healthtrends.storage.recorder import Recorder
from healthtrends.testing.scheduled_topic import ScheduledTopic
from healthtrends.testing.scheduler import Process
from tests.simulator.world import Stop, World

_SHARDS = (Shard(), Shard(), Shard(0, 2), Shard(1, 2), Shard(0, 3), Shard(1, 3))


def start(world: World, program: str, choice: int, tries: int) -> None:
    """Start a process; `choice` says for which shard or day, `tries` how often it begins anew."""
    programs: dict[str, Callable[[], None]] = {
        "ingest": lambda: _ingest(world, choice, tries, follow=False),
        "follow": lambda: _ingest(world, choice, tries, follow=True),
        "compact": lambda: _compact(world, choice, tries),
        "replay": lambda: _replay(world, tries),
        "record": lambda: _record(world, choice, tries),
        "read": lambda: _patient(world.read),
        "verify": lambda: _patient(world.verify),
        "recover": lambda: _patient(lambda: world.log().recover()),
    }
    world.begun += 1
    world.scheduler.start(Process(f"{program}-{world.begun}"), programs[program])


def _ingest(world: World, choice: int, tries: int, *, follow: bool) -> None:
    """One log and one client for all attempts, as in a command."""
    log, topic = world.log(), ScheduledTopic(world.topic.reader(), world.scheduler)
    stop = world.stop if follow else Stop(world.scheduler)
    settings = replace(
        _settings(world), mode="follow" if follow else "once", shard=_SHARDS[choice % len(_SHARDS)]
    )
    for _ in range(tries):
        with suppress(TransientError):
            ingest(topic, log, settings, stop, _SilentBar(), IngestSummary())
            return


def _compact(world: World, choice: int, tries: int) -> None:
    """Merge the files of one day."""
    log = world.log()
    for _ in range(tries):
        with suppress(TransientError, Superseded):
            if days := days_with_more_files(log.read_state(), 1):
                day = days[choice % len(days)]
                compact(log, day.day, day.folder)
            return


def _replay(world: World, tries: int) -> None:
    """Decode all rejects again; some pass once it is the next day."""
    log, summary = world.log(), ReplaySummary()
    for _ in range(tries):
        with suppress(TransientError):
            Replay(log, _settings(world), None, RejectFilter()).run(summary, _SilentBar(), dry_run=False)
            return


def _record(world: World, choice: int, tries: int) -> None:
    """Put an issue of a report on record, as who publishes it does."""
    log = world.log()
    for _ in range(tries):
        with suppress(TransientError):
            Recorder(log).record({f"2025-12-0{1 + choice % 3}": (world.begun, "0" * 64)})
            return


def _settings(world: World) -> IngestSettings:
    return IngestSettings(
        batch_records=world.rules.batch,
        batch_bytes=10**9,
        commit_interval=1.0,
        future_days=1,
        pseudonymise=None,
        key_id=None,
    )


def _patient(work: Callable[[], object]) -> None:
    """A server that does not answer is no fault of who only looks."""
    with suppress(TransientError):
        work()


class _SilentBar:
    def advance(self, n: int = 1) -> None:
        pass

    def set_total(self, n: int) -> None:
        pass
