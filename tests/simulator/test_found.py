"""Schedules that once showed a fault of the product, shortened and printed by the simulator."""

import pytest

from tests.simulator.play import broken
from tests.simulator.schedule import parsed

# fmt: off
FOUND = {
    "a rename fails, and another writer moves the file between the looks at target and source: no damage":
        '[5352, [3, 4, 1, 1, 0, 1, 1000, 2], [["start", 3, 3, "ingest", 0], ["go", 1, 18, "", 0], '
        '["go", 3, 7, "", 0], ["go", 3, 5, "", 2], ["go", 7, 15, "", 0], ["start", 5, 2, "ingest", 0], '
        '["go", 2, 6, "", 0], ["go", 1, 0, "", 3], ["go", 7, 0, "", 0], ["go", 0, 14, "", 0], '
        '["go", 3, 0, "", 1]]]',
    "a snapshot comes in behind a newer one, whose writer pruned: its lists stay":
        '[1568, [3, 2, 3, 1, 0, 5, 1000, 2], [["start", 2, 2, "follow", 0], ["go", 5, 0, "read lists", 0], '
        '["start", 1, 1, "ingest", 0], ["go", 4, 0, "list snapshots", 0], ["go", 5, 0, "S.delete", 0], '
        '["go", 5, 2, "", 0], ["go", 1, 3, "", 0], ["go", 3, 0, "S.delete", 0]]]',
    "manifests are pruned while verify reads them":
        '[2379, [2, 1, 2, 1, 3, 1, 2, 1], [["start", 4, 2, "follow", 0], ["start", 2, 2, "follow", 0], '
        '["send", 6, 2, "", 0], ["go", 7, 0, "B7.delete", 0], ["go", 5, 0, "S.create", 3], '
        '["start", 3, 1, "ingest", 0], ["go", 4, 0, "B7.delete", 0], ["go", 4, 0, "list snapshots", 0], '
        '["start", 2, 1, "follow", 0], ["go", 2, 6, "", 0], ["sleep", 3, 0, "", 0], '
        '["start", 0, 1, "verify", 0], ["go", 3, 0, "read snapshots", 0], ["go", 1, 0, "", 0], '
        '["go", 5, 0, "", 0], ["kill", 7, 0, "", 0], ["go", 4, 17, "", 0], ["go", 0, 0, "", 0], '
        '["go", 4, 0, "B3.create", 0]]]',
    "a late manifest takes the number of a pruned one while verify reads the chain":
        '[5011, [2, 4, 3, 2, 0, 1, 1000, 1], [["start", 0, 1, "ingest", 0], ["start", 0, 2, "ingest", 0], '
        '["go", 6, 0, "B5.rename", 0], ["start", 3, 3, "verify", 0], ["start", 1, 1, "follow", 0], '
        '["go", 4, 0, "S.rename", 0], ["start", 4, 2, "ingest", 0], ["go", 5, 0, "length", 0], '
        '["kill", 2, 0, "", 0], ["go", 1, 0, "R3.delete", 0], ["go", 3, 0, "", 0], ["go", 0, 0, "", 0], '
        '["go", 5, 0, "list snapshots", 0], ["go", 5, 0, "S.create", 0], ["kill", 3, 0, "", 0], '
        '["go", 1, 9, "", 0], ["go", 4, 0, "B4.create", 0], ["go", 3, 0, "B5.rename", 0]]]',
    "a late manifest has the number of a pruned one below the newest snapshot: no commit, says verify":
        '[13, [2, 2, 3, 2, 0, 1, 2, 3], [["start", 0, 2, "ingest", 0], ["go", 4, 0, "S.create", 0], '
        '["start", 3, 2, "ingest", 0]]]',
    "a replay reads rejects that another replay has taken out meanwhile":
        '[4099, [3, 5, 1, 2, 3, 1, 1000, 3], [["start", 0, 1, "ingest", 0], ["settle", 0, 0, "", 0], '
        '["start", 0, 1, "replay", 0], ["start", 2, 1, "replay", 0], ["go", 1, 4, "", 0]]]',
    "a replay reads rejects that a compaction has merged meanwhile":
        '[3869, [3, 5, 1, 3, 0, 5, 1000, 3], [["start", 0, 1, "ingest", 0], ["settle", 0, 0, "", 0], '
        '["start", 3, 2, "compact", 0], ["go", 4, 0, "list staging", 0], ["start", 4, 3, "replay", 0], '
        '["start", 2, 2, "replay", 0], ["go", 5, 8, "", 0]]]',
    "another writer goes past the planned end of a partition before the fence: it is not moved back":
        '[4008556, [2, 4, 1, 1, 0, 1, 1000, 3], [["start", 0, 1, "ingest", 0], ["settle", 0, 0, "", 0], '
        '["send", 0, 2, "", 0], ["send", 1, 2, "", 0], ["start", 3, 3, "follow", 0], ["go", 7, 0, "", '
        '0], ["sleep", 7, 1, "", 0], ["start", 4, 3, "ingest", 0], ["go", 0, 0, "read commits", 0], '
        '["start", 1, 1, "ingest", 0], ["go", 1, 0, "S.rename", 0], ["sleep", 7, 2, "", 0], ["start", 1, '
        '1, "ingest", 0], ["send", 5, 2, "", 0], ["start", 5, 1, "compact", 0], ["go", 6, 0, "list '
        'commits", 0], ["go", 1, 0, "B4.rename", 0], ["go", 5, 0, "S.rename", 0], ["sleep", 1, 2, "", '
        '0], ["kill", 2, 2, "", 0], ["go", 3, 0, "", 0], ["go", 6, 0, "list snapshots", 4], ["go", 2, 0, '
        '"B4.rename", 0], ["finish", 0, 0, "", 0], ["go", 4, 0, "B4.rename", 0], ["go", 7, 0, "", 0], '
        '["go", 4, 0, "list commits", 0], ["go", 3, 0, "S.rename", 0], ["go", 6, 0, "", 0], ["go", 5, 0, '
        '"read commits", 0], ["go", 5, 0, "read commits", 0]]]',
}
# fmt: on


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_what_was_found_is_mended(text):
    """The same schedule keeps the promise now."""
    assert broken(parsed(text)) is None
