"""What somebody with write access to the root may do, and the check of `verify` that notices it.

Each tampering is executed on a copy of a finished root (`small_root.py`). `noticed_by` names the check that
must fail; others may fail as well. Forged means that the sums beside the changed thing were made to fit.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from healthtrends.storage.seal import Seal
from tests.faults.small_root import DATES, LAYOUT, Json, Root, edit, facts, flip, swap

DATE = DATES[0]


@dataclass(frozen=True, slots=True)
class Tampering:
    """One thing that is done to a root."""

    name: str
    noticed_by: str
    change: Callable[[Root], None]


def _forged(root: Root, seq: int, *names: str) -> None:
    """Change a record file of a commit, and what its manifest says of it in these fields."""
    manifest = root.manifest(seq)
    file = json.loads(manifest.read_bytes())["add"][0]["dst"]
    path = root.at(file)
    path.write_bytes(path.read_bytes().replace(b'"age":4', b'"age":5', 1))
    told = facts(path.read_bytes())

    def forge(document: Json) -> None:
        document["add"][0] |= {name: told[name] for name in names}

    edit(manifest, forge)


def _forged_below(root: Root) -> None:
    """The same of a file that only the snapshot's list names any more."""
    file_list = root.found(f"_ht/log/lists/date=*/{DATE}.*")[-1]
    documents = json.loads(file_list.read_bytes())
    path = root.at(documents[0]["dst"])
    path.write_bytes(path.read_bytes().replace(b'"age":4', b'"age":5', 1))
    documents[0] |= facts(path.read_bytes())
    file_list.write_text(json.dumps(documents))


def _dropped_from_list(root: Root) -> None:
    file_list = root.found(f"_ht/log/lists/date=*/{DATE}.*")[-1]
    documents = json.loads(file_list.read_bytes())
    root.at(documents.pop(0)["dst"]).unlink()
    file_list.write_text(json.dumps(documents))


def _moved(change: int) -> Callable[[Root], None]:
    """Put `next` of a partition elsewhere in the newest manifest."""

    def forge(document: Json) -> None:
        document["parts"]["0"]["next"] += change

    return lambda root: edit(root.manifest(root.last_seq()), forge)


def _without_newest(root: Root) -> None:
    manifest = root.manifest(root.last_seq())
    document = json.loads(manifest.read_bytes())
    for file in (*document["add"], *document["rejects"]):
        root.at(file["dst"]).unlink()
    manifest.unlink()


def _job(root: Root) -> None:
    """A commit of maintenance that takes a file out for nothing, with the hash that it should hold."""
    seq = root.last_seq()
    before = root.manifest(seq).read_bytes()
    document = json.loads(before)
    gone = document["add"][0]["dst"]
    document |= {"seq": seq + 1, "kind": "job", "mode": "job", "nonce": "0" * 16, "watermark": None}
    document |= {"add": [], "rejects": [], "remove": [gone], "counts": {}}
    if "previous" in document:
        document["previous"] = facts(before)["sha256"]
    root.manifest(seq + 1).write_text(json.dumps(document))
    aside = root.at(LAYOUT.removed(document["clock_date"], seq + 1, gone))
    aside.parent.mkdir(parents=True)
    root.at(gone).rename(aside)


def _without_seals(root: Root) -> None:
    """Whoever looks has a key, and nothing in the root was ever sealed: as if all of it were made up."""
    root.seal = Seal(b"k" * 32)


def _made_up_cube(root: Root) -> None:
    """One more attempt, whole in itself, in the place of the cube on record."""
    head = root.found(f"{CUBE}/*.json")[0]
    folder = json.loads(head.read_bytes())["folder"]
    shutil.copytree(root.at(folder), root.at(f"{folder}0"))
    edit(head, _field("folder", f"{folder}0"))


def _swapped_records(root: Root) -> None:
    first, *_, second = root.found(f"patient_json/date={DATE}/*.jsonl")
    swap(first, second)


def _head_of_snapshot(change: Callable[[Json], None]) -> Callable[[Root], None]:
    return lambda root: edit(root.at(LAYOUT.snapshot(root.last_snapshot())), change)


