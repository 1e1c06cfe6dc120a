"""A root on a real HDFS, backed up to another folder there, lost, restored, and carried on exactly once."""

import pytest

from healthtrends.adapters.hdfs import HdfsStore

SEND = ("produce", "--synthetic", "30", "--from", "2025-12-22", "--to", "2025-12-22")


def test_a_lost_root_is_restored_and_goes_on(cli_on_stack, stack):
    """What was sent after the backup is stored once, and everything verifies."""
    cli, root = cli_on_stack, cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"]
    store = HdfsStore(stack.hdfs_url, stack.hdfs_client)
    place = f"{stack.hdfs_url}{root}-backups"
    cli(*SEND, "--seed", "1")
    cli("ingest")
    made = cli("backup", place, "--json").document()
    cli(*SEND, "--seed", "2")
    cli("ingest")  # stored before the loss, and again after it, as the restored root knows nothing of it
    store.delete(root)
    restored = cli("restore", place, "--json")
    assert (restored.code, restored.document()["seq"]) == (0, made["seq"])
    cli("ingest")
    verified = cli("verify", "--against-topic", "--json").document()
    assert verified["ok"]
    (totals,) = [each["detail"] for each in verified["checks"] if each["check"] == "totals"]
    assert totals.startswith("60 offsets covered = 60 stored")


@pytest.mark.long
def test_a_backup_in_a_local_folder_says_what_is_not_in_it(cli_on_stack):
    """The key, and the topic; the folder is closed to others, and the second backup copies nothing."""
    cli = cli_on_stack
    cli(*SEND, "--seed", "1")
    cli("run", "2025-12-22")
    place = cli.folder / "place"
    done = cli("backup", str(place))
    assert (done.code, "the key of the pseudonyms" in done.out) == (0, True)
    assert place.stat().st_mode & 0o077 == 0
    assert cli("backup", str(place), "--json").document()["copied"] == 0
    assert "is not empty" in cli("restore", str(place)).err


@pytest.mark.long
@pytest.mark.parametrize(("place", "says"), [("s3://b/x", "no place"), ("{root}/b", "lies in the root")])
def test_a_place_that_cannot_be_is_refused(cli_on_stack, stack, place, says):
    """Before anything is copied."""
    root = cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"]
    done = cli_on_stack("backup", place.format(root=stack.hdfs_url + root))
    assert (done.code, says in done.err) == (2, True)
