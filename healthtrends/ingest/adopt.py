"""Adoption: a log goes on with another topic, since somebody decided so; the decision is a commit of the log.

    look     which topic it is now, and where the log goes on in it
    commit   one fence that takes all partitions: a writer of the topic before stops, as at any takeover

A topic that the log has stored before goes on where it was left, under the numbers that it had. So an
adoption by mistake is taken back by another one.

The same offsets: the new topic must hold what the log has not stored yet, and the same message where the log
stored the last one; of a partition where it is gone nothing can be said, of one at least it must be there.
Otherwise its partitions get numbers of their own in the log. What the topic before still held
was never stored; nobody can ask any more how much that is.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import msgspec

from healthtrends.errors import DataLossRefused, TransientError, UsageError
from healthtrends.ingest.continuity import Continuity, new_identity
from healthtrends.ingest.numbered_topic import NumberedTopic
from healthtrends.ingest.plan import Shard, TopicState, make_plan
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.settings import IngestSettings
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import JOB, DraftFacts, Last, Position, draft
from healthtrends.storage.state import State
from healthtrends.storage.topic_identity import NUMBERS_OF_A_TOPIC, Adoption, Identity, Offsets, first_number


class AdoptResult(NamedTuple):
    """What was decided, or would be."""

    adoption: Adoption
    stored: Mapping[int, int]
    """Offset up to which each partition of the topic before was stored, under its number in the log."""
    starts: Mapping[int, int]
    """Offset at which the log goes on, by number in the log."""
    seq: int = 0
    """Number of the commit; 0: there was none."""


def adopt(
    topic: Topic, log: CommitLog, settings: IngestSettings, offsets: Offsets, why: str, *, dry_run: bool
) -> AdoptResult:
    """Commit that the log goes on with `topic`, `offsets` as there; with `dry_run` only look.

    Where the newest commit is this decision, as an attempt before may not have learned, nothing is written.

    Raises UsageError when there is nothing to adopt, DataLossRefused when the topic does not continue the
    same offsets, ConfigError when there is no topic, TransientError when the log went on meanwhile.
    """
    state = log.read_state() if dry_run else log.recover()
    found = new_identity(topic, accept_no_id=settings.accept_no_topic_id)
    if not dry_run and _is_decided(state, found, offsets, why):
        return _decided(state)
    before = _topic_before(state, found)
    first = _numbers(state, found, offsets)
    adoption = Adoption(before=before, after=found, offsets=offsets, why=why, first_partition=first)
    old = _positions(state)
    new = _continued(topic, state, adoption) if offsets == "same" else _begun(topic, adoption)
    if dry_run:
        return AdoptResult(adoption, _nexts(state.positions_of(state.first_partition)), _nexts(new))
    facts = DraftFacts(found, state.key_id, settings.today())
    attempt = msgspec.structs.replace(draft("fence", "once", old | new, facts), adoption=adoption)
    committed = log.commit(attempt, 0, state, partial(_check_same, state))
    log.store.delete(log.layout.staged_by(committed.seq))
    log.snapshot_if_due(committed)
    return _decided(committed)


def _is_decided(state: State, found: Identity, offsets: Offsets, why: str) -> bool:
    newest = state.adoptions[-1] if state.adoptions else None
    if newest is None or newest.seq != state.seq:
        return False
    return (newest.after, newest.offsets, newest.why) == (found, offsets, why)


def _decided(state: State) -> AdoptResult:
    """Tell of the adoption that is the newest commit of a state."""
    *earlier, adoption = state.adoptions
    before = earlier[-1].first_partition if earlier else 0
    stored, new = state.positions_of(before), state.positions_of(adoption.first_partition)
    return AdoptResult(adoption, _nexts(stored), _nexts(new), state.seq)


def _topic_before(state: State, found: Identity) -> Identity:
    if state.identity is None:
        raise UsageError(
            "there is nothing to adopt a topic for", "no commit lies under the root", "`healthtrends ingest`"
        )
    if state.identity == found:
        raise UsageError(
            f"the log holds offsets of this topic already, {found.topic!r} with id {found.topic_id}",
            "nothing else is to be adopted",
            "set kafka.topic and kafka.bootstrap_servers to the new topic first",
        )
    return state.identity


def _numbers(state: State, found: Identity, offsets: Offsets) -> int:
    """Number in the log of partition 0 of the topic that is adopted."""
    earlier = [0, *(each.first_partition for each in state.adoptions)]
    known = {each.before: first for first, each in zip(earlier, state.adoptions, strict=False)}
    if offsets == "same":
        return known.get(found, state.first_partition)
    if found in known:
        raise UsageError(
            f"the log has stored topic {found.topic!r} with id {found.topic_id} before",
            "its messages would be stored again",
            "`--offsets same` goes on where it was left",
        )
    return first_number(max(state.parts)) + NUMBERS_OF_A_TOPIC


def _begun(topic: Topic, adoption: Adoption) -> dict[int, Position]:
    bounds = NumberedTopic(topic, adoption.first_partition).bounds()
    is_end = adoption.offsets == "end"
    return {p: Position(each.end if is_end else each.first, 0) for p, each in bounds.items()}


def _continued(topic: Topic, state: State, adoption: Adoption) -> dict[int, Position]:
    """Positions as they are, if the topic goes on from there; its leaders are counted anew."""
    numbered = NumberedTopic(topic, adoption.first_partition)
    adopted = replace(state, adoptions=(*state.adoptions, adoption))
    plan = make_plan(adopted, TopicState(adoption.after, numbered.bounds()), Shard(), all_partitions=True)
    present = state.positions_of(adoption.first_partition)
    kept = {p: msgspec.structs.replace(at, last=_without_epoch(at)) for p, at in present.items()}
    compared = Continuity(numbered, adoption.after, plan.leader_epochs).check_stored(kept)
    was_stored = any(each.before == adoption.after for each in state.adoptions)
    if not compared and not was_stored and any(at.next for at in kept.values()):
        raise DataLossRefused(
            "nothing shows that the topic holds the same messages",
            "it holds none any more of those that the log stored last of each partition",
            "`healthtrends topic adopt --offsets start` stores all that it holds, under numbers of its own",
        )
    return kept


def _without_epoch(position: Position) -> Last | None:
    return position.last and msgspec.structs.replace(position.last, leader_epoch=None)


def _check_same(before: State, newest: State) -> None:
    """Raise unless the log still is where it was looked at: TransientError to look again, UsageError."""
    if newest.identity != before.identity:
        raise UsageError(
            "the log adopted another topic meanwhile",
            f"commit {newest.adoptions[-1].seq} was faster, and this decision was not written",
            "`healthtrends topic list` shows it; decide again",
        )
    if _positions(newest) != _positions(before):
        raise TransientError(
            "the log went on while it was looked at",
            "a writer of the topic before committed, and the decision was not written",
            "run it again, or stop that writer first",
        )


def _nexts(positions: Mapping[int, Position]) -> dict[int, int]:
    return {partition: position.next for partition, position in positions.items()}


def _positions(state: State) -> dict[int, Position]:
    return {p: at for p, at in state.parts.items() if p != JOB}
