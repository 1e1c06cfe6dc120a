"""Adoption: a log goes on with another topic, since somebody decided so; the decision is a commit of the log.

    look     which topic it is now, and where the log goes on in it
    commit   one fence that takes all partitions: a writer of the topic before stops, as at any takeover

A topic that the log has stored before goes on where it was left, under the numbers that it had. So an
adoption by mistake is taken back by another one.

The same offsets: the new topic must hold what the log has not stored yet, and the same message where the log
stored the last one. Else its partitions get numbers of their own in the log. What the topic before still held
was never stored; nobody can ask any more how much that is.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import msgspec

from healthtrends.errors import UsageError
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

    Raises UsageError when there is nothing to adopt, DataLossRefused when the topic does not continue the
    same offsets, ConfigError when there is no topic, Superseded when the log went on meanwhile.
    """
    state = log.read_state() if dry_run else log.recover()
    found = new_identity(topic, accept_no_id=settings.accept_no_topic_id)
    before = _topic_before(state, found)
    first = _numbers(state, found, offsets)
    adoption = Adoption(before=before, after=found, offsets=offsets, why=why, first_partition=first)
    old = _positions(state)
    new = _continued(topic, state, adoption) if offsets == "same" else _begun(topic, adoption)
    stored = {p: at.next for p, at in state.positions_of(state.first_partition).items()}
    result = AdoptResult(adoption, stored, {p: at.next for p, at in new.items()})
    if dry_run:
        return result
    facts = DraftFacts(found, state.key_id, settings.today())
    attempt = msgspec.structs.replace(draft("fence", "once", old | new, facts), adoption=adoption)
    committed = log.commit(attempt, 0, state, lambda newest: _moved(state, newest))
    log.store.delete(log.layout.staged_by(committed.seq))
    log.snapshot_if_due(committed)
    return result._replace(seq=committed.seq)


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
    Continuity(numbered, adoption.after, plan.leader_epochs).check_stored(kept)
    return kept


def _without_epoch(position: Position) -> Last | None:
    return position.last and msgspec.structs.replace(position.last, leader_epoch=None)


def _moved(before: State, newest: State) -> str | None:
    same = newest.identity == before.identity and _positions(newest) == _positions(before)
    return None if same else "the log went on"


def _positions(state: State) -> dict[int, Position]:
    return {p: at for p, at in state.parts.items() if p != JOB}
