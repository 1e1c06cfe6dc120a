"""History in mixed date order on real servers: small files, few open at once, and words for what runs out."""

import datetime as dt
import json
import resource

import pytest
from hdfs_native import Client

from healthtrends.adapters.hdfs import HdfsStore

DATES = 400


@pytest.fixture
def few_files():
    """As `ulimit -n 200` would have it for the commands of a test."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def send_history(cli_on_stack) -> None:
    """One record for each of many dates."""
    records = (
        {
            "patient_id": f"synthetic-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11.9",
            "visit_date": (dt.date(2020, 1, 1) + dt.timedelta(days=number)).isoformat(),
            "treatment_code": "T1", "outcome": "ongoing",
        }
        for number in range(DATES)
    )  # fmt: skip
    done = cli_on_stack(
        "produce", "-", stdin=b"".join(json.dumps(record).encode() + b"\n" for record in records)
    )
    assert done.code == 0, done.err


def test_many_dates_are_one_commit_with_few_open_files_allowed(cli_on_stack, few_files):
    """Of 400 dates, with 200 files that the process may open; `doctor` names the limit."""
    send_history(cli_on_stack)
    done = cli_on_stack("ingest", "--json")
    assert (done.code, done.document()["stored"], done.document()["commits"]) == (0, DATES, 1), done.err
    assert cli_on_stack("verify").code == 0
    assert "open files: 200 allowed" in cli_on_stack("doctor").out


@pytest.mark.parametrize(("size", "block"), [(100, 1), (3 * 2**20 - 5, 3), (None, 128), (2**40, 128)])
def test_hdfs_reserves_for_a_file_what_it_is_likely_to_become(stack, root, size, block):
    """In whole MiB; it may become larger all the same."""
    store = HdfsStore(stack.hdfs_url, {})
    writer = store.create(f"{root}/file", size)
    content = b"x" * (5 * 2**20)
    writer.write(content)
    writer.close()
    found = Client(stack.hdfs_url).get_file_info(f"{root}/file")
    assert found.blocksize == block * 2**20
    assert store.read(f"{root}/file") == content
