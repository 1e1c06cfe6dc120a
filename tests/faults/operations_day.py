"""A day of operation in short: a feed by MLLP, a follower, a timer that starts runs, a scraper; and faults.

Processes that end are started again, as systemd does it, unless their exit code says that it is no help.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from healthtrends.devstack.free_ports import free_ports
from healthtrends.devstack.stack import LocalStack
from healthtrends.observe import metrics
from tests.cli.test_hl7v2 import visit
from tests.concurrency.memory import family, held
from tests.faults.sandbox import DAY, Run, Sandbox, wait_until
from tests.faults.servers import hanging, kill, safe_mode
from tests.mllp.door import Sender, msa
from tests.mllp.process import DoorProcess
from tests.operations.scrape import Scrape, address_of, fetch

NO_RESTART = (2, 4)
RUN_SECONDS = 60.0
SCRAPE_SECONDS = 5.0
FAULT_SECONDS = 20.0
HUNG_SECONDS = 8.0
PAUSE = 0.1
PATIENCE = 20.0
CODES = ("J10.1", "A09", "E11")
ENVIRON = {"HEALTHTRENDS_RETRY__DEADLINE": "600", "HEALTHTRENDS_SOURCE__FORMAT": "hl7v2"}


class Hospital(threading.Thread):
    """An interface engine: one message a time, sent again on a new connection until it is acknowledged."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._stop_request = threading.Event()
        self.sent: Counter[str] = Counter()
        """Visits whose message was acknowledged, by code."""

    def stop(self) -> None:
        """Send no further visit."""
        self._stop_request.set()

    def run(self) -> None:
        while not self._stop_request.wait(PAUSE):
            number = self.sent.total() + 1
            code = CODES[number % len(CODES)]
            while not self._is_acknowledged(visit(number, code=code, day=DAY)):
                time.sleep(PAUSE)
            self.sent[code] += 1

    def _is_acknowledged(self, message: bytes) -> bool:
        try:
            with Sender(self._address, timeout=PATIENCE) as sender:
                sender.send(message)
                answer = sender.answer()
        except OSError:
            return False
        return bool(answer) and msa(answer)[0] == "AA"


