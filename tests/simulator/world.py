"""One root, one topic, and the processes at work on it: the product's own code, on servers in memory."""

import datetime as dt
import json
import threading
from collections import Counter
from functools import cache
from typing import NamedTuple

from healthtrends.storage import manifest as manifests
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import JOB, Manifest
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import verify
from healthtrends.testing import MemoryTopic
from healthtrends.testing.memory_store import MemoryNameNode, MemoryStore
from healthtrends.testing.scheduler import Scheduler

LAYOUT_ROOT = "/r"


class Violation(Exception):
    """The promise of the protocol is broken."""


class Rules(NamedTuple):
    """What stays the same during a schedule."""

    partitions: int = 2
    messages: int = 2
    """In each partition at the beginning."""
    dates: int = 2
    every: int = 3
    """Commits from one snapshot to the next."""
    retention: int = 0
    """Numbers that manifests are kept below a snapshot."""
    folder: int = 2
    """Numbers of a folder of manifests."""
    page: int = 1000
    """Names that a listing gives at a time."""
    batch: int = 1
    """Messages of a batch."""


class Stop(threading.Event):
    """An event whose waiting is the scheduler's."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler

    def wait(self, timeout: float | None = None) -> bool:
        self._scheduler.advance_clock(timeout or 0.0)
        return self.is_set()


class World:
    """Everything of one schedule."""

    def __init__(self, rules: Rules, scheduler: Scheduler) -> None:
        self.rules = rules
        self.scheduler = scheduler
        self.layout = Layout(LAYOUT_ROOT, seqs_per_folder=rules.folder)
        self.namenode = MemoryNameNode(self._renamed)
        self.topic = MemoryTopic()
        self.history: list[Manifest] = []
        """What first took the numbers 1, 2, ..."""
        self._overtaken: set[int] = set()
        """Snapshots that came in behind a newer one."""
        self.begun = 0
        """Processes so far."""
        self.stop = Stop(scheduler)
        """Of all followers."""
        for partition in range(rules.partitions):
            self.topic.partitions[partition] = []
            self.send(partition, rules.messages)

    def send(self, partition: int, messages: int) -> None:
        """Append messages to a partition."""
        for _ in range(messages):
            offset = len(self.topic.partitions[partition])
            if offset % 5 == 4:
                self.topic.skip(partition, aborted=True)
            else:
                self.topic.send(partition, _content(partition, offset, self.rules.dates))

    def log(self) -> CommitLog:
        """Return the log as a new process sees it."""
        store = MemoryStore(self.namenode, self.scheduler.point, self.rules.page)
        return CommitLog(StorePool(store), self.layout, self.rules.every, self.rules.retention)

    # The promise -------------------------------------------------------------------------------

    def read(self) -> None:
        """Read one state with all its files: it is a state of the history, and not one that was over."""
        begun, log = len(self.history), self.log()
        state = log.recover()
        if state.seq < begun:
            raise Violation(f"state {state.seq} was read when {begun} was committed already")
        self.check_state(state)
        found: Counter[tuple[int, int]] = Counter()
        for file in _live(state):
            found.update(_messages(_read_located(log, file)))
        self.check_messages(found, state)

    def verify(self) -> None:
        """Let the product prove what is stored."""
        if not self.history:
            return
        found = [finding["detail"] for finding in verify(self.log()) if not finding["ok"]]
        bad = [detail for detail in found if "(simulated)" not in detail]  # it may not have been let to read
        if bad:
            raise Violation(f"verify: {'; '.join(bad)}")

    def check_state(self, state: State) -> None:
        """A state is the sum of the commits up to its number."""
        if not state.seq:
            return
        if state.seq > len(self.history) or dict(state.parts) != self.history[state.seq - 1].parts:
            raise Violation(f"a reader saw another state {state.seq}")
        live: set[str] = set()
        for manifest in self.history[: state.seq]:
            live.difference_update(manifest.remove)
            live.update(file.dst for file in manifest.placed)
        named = set(_live(state))
        if named != live:
            raise Violation(f"state {state.seq} names other files than its commits: {sorted(named ^ live)}")

    def check_messages(self, found: Counter[tuple[int, int]], state: State) -> None:
        """Each message before the next offsets of a state is there once, and no other."""
        wanted = {
            (message.at_partition, message.at_offset)
            for partition, messages in self.topic.partitions.items()
            if partition in state.parts
            for message in messages[: state.parts[partition].next]
            if message.kind == "message"
        }
        if found.keys() != wanted or found.total() != len(wanted):
            raise Violation(
                f"not exactly once at {state.seq}: {sorted(wanted - found.keys())} lost,"
                f" {sorted(found - Counter(wanted))} more"
            )

    def check(self) -> None:
        """Everything is stored: it is in place, and nothing else is."""
        state = self.log().read_state()
        if state.seq != len(self.history):
            raise Violation(f"the newest state is {state.seq}, committed were {len(self.history)}")
        self.check_state(state)
        nexts = {p: position.next for p, position in state.parts.items() if p != JOB}
        ends = {p: len(messages) for p, messages in self.topic.partitions.items() if messages}
        if {p: n for p, n in nexts.items() if n} != ends:
            raise Violation(f"the log ends at {nexts}, the topic at {ends}")
        contents = {path: self.namenode.content(path) for path in _live(state)}
        if missing := sorted(path for path, content in contents.items() if content is None):
            raise Violation(f"committed files are not in place: {missing}")
        for folder in (self.layout.records, self.layout.rejects):
            if strays := sorted(set(self.namenode.files(folder)) - contents.keys()):
                raise Violation(f"files lie in the data folders that no commit names: {strays}")
        found: Counter[tuple[int, int]] = Counter()
        for content in contents.values():
            found.update(_messages(content or b""))
        self.check_messages(found, state)
        self._check_snapshots()
        for manifest in self.history:
            for path in manifest.remove:
                aside = self.layout.removed(manifest.clock_date, manifest.seq, path)
                if self.namenode.content(aside) is None:
                    raise Violation(f"what commit {manifest.seq} removed is not kept: {path}")
        self.verify()

    def _check_snapshots(self) -> None:
        """Those of the last ten intervals are states of the history, with all their lists.

        One that came in behind a newer one may rest on lists that are older than that.
        """
        snapshots = self.log().snapshots
        for number in snapshots.numbers():
            if number > snapshots.newest() - 10 * self.rules.every and number not in self._overtaken:
                self.check_state(snapshots.load(number))

    def _renamed(self, path: str, content: bytes) -> None:
        if path.startswith(self.layout.snapshots):
            name = path.rpartition("/")[2]
            heads = [entry.name for entry in self.namenode.names(self.layout.snapshots)]
            if any(other > name for other in heads if other.endswith(".json")):
                self._overtaken.add(int(name.removesuffix(".json")))
        if not path.startswith(self.layout.commits):
            return
        manifest = manifests.decode(content, path)
        if manifest.seq <= len(self.history):
            return
        if manifest.seq != len(self.history) + 1:
            raise Violation(f"number {manifest.seq} was taken before {len(self.history) + 1}")
        self.history.append(manifest)


def _live(state: State) -> list[str]:
    index = [state.file_index("date"), state.file_index("ingested")]
    return [path for days in index for files in days.values() for path in files]


def _read_located(log: CommitLog, path: str) -> bytes:
    """Content of a file of an older number: in place, or where a later commit put it."""
    for _ in range(5):
        try:
            return log.store.read(*log.locate([path]))
        except FileNotFoundError:
            continue
    raise Violation(f"{path} is nowhere")


def _messages(content: bytes) -> list[tuple[int, int]]:
    found = []
    for line in content.splitlines():
        fields = json.loads(line)
        if "offset" in fields:
            found.append((fields["partition"], fields["offset"]))
        else:
            _, partition, offset = fields["patient_id"].split("-")
            found.append((int(partition), int(offset)))
    return found


@cache
def _content(partition: int, offset: int, dates: int) -> bytes:
    """A record; each fourth is rejected, for good or until the next day."""
    day = dt.date(2025, 12, 24) if offset % 8 == 3 else dt.date(2025, 12, 1 + offset % dates)
    fields = {
        "patient_id": f"P-{partition}-{offset}", "age": 400 if offset % 8 == 7 else 40, "gender": "F",
        "diagnosis_code": "E11", "visit_date": str(day), "treatment_code": "T", "outcome": "ongoing",
    }  # fmt: skip
    return json.dumps(fields).encode()
