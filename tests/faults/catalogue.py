"""Every fault that is tried: what it is, when it strikes, what it leaves, what comes after it.

The tests take their cases from here, and docs/reference/guarantees.md is written from here (`make docs`).
"""

from dataclasses import dataclass
from typing import Final

from healthtrends.adapters.failpoints import NAMES

STRUCK: Final = (
    "B3.create.before",
    "B3.write.before",
    "B3.close.before",
    "B4.create.before@2",
    "B4.rename.before@2",
    "B4.rename.after@2",
    "B5.rename.before@2",
    "B7.delete.before",
    "S.create.before",
)
"""Where ingests stand when a server is struck; `@2`: when they come by for the second time, with data."""

STEPS_OF_HDFS: Final = (
    *STRUCK,
    "B4.write.before@2",
    "B4.close.before@2",
    "S.write.before",
    "S.close.before",
    "S.rename.before",
    "S.rename.after",
)
"""Where they stand when one server of several of HDFS is: at the rest of a commit and of a snapshot, too."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a server, of the network, of a clock, or several writers at once."""

    what: str
    when: str
    """The steps at which it strikes, in words."""
    left: str
    next_run: str
    """What this run does in the end, or the next one."""
    test: str
    """The file that tries it, below tests/faults."""


_EACH: Final = "at each of these steps"
_SERVERS, _NETWORK, _HDFS = "test_servers.py", "test_network.py", "test_hdfs_cluster.py"
_EACH_OF_HDFS: Final = "at each of these steps, and at the other calls of a manifest and a snapshot"
_AS_BELOW: Final = "as below for the step"
_RIDES: Final = "this run tries again inside `retry.deadline` and ends with 0"
_NEXT: Final = "this run ends with 5; the next one finishes"

