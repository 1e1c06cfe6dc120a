"""`doctor --topic`: reads some messages of the topic, and says what they are; stores nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing

import msgspec

from healthtrends import clock, formats
from healthtrends.config import Settings
from healthtrends.envelopes.confluent import ConfluentEnvelope
from healthtrends.envelopes.decoder import EnvelopeDecoder
from healthtrends.errors import DependencyDown, HealthTrendsError, NothingHere
from healthtrends.ingest.ports import Bounds, Message, Topic
from healthtrends.model.decoder import Decoder
from healthtrends.model.rejection import Rejection
from healthtrends.orchestrate.wiring.ingest_settings import decoder_for_a_look
from healthtrends.orchestrate.wiring.local_stack import local_stack, with_addresses
from healthtrends.orchestrate.wiring.schemas import open_schemas
from healthtrends.survey.look import look_at
from healthtrends.survey.proposal import Survey, proposed, survey

MESSAGES = 50
_READ_SECONDS = 15.0


class Trial(msgspec.Struct, frozen=True):
    """What the messages become with the settings proposed."""

    stored: int
    skipped: int
    rejected: Mapping[str, int]
    """Number of messages by reason and field."""


def survey_topic(settings: Settings) -> tuple[Survey, Trial | None]:
    """Look at the newest messages. Raises DependencyDown when no stack runs, NothingHere without a topic."""
    from healthtrends.adapters.kafka_topic import KafkaTopic

    kafka = _with_stack(settings).kafka
    with closing(KafkaTopic(kafka.bootstrap_servers or "", kafka.topic, kafka.client)) as topic:
        if topic.identity() is None:
            raise NothingHere(f"there is no topic {kafka.topic}", "", "check kafka.topic")
        messages = newest_messages(topic, MESSAGES)
    schemas = open_schemas(settings.source)
    opener = ConfluentEnvelope(schemas, None, opens_keys=True).open if schemas is not None else None
    looks = [look_at(message, opener) for message in messages]
    found = survey(looks, settings.source.registry.get("url"), formats.names())
    return found, _trial(settings, found, messages)


def newest_messages(topic: Topic, most: int) -> Sequence[Message]:
    """Read the newest messages, about as many of each partition."""
    bounds = {p: each for p, each in topic.bounds().items() if each.end > each.first}
    left = {p: each.end for p, each in bounds.items()}
    topic.assign(_starts(bounds, most))
    deadline = clock.Deadline(_READ_SECONDS)
    found: list[Message] = []
    while left and not deadline.passed():
        found += [each for each in topic.read(most, 0.2) if each.offset() < bounds[each.partition()].end]
        positions = topic.positions()
        left = {p: end for p, end in left.items() if positions[p] < end}
    return found[:most]


def _starts(bounds: Mapping[int, Bounds], most: int) -> dict[int, int]:
    share = -(-most // max(1, len(bounds)))
    return {p: max(each.first, each.end - share) for p, each in bounds.items()}


def _with_stack(settings: Settings) -> Settings:
    if not settings.uses_local_stack:
        return settings
    status = local_stack().status()
    if not status.running or status.addresses is None:
        raise DependencyDown(
            "the local stack does not run", "neither Kafka nor HDFS is configured", "`healthtrends up`"
        )
    return with_addresses(settings, status.addresses)


def _trial(settings: Settings, found: Survey, messages: Sequence[Message]) -> Trial | None:
    """Decode the messages as proposed; None: that cannot be done yet."""
    source = proposed(found, settings.source)
    if source is None or source.format not in formats.names():
        return None
    try:
        decoder = decoder_for_a_look(settings, source)
        outcomes = [_decode(decoder, message) for message in messages]
    except HealthTrendsError:
        return None  # the proposal says what is missing
    rejected = Counter(
        f"{each.reason.value} {each.field or ''}".strip() for each in outcomes if isinstance(each, Rejection)
    )
    stored = sum(isinstance(each, tuple) for each in outcomes)
    return Trial(stored, len(outcomes) - stored - rejected.total(), dict(rejected.most_common()))


def _decode(decoder: Decoder, message: Message) -> object:
    if isinstance(decoder, EnvelopeDecoder):
        return decoder.decode_message(message, message.value())
    return decoder.decode(message.value(), message.timestamp()[1])