def _more_stored(document: Json) -> None:
    document["messages_stored"] += 1


def _other_facts(document: Json) -> None:
    document["file_facts"][str(DATE)][0] += 1


def _appended(path: Path, more: bytes) -> None:
    path.write_bytes(path.read_bytes() + more)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _field(name: str, value: object) -> Callable[[Json], None]:
    return lambda document: document.update({name: value})


def _without_issue(place: int) -> Callable[[Root], None]:
    """Delete an issue with its copies."""

    def delete(root: Root) -> None:
        manifest = root.issue(place)
        for copy in root.found(f"_ht/issues/date={DATE}/copies/{manifest.stem}-*"):
            copy.unlink()
        manifest.unlink()

    return delete


def _forged_issue(root: Root) -> None:
    """One more issue, whole in itself, that no run ever made."""
    newest = root.issue(-1)
    document = json.loads(newest.read_bytes())
    number, nonce = document["number"] + 1, "0" * 16
    shutil.copy(
        root.at(f"{LAYOUT.issue_copy(DATE, document['number'], document['nonce'])}.zip"),
        root.at(f"{LAYOUT.issue_copy(DATE, number, nonce)}.zip"),
    )
    document |= {"number": number, "nonce": nonce}
    root.at(LAYOUT.issue(DATE, number)).write_text(json.dumps(document))


def _published(pattern: str) -> list[tuple[str, Callable[[Root], None]]]:
    """Edit and delete one published file."""

    def path(root: Root) -> Path:
        return root.found(f"reports/{pattern}")[0]

    name = pattern.replace(f"/date={DATE}", "")
    return [
        (f"edit the published {name}", lambda root: flip(path(root))),
        (f"delete the published {name}", lambda root: path(root).unlink()),
    ]


def _first(pattern: str, change: Callable[[Path], object]) -> Callable[[Root], None]:
    return lambda root: change(root.found(pattern)[0]) and None


COPY = f"_ht/issues/date={DATE}/copies/*.zip"
CUBE = f"_ht/cubes/date={DATE}"
PUBLISHED = (
    f"trend_summary/date={DATE}/part-00000.csv",
    f"trend_summary/date={DATE}/_meta.json",
    f"exports/date={DATE}/trend_summary.parquet",
    f"exports/date={DATE}/trends.json",
    f"exports/date={DATE}/datapackage.json",
)

RECORDS = (
    Tampering("flip a bit of a record file", "files", lambda root: flip(root.record_files()[0])),
    Tampering(
        "flip a bit of a record file, CRC-32 forged", "files",
        lambda root: _forged(root, root.last_seq(), "crc32"),
    ),
    Tampering(
        "change a record file of a commit that is not the newest, all sums forged", "links",
        lambda root: _forged(root, root.data_commits()[0], "crc32", "sha256"),
    ),
    Tampering(
        "change a record file of the newest commit, all sums forged", "witnesses",
        lambda root: _forged(root, root.last_seq(), "crc32", "sha256"),
    ),
    Tampering(
        "change a record file below the snapshot, all sums forged in its list", "snapshot", _forged_below
    ),
    Tampering(
        "cut a record file", "files", lambda root: _cut(root.record_files()[0])
    ),
    Tampering(
        "append a line to a record file", "files", lambda root: _appended(root.record_files()[0], b"{}\n")
    ),
    Tampering("delete a record file", "files", lambda root: root.record_files()[0].unlink()),
    Tampering(
        "add a file among the record files", "strays", lambda root: shutil.copy(
            root.record_files()[0], root.record_files()[0].with_name("part-x.jsonl")) and None,
    ),
    Tampering("swap two record files", "files", _swapped_records),
    Tampering("edit a reject file", "files", _first("rejects/*/*", flip)),
    Tampering("delete a reject file", "files", _first("rejects/*/*", Path.unlink)),
)  # fmt: skip