FAULTS: Final = {
    "kafka killed": Fault(
        "broker killed (-9) and started again at once",
        _EACH,
        "the log; nothing that a broker does changes it",
        "the client connects again and this run ends with 0",
        _SERVERS,
    ),
    "namenode killed": Fault(
        "NameNode killed (-9) and started again at once", _EACH, _AS_BELOW, _RIDES, _SERVERS
    ),
    "datanode killed": Fault(
        "DataNode killed (-9) and started again at once",
        _EACH,
        "as below; files under construction stay in staging, unclosed",
        f"files that cannot be closed are given up, and {_RIDES}",
        _SERVERS,
    ),
    "kafka away": Fault(
        "broker killed (-9), back after the deadline",
        _EACH,
        "the log; a batch that was about to be committed is, any other is read again",
        _NEXT,
        _SERVERS,
    ),
    "leader killed": Fault(
        "of three brokers, the leader of a partition or the active controller killed (-9)",
        "during a send, and at `B3.write.before`",
        "the log; the other brokers have every confirmed message",
        f"another broker takes over, and {_RIDES}",
        "test_kafka_cluster.py",
    ),
    "two brokers of three killed": Fault(
        "two of three brokers killed (-9), back after the deadline; or the only one that holds a partition",
        "at `B3.write.before`, and before `ingest`, `status` and `produce`",
        "the log; nothing is taken for a topic that was cut off",
        "these runs end with 5, as no leader is known; the next one finishes",
        "test_kafka_cluster.py",
    ),
    "topic made again": Fault(
        "topic deleted, and made again smaller, larger, with fewer or more partitions, or not at all",
        "under followers at work or asleep (SIGSTOP), at `B3.create.before`, and between commands",
        "the log as it was; nothing of the new topic",
        "this run and every other ends with 4: `ingest`, `run`, `status`, `ingest --restage`",
        "test_topic_made_again.py",
    ),
    "partition cut off": Fault(
        "a partition's files lost, all or the second half, with its broker down; then more sent than before",
        "under followers at work or asleep (SIGSTOP), and between ingests",
        "the log as it was; nothing of what came later",
        "this run and every other ends with 4, and names partition and offset",
        "test_cut_off.py",
    ),
    "namenode away": Fault(
        "NameNode killed (-9), back after the deadline", _EACH, _AS_BELOW, _NEXT, _SERVERS
    ),
    "datanode away": Fault(
        "DataNode killed (-9), back after the deadline",
        _EACH,
        "as below; files under construction stay in staging, unclosed",
        _NEXT,
        _SERVERS,
    ),
    "namenode hangs": Fault(
        "NameNode stopped (SIGSTOP) with its connections open, and woken up",
        _EACH,
        "as below; calls that had no answer may have taken effect",
        f"calls end after `ipc.client.rpc-timeout.ms`, and {_RIDES}",
        _SERVERS,
    ),
    "other namenode": Fault(
        "of two NameNodes, the active one hands over to the other, or is killed (-9) and the other promoted",
        _EACH_OF_HDFS,
        _AS_BELOW,
        f"the client turns to the other, before or after it is promoted, and {_RIDES}",
        _HDFS,
    ),
    "active namenode hangs": Fault(
        "of two NameNodes, the active one stopped (SIGSTOP), the other promoted, and the first woken up",
        _EACH_OF_HDFS,
        "as below; the first takes itself for active, and ends itself at its next write",
        f"calls are given up after some 3 s, the client turns to the other, and {_RIDES}",
        _HDFS,
    ),
    "journalnode lost": Fault(
        "one of three JournalNodes killed (-9)", _EACH_OF_HDFS, "the log", "this run ends with 0", _HDFS
    ),
    "journalnodes lost": Fault(
        "two of three JournalNodes killed (-9), which ends the NameNodes; all back after the deadline",
        _EACH_OF_HDFS,
        _AS_BELOW,
        _NEXT,
        _HDFS,
    ),
    "one copy lost": Fault(
        "of two DataNodes that hold each block, one killed (-9) or stopped (SIGSTOP)",
        f"{_EACH_OF_HDFS}, and while every command reads",
        "as below; files under construction stay in staging, unclosed",
        f"the other copy is read, files that cannot be closed are given up, and {_RIDES}",
        _HDFS,
    ),
    "safe mode": Fault(
        "safe mode entered, and left after every ingest had met it", _EACH, _AS_BELOW, _RIDES, _SERVERS
    ),
    "safe mode stays": Fault(
        "safe mode entered, and left after the deadline", _EACH, _AS_BELOW, _NEXT, _SERVERS
    ),
    "full disk": Fault(
        "DataNode without room on its disk, until after the deadline",
        _EACH,
        "as below; what is staged but unwritten is empty",
        "this run ends with 5 and says that there is no room; the next one finishes",
        _SERVERS,
    ),
    "quota": Fault(
        "space quota of the root used up, until after the deadline",
        "at `B3.create.before`",
        "a fence, and empty files in staging",
        "this run ends with 5 and names the quota; the next one finishes",
        "test_quota.py",
    ),
    "bad network": Fault(
        "requests and replies of the NameNode lost, delayed, cut in the middle, or never answered",
        "at messages that a seed draws",
        "an effect or none, and no answer",
        f"looks what stands there, tries again under new names, and {_RIDES}",
        _NETWORK,
    ),
    "ingests at once": Fault(
        "two or three ingests of the same partitions at once",
        "at moments that a seed draws",
        "fences one above the other; the newest owns the partitions",
        "the others end with 0, superseded",
        "test_many_ingests.py",
    ),
    "shards at once": Fault(
        "two or three shards at once, and another number of shards beside them",
        "at moments that a seed draws",
        "one sequence of commits of all of them",
        "who loses a number takes the next; who loses a partition ends with 0",
        "test_many_ingests.py",
    ),
    "clock between runs": Fault(
        "clock a day or a year forwards or back from run to run",
        "between commits",
        "manifests whose clock dates go back and forth; the numbers order them, no clock does",
        "goes on; a record dated after the clock's tomorrow is rejected, as documented",
        "test_clock.py",
    ),
    "clock during a run": Fault(
        "clock jumps by days and years while an ingest runs",
        "at all moments",
        "as above; one clock date a batch",
        "goes on; deadlines and intervals do not notice",
        "test_clock.py",
    ),
}
"""All faults by their short names."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a writer that dies just then leaves."""

    left: str
    next_run: str
    committed: bool | None = None
    """Whether the batch is part of the data; None: no batch is under way."""


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of effect on HDFS, with the two sides that a failpoint has."""

    does: str
    before: Moment
    after: Moment


def _same(does: str, moment: Moment) -> Step:
    """Return a step that makes no difference to what is left."""
    return Step(does, moment, moment)


_AGAIN: Final = "deletes the staging once its epoch owns nothing, and reads the same offsets again"
_STAGED = Moment("the batch's files in staging, which nobody names", _AGAIN, committed=False)
_ASIDE = Moment(
    "the batch's files and maybe a manifest in staging, which nobody names", _AGAIN, committed=False
)
_TAKEN = Moment(
    "a commit, its files still in staging",
    "renames them into place and reads on behind the batch",
    committed=True,
)
_HALF = Moment(
    "a commit, some of its files in place",
    "renames the rest into place and reads on behind it",
    committed=True,
)
_PLACED = Moment(
    "a commit with all files in place, and the batch's empty staging",
    "deletes the staging once its epoch owns nothing, and reads on behind the batch",
    committed=True,
)
_DONE = Moment("a commit with all files in place", "reads on behind the batch", committed=True)
_NO_SNAPSHOT = Moment(
    "a commit with all files in place, and lists or a head aside that no snapshot names",
    "reads the manifests above the snapshot before; a later commit writes the next",
    committed=True,
)
_SNAPSHOT = Moment(
    "a snapshot, and older ones not yet pruned", "starts from it; the next one prunes", committed=True
)
_ORPHANS = Moment(
    "a fence, and orphans of a writer before it", "deletes them, and reads from the log's offsets"
)
_CUBE_STAGED = Moment("tables of a cube that no head names", "makes the cube anew; a later one deletes them")
_CUBE = Moment("a cube, `cube/date=D/` perhaps as before", "makes the reports from it")
_ERASED = Moment(
    "an erasure, and files aside that it took out of the data",
    "deletes them, publishes the dates again and says in the log that nothing is left",
)
_ISSUE_STAGED = Moment("files of an issue that has no number", "makes the issue anew")
_ISSUED = Moment("an issue with its number, the report folders as before", "installs it")
_INSTALLING = Moment(
    "an issue with its number, some reports in place and the others without `_SUCCESS`", "installs it"
)
_INSTALLED = Moment("an issue in place, and its staging", "nothing; the next issue deletes the staging")

STEPS: Final = {
    "R3.delete": _same("delete the staging of writers that own nothing", _ORPHANS),
    "B3.create": _same("create a staged file", _STAGED),
    "B3.write": _same("write to it", _STAGED),
    "B3.close": _same("close it", _STAGED),
    "B4.create": _same("create the manifest aside", _ASIDE),
    "B4.write": _same("write it", _ASIDE),
    "B4.close": _same("close it", _ASIDE),
    "B4.rename": Step("rename it to its number: **the commit**", _ASIDE, _TAKEN),
    "B5.rename": Step("rename a staged file to its place", _TAKEN, _HALF),
    "B7.delete": Step("delete the batch's staging", _PLACED, _DONE),
    "S.create": _same("create a snapshot's list, or its head aside", _NO_SNAPSHOT),
    "S.write": _same("write it", _NO_SNAPSHOT),
    "S.close": _same("close it", _NO_SNAPSHOT),
    "S.rename": Step("rename the head to its number: the snapshot", _NO_SNAPSHOT, _SNAPSHOT),
    "S.delete": _same("prune heads, lists and manifests", _SNAPSHOT),
    "C.create": _same("create a table of a cube, or its head aside", _CUBE_STAGED),
    "C.write": _same("write it", _CUBE_STAGED),
    "C.close": _same("close it", _CUBE_STAGED),
    "C.rename": Step("rename the head to its name: the cube; then tables to `cube/`", _CUBE_STAGED, _CUBE),
    "C.delete": _same("delete cubes of older states of the date", _CUBE),
    "E.delete": _same("delete what commits took out of the data, of a person who was erased", _ERASED),
    "P2.create": _same("create a report's file, staged and as a copy", _ISSUE_STAGED),
    "P2.write": _same("write it", _ISSUE_STAGED),
    "P2.close": _same("close it", _ISSUE_STAGED),
    "P3.rename": Step(
        "rename the issue's manifest to its number: **the publication**", _ISSUE_STAGED, _ISSUED
    ),
    "P4.delete": Step("delete a report's `_SUCCESS`", _ISSUED, _INSTALLING),
    "P4.rename": _same("rename a report's file over the one before", _INSTALLING),
    "P4.create": _same("create `_SUCCESS`", _INSTALLING),
    "P4.close": _same("close it", _INSTALLING),
    "P5.delete": _same("delete the issue's staging", _INSTALLED),
}
"""Every effect, `<step>.<call>` as in the names of the failpoints."""


def moment(failpoint: str) -> Moment:
    """Return what is left by a writer that dies at `failpoint`."""
    effect, _, side = failpoint.rpartition(".")
    return STEPS[effect].before if side == "before" else STEPS[effect].after


MOMENTS: Final = {name: moment(name) for name in NAMES}
"""Every failpoint with what is left there; a failpoint without a row is an error here."""
