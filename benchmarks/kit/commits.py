"""Commits of a follower, for benchmarks of what becomes of its files."""

import datetime as dt
from collections.abc import Mapping

from healthtrends import clock
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.manifest import Kind, Manifest, Position
from healthtrends.storage.staged_file import StagedFile


def manifest(kind: Kind, ends: Mapping[int, int], day: dt.date, add: tuple[StagedFile, ...] = ()) -> Manifest:
    """Give a commit of a day, made up to these offsets by partition, of one message a file."""
    return Manifest(
        seq=0,
        nonce=new_nonce(),
        kind=kind,
        mode="follow",
        cluster_id="bench",
        topic="bench",
        topic_id="bench",
        clock_date=str(day),
        key_id=None,
        program_version="0",
        committed_at=clock.now().isoformat(timespec="milliseconds"),
        parts={partition: Position(end, 1, "follow") for partition, end in ends.items()},
        add=add,
        counts=Counts(messages_stored=len(add), lines=len(add)),
    )