LOG = (
    Tampering(
        "edit a manifest above the snapshot", "links",
        lambda root: edit(root.manifest(root.last_seq() - 1), _field("committed_at", "2025-12-01T00:00:00Z")),
    ),
    Tampering(
        "delete a manifest above the snapshot", "chain",
        lambda root: root.manifest(root.last_seq() - 1).unlink(),
    ),
    Tampering(
        "edit a manifest below the snapshot", "links",
        lambda root: edit(root.manifest(root.last_snapshot() - 2), _field("program_version", "9")),
    ),
    Tampering(
        "delete a manifest below the snapshot", "links",
        lambda root: root.manifest(root.last_snapshot() - 2).unlink(),
    ),
    Tampering("delete the newest commit with its files", "witnesses", _without_newest),
    Tampering("raise the next offset", "witnesses", _moved(1)),
    Tampering("raise the next offset by a thousand", "witnesses", _moved(1000)),
    Tampering("lower the next offset", "chain", _moved(-20)),
    Tampering(
        "change an owner", "chain",
        lambda root: edit(root.manifest(root.last_seq()), lambda it: it["parts"]["0"].update(owner=2)),
    ),
    Tampering("forge a job that removes a file", "chain", _job),
    Tampering("edit the head of the snapshot", "links", _head_of_snapshot(_more_stored)),
    Tampering("edit the sums in the head of the snapshot", "links", _head_of_snapshot(_other_facts)),
    Tampering("drop a file from a list of the snapshot", "snapshot", _dropped_from_list),
    Tampering(
        "delete a list of the snapshot", "snapshot",
        lambda root: root.found(f"_ht/log/lists/date=*/{DATE}.*")[-1].unlink(),
    ),
    Tampering(
        "delete the newest snapshot", "links",
        lambda root: root.at(LAYOUT.snapshot(root.last_snapshot())).unlink(),
    ),
    Tampering("make up the whole log, with a key and without seals", "links", _without_seals),
    Tampering("delete the log", "strays", lambda root: shutil.rmtree(root.at(f"{LAYOUT.state}/log"))),
    Tampering("delete all of _ht", "strays", lambda root: shutil.rmtree(root.at(LAYOUT.state))),
)  # fmt: skip

ISSUES = (
    *(Tampering(name, "published", change) for file in PUBLISHED for name, change in _published(file)),
    Tampering(
        "delete _SUCCESS of a report", "published",
        _first(f"reports/trend_summary/date={DATE}/_SUCCESS", Path.unlink),
    ),
    Tampering("edit the kept copy of reports", "issues", _first(COPY, flip)),
    Tampering("delete the kept copy of reports", "issues", _first(COPY, Path.unlink)),
    Tampering(
        "edit the manifest of an issue", "issues",
        lambda root: edit(root.issue(-1), lambda it: it["source"].update(input_records=1)),
    ),
    Tampering(
        "edit the manifest of an older issue", "issues",
        lambda root: edit(root.issue(1), lambda it: it["source"].update(input_records=1)),
    ),
    Tampering(
        "back-date an issue", "issues",
        lambda root: edit(root.issue(-1), _field("published_at", "2025-12-22T12:00:00.000+00:00")),
    ),
    Tampering("delete the newest issue", "issues", _without_issue(-1)),
    Tampering("delete an issue in the middle", "issues", _without_issue(2)),
    Tampering("delete the first issue", "issues", _without_issue(0)),
    Tampering("forge one more issue", "issues", _forged_issue),
)  # fmt: skip

OTHERS = (
    Tampering(
        "edit a run record", "runs",
        lambda root: edit(root.found("_ht/runs/*/*.json")[0], _field("stored", 7)),
    ),
    Tampering("edit the head of a cube", "cubes", _first(f"{CUBE}/*.json", flip)),
    Tampering("make up a cube", "cubes", _made_up_cube),
    Tampering("edit a table of a cube", "cubes", _first(f"{CUBE}/*/diagnosis.parquet", flip)),
    Tampering("delete a table of a cube", "cubes", _first(f"{CUBE}/*/diagnosis.parquet", Path.unlink)),
    Tampering("edit a published cube", "cubes", _first(f"cube/date={DATE}/diagnosis.parquet", flip)),
    Tampering("delete a published cube", "cubes", _first(f"cube/date={DATE}/diagnosis.parquet", Path.unlink)),
)  # fmt: skip

TAMPERINGS = (*RECORDS, *LOG, *ISSUES, *OTHERS)
