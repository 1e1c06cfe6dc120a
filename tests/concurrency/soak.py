"""Two followers on one log: one is killed every few seconds and started again, one lives on."""

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from itertools import count

import psutil

from tests.concurrency.memory import family, held
from tests.concurrency.sender import DAYS, Sender, number_at
from tests.concurrency.shared_log import SharedLog
from tests.faults.sandbox import Run

_LINE_SECONDS = 10.0
_COMPACT_SECONDS = 20.0
_ORPHAN_SECONDS = 10.0
_KILL_AFTER = (2.0, 9.0)
_TIME = re.compile(rb'"recorded_at":"([^"]+)"')
_POSITION = re.compile(rb'"partition":(\d+),"offset":(\d+),')


class Soak:
    """What happens until the time is over, and what was seen of it."""

    def __init__(self, shared: SharedLog, sender: Sender, seed: int, say: Callable[[str], None]) -> None:
        self.kills = 0
        self.orphans: list[psutil.Process] = []
        """Children that a killed follower left behind."""
        self.steady = self._follow("2/2", shared)
        self.steady_memory: list[float] = []
        """Proportional set size of the follower that lives on, one figure a second."""
        self.victim = self._follow("1/2", shared)
        self._shared = shared
        self._sender = sender
        self._chance = random.Random(seed)
        self._say = say
        self._state = shared.state()

    @staticmethod
    def _follow(shard: str, shared: SharedLog) -> Run:
        return shared.follow(
            shard, HEALTHTRENDS_INGEST__COMMIT_INTERVAL="2", HEALTHTRENDS_INGEST__SNAPSHOT_EVERY="50"
        )

    def run(self, seconds: float) -> None:
        """Kill, start, sample and compact."""
        begin = time.monotonic()
        kill_at, line_at, compact_at = self._next_kill(), begin, begin + _COMPACT_SECONDS
        for second in count(1):
            if time.monotonic() >= begin + seconds:
                return
            time.sleep(max(0.0, begin + second - time.monotonic()))
            for run in (self.steady, self.victim):
                assert not run.has_ended(), run.err
            victim, (resident, proportional) = held(family(self.victim.pid)), held(family(self.steady.pid))
            self.steady_memory.append(proportional)
            if time.monotonic() >= line_at:
                line_at += _LINE_SECONDS
                self._report(time.monotonic() - begin, resident, proportional, victim[1])
            if time.monotonic() >= compact_at:
                compact_at += _COMPACT_SECONDS
                self._shared.sandbox.start("compact", self._chance.choice(DAYS)).end()
            if time.monotonic() >= kill_at:
                self._kill()
                kill_at = self._next_kill()

    def _next_kill(self) -> float:
        return time.monotonic() + self._chance.uniform(*_KILL_AFTER)

    def _kill(self) -> None:
        """As an out-of-memory killer does it; what the dead one had started must end by itself."""
        children = family(self.victim.pid)[1:]
        self.victim.kill()
        self.kills += 1
        _, alive = psutil.wait_procs(children, _ORPHAN_SECONDS)
        self.orphans += alive
        for process in alive:
            process.kill()
        self.victim = self._follow("1/2", self._shared)

    def _report(self, second: float, resident: float, proportional: float, victim: float) -> None:
        self._state = self._shared.log.read_state(since=self._state)
        stored = self._state.messages_stored + self._state.messages_rejected
        self._say(
            f"{second:6.0f} s: {self._sender.sent:,} sent, {stored:,} stored, {self._state.seq} commits, "
            f"{self.kills} kills; follower RSS {resident:.0f} MB, PSS {proportional:.0f} MB; "
            f"the killed one PSS {victim:.0f} MB"
        )


def times_found(shared: SharedLog, sender: Sender) -> Counter[int]:
    """How often each message was found: 1 is right, all else is wrong. Gives times to number of messages."""
    found = bytearray(sender.sent)
    state = shared.state()
    for paths in (state.files, state.reject_files):
        for files in paths.values():
            for path in files:
                content = shared.log.store.read(path)
                for match in _TIME.finditer(content):
                    found[number_at(match[1].decode())] += 1
                for match in _POSITION.finditer(content):
                    found[sender.at[int(match[1])][int(match[2])]] += 1
    return Counter(found)
