"""`verify --since`: what is new is proved, what is older is not claimed to be."""

import pytest

from healthtrends.errors import UsageError
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.seal import Seal
from tests.faults.small_root import DATES, NOW, copied, edit, flip, make_root

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A root that was proved, and went on: an ingest and a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEALTHTRENDS_NOW", NOW)
        root = make_root(tmp_path_factory.mktemp("finished") / "store")
        prove(root)
        root.go_on()
        local = root.local()
        local.run(DATES, no_ingest=True)
        local.close()
        return root


@pytest.fixture
def root(finished, tmp_path, monkeypatch):
    """A copy of it."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    return copied(finished, tmp_path / "store")


def prove(root):
    """`healthtrends verify`."""
    local = root.local()
    maintenance = Pipeline(local).maintenance
    proof = maintenance.verify(None)
    maintenance.keep_proof(proof)
    local.close()
    return [finding for finding in proof.findings if not finding["ok"]]


def since(root, calls=None):
    """`healthtrends verify --since`."""
    local = root.local()
    if calls is not None:
        chunks = local.pool.store.chunks
        local.pool.store.chunks = lambda path: calls.append(path) or chunks(path)
    try:
        return Pipeline(local).maintenance.verify_since().findings
    finally:
        local.close()


def failing(findings):
    return {finding["check"] for finding in findings if not finding["ok"]}


def witness(root):
    (path,) = root.found("_ht/verified/*.json")
    return path


def proved_until(root):
    return int(witness(root).name.partition("-")[0])


def new_manifest(root):
    """The first commit behind the proof, an ingest's fence; the next is its data."""
    return root.manifest(proved_until(root) + 2)


def old_file(root):
    """A record file that the proof has seen and that is live."""
    new = proved_until(root)
    old = [path for path in root.found("rejects/*/*.jsonl") if int(path.name.split("-")[1]) <= new]
    return (old or root.record_files())[0]


def test_nothing_is_found_in_a_whole_root(root):
    """And it says what it did not look at."""
    findings = since(root)
    (said,) = [each["detail"] for each in findings if each["check"] == "since"]
    assert (failing(findings), "are not looked at again" in said) == (set(), True)


def test_only_new_files_are_read(root):
    """None of those that were there at the proof."""
    calls, until = [], proved_until(root)
    since(root, calls)
    data = [path for path in calls if "/patient_json/" in path or "/rejects/" in path]
    assert data
    assert all(int(path.rpartition("/part-")[2].split("-")[0]) > until for path in data)


def test_a_fault_before_the_proof_is_not_claimed_to_be_looked_for(root):
    """Only the whole `verify` finds it."""
    local = root.local()
    local.run(DATES, reprocess="all", no_ingest=True)
    local.close()
    assert prove(root) == []
    flip(root.record_files()[0])
    findings = since(root)
    said = [each["detail"] for each in findings if each["check"] == "since"]
    assert (failing(findings), "not looked at again" in said[0]) == (set(), True)
    assert prove(root)


def test_a_fault_after_the_proof_is_found(root):
    """In a file that came later."""
    until = proved_until(root)
    new = [path for path in root.record_files() if int(path.name.split("-")[1]) > until]
    flip(new[0])
    assert "files" in failing(since(root))


def test_a_changed_manifest_after_the_proof_is_found(root):
    """By the hash that its successor holds."""
    edit(new_manifest(root), lambda manifest: manifest.update(committed_at="2025-12-23T00:00:00+00:00"))
    assert failing(since(root)) >= {"links"}


def test_a_log_that_lacks_the_commit_of_the_proof_is_found(root):
    """It was changed, or the root is another one."""
    path = root.manifest(proved_until(root))
    edit(path, lambda manifest: manifest.update(committed_at="2025-12-23T00:00:00+00:00"))
    assert failing(since(root)) == {"since"}


def test_a_changed_proof_is_no_proof(root):
    """Its seal does not fit."""
    edit(witness(root), lambda found: found.update(whole_seq=99))
    assert failing(since(root)) == {"since"}


def test_with_a_key_a_proof_without_one_is_no_proof(root):
    """Anybody may have made it."""
    root.seal = Seal(b"a key")
    assert failing(since(root)) == {"since"}


def test_without_a_proof_a_whole_one_is_asked_for(root):
    """Exit code 2."""
    witness(root).unlink()
    with pytest.raises(UsageError, match="no proof is on record"):
        since(root)


def test_a_proof_of_what_is_new_says_when_all_was_looked_at(root):
    """The next one goes on from it; the oldest part stays as old as it is."""
    whole = proved_until(root)
    assert failing(since(root)) == set()
    assert proved_until(root) == root.last_seq() > whole
    (said,) = [each["detail"] for each in since(root) if each["check"] == "since"]
    assert f"all was looked at last at commit {whole}" in said


def test_a_proof_with_a_fault_is_not_kept(root):
    """So the next one looks again."""
    before = witness(root)
    flip(root.record_files()[-1])
    prove(root)
    assert witness(root) == before
