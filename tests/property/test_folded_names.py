"""The log with names as ranges says what the log with all names says, whatever came in which order."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.compact import compact
from healthtrends.storage.file_names import NameSeries
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Manifest, Position
from healthtrends.storage.root_format import GuardedStore
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import verify
from tests.scale.memory_store import MemoryStore
from tests.unit.test_compact import DAY

pytestmark = pytest.mark.slow

LAYOUT = Layout("/r")
DAYS = (DAY, DAY.replace(day=21))

COMMITS = st.tuples(st.just("commit"), st.integers(0, 2), st.sets(st.sampled_from(DAYS), min_size=1))
"""Of one of two followers, or of a writer that numbers nothing; with files of one or both dates."""
STEPS = st.lists(st.one_of(COMMITS, COMMITS, st.tuples(st.just("merge"), st.sampled_from(DAYS))), max_size=25)


class House:
    """A log, with names as ranges or, on the root of an earlier format, without."""

    def __init__(self, root_format: int) -> None:
        self.store = MemoryStore()
        self.store.put("/r/_ht/format.json", b'{"format": %d}' % root_format)
        self.store._enter("/r/_ht/format.json", is_folder=False)
        self.pool = StorePool(GuardedStore(self.store, LAYOUT))
        self.log = self.opened()
        self.commit("fence", {0: Position(0, 0)})

    def opened(self) -> CommitLog:
        return CommitLog(self.pool, LAYOUT, 4)

    def commit(self, kind, parts, **more):
        made = Manifest(
            seq=0, nonce=new_nonce(), kind=kind, mode="follow", cluster_id="c", topic="t", topic_id="i",
            key_id=None, clock_date=str(DAY), program_version="0", committed_at="", parts=parts, **more,
        )  # fmt: skip
        state = self.log.read_state() if kind == "data" else State()
        self.log.snapshot_if_due(self.log.commit(made, 1, state, lambda _: None))

    def add(self, names):
        """Commit a file of one line for each day, of these names."""
        files, line, number = [], b"{}\n", self.log.read_state().parts[0].next
        for day, nonce in names.items():
            src = f"/r/_ht/staging/000000000001/{new_nonce()}/{day}.jsonl"
            self.pool.write(src, line)
            files.append(
                StagedFile(
                    src=src,
                    dst=LAYOUT.record_file(str(day), 1, nonce),
                    date=str(day),
                    lines=1,
                    bytes=3,
                    crc32=zlib.crc32(line),
                    ranges=((0, number, number + 1),),
                )
            )
        counts = Counts(messages_stored=1, lines=len(files))
        self.commit("data", {0: Position(number + 1, 1)}, add=tuple(files), counts=counts)

    def says(self, names):
        """All that is asked of names and their digests, as a program says that starts now."""
        log = self.opened()
        state = log.read_state()
        paths = [LAYOUT.record_file(str(day), 1, nonce) for day, nonce in names]
        known = [bool(state.is_live(path) or state.compacted_into(path)) for path in paths]
        proof = [finding for finding in verify(log, None) if not finding["ok"]]
        days = [
            (state.inputs(str(day)), state.day_facts(str(day)).inputs, state.files.count(str(day)))
            for day in DAYS
        ]
        return known, days, proof

    def stored(self):
        """All that lies in the log."""
        return b"".join(content for path, content in self.store._files.items() if "/_ht/log/" in path)


def lived(root_format, steps):
    house = House(root_format)
    for kind, *what in steps:
        if kind == "commit":
            house.add(what[0])
        else:
            compact(house.log, what[0])
    return house


@given(STEPS)
def test_the_same_is_known_of_every_file(drawn):
    """Names, digests of inputs, number of files, and what `verify` finds: nothing."""
    series, steps, names = (NameSeries(), NameSeries()), [], []
    for kind, *what in drawn:
        if kind == "merge":
            steps.append((kind, what[0]))
            continue
        writer, days = what
        given_names = {
            day: series[writer].next(str(day)) if writer < 2 else new_nonce() for day in sorted(days)
        }
        steps.append((kind, given_names))
        names += given_names.items()
    plain, folded = lived(2, steps), lived(3, steps)
    assert b".." not in plain.stored()
    assert folded.says(names) == plain.says(names) == ([True] * len(names), plain.says(names)[1], [])
    plain.pool.close()
    folded.pool.close()


def test_a_list_does_not_grow_with_the_commits_of_a_date():
    """A hundred commits, or two hundred: the same entry after merging, but for its figures."""
    lengths = []
    for commits in (100, 200):
        series, house = NameSeries(), House(3)
        for _ in range(commits):
            house.add({DAY: series.next(str(DAY))})
        compact(house.log, DAY)
        state = house.log.snapshots.write(house.log.read_state(), 0)
        lengths.append(house.store.length(state.files.base[str(DAY)].path))
        house.pool.close()
    assert lengths[1] - lengths[0] < 10