class OperationsDay:
    """What happens until the time is over, and what was seen of it."""

    def __init__(self, stack: LocalStack, sandbox: Sandbox, seed: int, say: Callable[[str], None]) -> None:
        self._stack = stack
        self._sandbox = sandbox
        self._chance = random.Random(seed)
        self._say = say
        sandbox.environ.update(ENVIRON)
        self.textfile = Path(sandbox.folder) / "healthtrends.prom"
        self._door_address = f"127.0.0.1:{free_ports(1)[0]}"
        self.door = self._open_door()
        self.hospital = Hospital(self._door_address)
        self.follower = self._follow()
        self._run: Run | None = None
        self.runs: Counter[int] = Counter()
        """Runs by exit code; -9: killed here."""
        self.faults: Counter[str] = Counter()
        self.memory: list[float] = []
        """Proportional set size of the follower since its last start, one figure a scrape."""
        self.scrapes = 0
        self._before: dict[tuple[str, ...], float] = {}

    def run(self, seconds: float) -> None:
        """Let all of it happen; in the second half nobody kills the long processes."""
        begin = time.monotonic()
        self.hospital.start()
        turns = {"scrape": begin, "run": begin, "fault": begin + FAULT_SECONDS}
        while (now := time.monotonic()) < begin + seconds:
            if now >= turns["scrape"]:
                turns["scrape"] = now + SCRAPE_SECONDS
                self._restart_ended()
                self._scrape()
            if now >= turns["run"]:
                turns["run"] = now + RUN_SECONDS
                self._next_run()
            if now >= turns["fault"]:
                self._fault(spare=now > begin + seconds / 2)
                turns["fault"] = time.monotonic() + FAULT_SECONDS
                self._report(time.monotonic() - begin)
            time.sleep(PAUSE)

    def end(self) -> Scrape:
        """Stop the feed, let all be stored and published, and end the follower; its last metrics."""
        self.hospital.stop()
        self.hospital.join(PATIENCE * 10)
        assert not self.hospital.is_alive()
        self._end_run()
        wait_until(self._is_caught_up)
        found = self._metrics()
        self.follower.terminate()
        self.follower.end()
        assert self.door.terminate()[0] == 0
        run = self._start_run()
        run.end()
        self.runs[0] += 1
        return found

    def close(self) -> None:
        """End what still runs."""
        self.hospital.stop()
        if self.door.is_running():
            self.door.kill()

    # What a service manager and a timer do -----------------------------------------------------

    def _open_door(self) -> DoorProcess:
        return DoorProcess(self._sandbox.environ, self._sandbox.folder, self._door_address)

    def _follow(self) -> Run:
        self.memory, self._before = [], {}
        run = self._sandbox.start("ingest", "--follow", HEALTHTRENDS_METRICS__LISTEN="127.0.0.1:0")
        address_of(run)
        return run

    def _start_run(self) -> Run:
        return self._sandbox.start("run", DAY, HEALTHTRENDS_METRICS__TEXTFILE=str(self.textfile))

    def _restart_ended(self) -> None:
        if self.follower.has_ended():
            assert self.follower.end(*range(-15, 6), 143) not in NO_RESTART, self.follower.err
            self.follower = self._follow()
        if not self.door.is_running():
            self.door = self._open_door()

    def _next_run(self) -> None:
        """Start one unless the last still runs, as a timer does."""
        if self._run is not None and not self._run.has_ended():
            return
        self._end_run()
        self._run = self._start_run()

    def _end_run(self) -> None:
        if self._run is not None:
            self.runs[self._run.end(0, 5, -9)] += 1
            self._run = None

    # What Prometheus does ----------------------------------------------------------------------

    def _metrics(self) -> Scrape:
        return Scrape.of(fetch(address_of(self.follower), "/metrics")[1])

    def _scrape(self) -> None:
        """Forms are right, and a counter of a living process never falls."""
        found = self._metrics()
        found.check_forms()
        counters = found.values(metrics.RECORDS)
        for labels, before in self._before.items():
            assert counters.get(labels, 0) >= before, labels
        self._before = counters
        self.scrapes += 1
        self.memory.append(held(family(self.follower.pid))[1])

    def _is_caught_up(self) -> bool:
        self._restart_ended()
        lags = self._metrics().values(metrics.LAG)
        return len(lags) == 3 and sum(lags.values()) == 0 and self._is_all_stored()

    def _is_all_stored(self) -> bool:
        """Each acknowledged message, and those that were sent again."""
        return self._sandbox.committed() >= self.hospital.sent.total()

    # Faults ------------------------------------------------------------------------------------

    def _fault(self, *, spare: bool) -> None:
        """One at a time, drawn at random; with `spare` none that ends a long process."""
        kinds: dict[str, Callable[[], None]] = {
            "broker hangs": lambda: self._while(hanging(self._stack, "kafka")),
            "namenode hangs": lambda: self._while(hanging(self._stack, "namenode")),
            "safe mode": lambda: self._while(safe_mode(self._stack)),
            "broker killed": lambda: self._restart_server("kafka"),
            "datanode killed": lambda: self._restart_server("datanode"),
            "run killed": self._kill_run,
        }
        if not spare:
            kinds |= {"follower killed": self.follower.kill, "door killed": self.door.kill}
        name = self._chance.choice(sorted(kinds))
        kinds[name]()
        self.faults[name] += 1

    def _while(self, state: "contextmanager[None]") -> None:
        with ExitStack() as stack:
            stack.enter_context(state)
            time.sleep(HUNG_SECONDS)

    def _restart_server(self, name: str) -> None:
        kill(self._stack, name)
        time.sleep(self._chance.uniform(0, HUNG_SECONDS))
        self._stack.up(lambda _: None)

    def _kill_run(self) -> None:
        if self._run is not None and not self._run.has_ended():
            self._run.kill()

    def _report(self, second: float) -> None:
        said = ", ".join(f"{number} {name}" for name, number in sorted(self.faults.items()))
        sent, stored = self.hospital.sent.total(), self._sandbox.committed()
        self._say(
            f"{second:6.0f} s: {sent:,} acknowledged, {stored:,} stored, runs {dict(self.runs)},"
            f" follower PSS {self.memory[-1]:.0f} MB; {said}"
        )


@contextmanager
def operations_day(
    stack: LocalStack, sandbox: Sandbox, seed: int, say: Callable[[str], None]
) -> Iterator[OperationsDay]:
    """Begin one; what it started is ended in any case."""
    day = OperationsDay(stack, sandbox, seed, say)
    try:
        yield day
    finally:
        day.close()
