"""Records of runs that end at the same time."""

from healthtrends.orchestrate.run_records import RunHistory, new_run
from healthtrends.storage.layout import Layout
from healthtrends.storage.seal import Seal
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore

FOLDER = "/r/_ht/runs/2025-12"


class Interrupting(LocalStore):
    """A store on which something else happens once, while a file of a run record is open."""

    meanwhile = None

    def create(self, path, size=None):
        """Open a new file, making its parents."""
        writer = super().create(path, size)
        if self.meanwhile:
            act, self.meanwhile = self.meanwhile, None
            act()
        return writer


def test_a_run_that_ends_meanwhile_does_not_take_the_hash_of_half_a_record(tmp_path):
    """`verify` would say that somebody changed the record."""
    store = Interrupting(tmp_path)
    runs = RunHistory(StorePool(store), Layout("/r"), Seal())
    store.meanwhile = lambda: runs.save(new_run({}, []), f"{FOLDER}/20251220T060000000-b.json")
    runs.save(new_run({}, []), f"{FOLDER}/20251220T060000000-a.json")
    assert [finding["detail"] for finding in runs.check()[1] if not finding["ok"]] == []
