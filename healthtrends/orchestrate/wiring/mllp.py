"""The MLLP door with its topic: settings, producer, listening socket and server put together."""

import threading
from collections.abc import Callable

from healthtrends.adapters.kafka_metadata import TopicMetadata
from healthtrends.adapters.kafka_publisher import KafkaPublisher
from healthtrends.adapters.kafka_rights import check_right
from healthtrends.config import Settings
from healthtrends.errors import KafkaUnavailable
from healthtrends.listen_address import bind_address, listen, shown_address
from healthtrends.mllp.connection import Limits
from healthtrends.mllp.listening import WHERE, exposure, tls_context
from healthtrends.mllp.server import Result, Server
from healthtrends.observe import event, measure, progress
from healthtrends.orchestrate.wiring.long_process import LongProcess
from healthtrends.orchestrate.wiring.mllp_check import mismatches
from healthtrends.orchestrate.wiring.producer import Target, open_target

_IN_FLIGHT_BYTES = 1 << 20


def serve(
    settings: Settings, stop: threading.Event, note: Callable[[str], None], watch: LongProcess
) -> Result:
    """Listen until `stop` is set; `watch` tells monitors meanwhile.

    Raises ConfigError for an address or certificate that cannot be used, KafkaUnavailable when no broker
    answers at the start.
    """
    mllp = settings.mllp
    tls = tls_context(mllp.tls_certificate, mllp.tls_key, mllp.client_ca)
    with bind_address(mllp.listen, WHERE) as bound:
        target = open_target(settings, note)
        measure("kafka.opened", servers=target.servers, topic=target.kafka.topic)
        # Before anybody connects: a door that opens and closes at the first message is worse than none.
        check_right(target.servers, target.kafka.topic, target.kafka.client, "WRITE")
        publisher = KafkaPublisher(
            target.servers,
            target.kafka.topic,
            target.kafka.client,
            timeout=mllp.timeout,
            largest=mllp.max_message_bytes,
        )
        limits = Limits(
            content_bytes=mllp.max_message_bytes,
            timeout=mllp.timeout,
            in_flight=mllp.in_flight,
            in_flight_bytes=_IN_FLIGHT_BYTES,
            frame_timeout=mllp.frame_timeout,
            idle_timeout=mllp.idle_timeout,
        )
        server = Server(publisher, limits, mllp.max_connections, tls)
        listen(bound, WHERE)
        address = shown_address(bound)
        open_to = exposure(bound, has_tls=tls is not None, asks_who=mllp.client_ca is not None)
        if open_to.is_risky:
            note(f"warning: {address} is {open_to.text}\n  next: {open_to.next_step}")
        for text in mismatches(settings):
            note(f"warning: {text}")
        event(
            "mllp.listening", address=address, topic=target.kafka.topic, tls=tls is not None,
            senders=open_to.text,
        )  # fmt: skip
        watch.begin({"topic": _topic_check(target)}, stop)
        try:
            with progress(f"{address} to {target.kafka.topic}", None, "messages") as bar:
                return server.run(bound, stop, bar)
        finally:
            publisher.close()


def _topic_check(target: Target) -> Callable[[], None]:
    """Make a check that the broker answers and still has the topic, over one connection."""
    metadata = TopicMetadata(target.servers, target.kafka.topic, target.kafka.client)

    def check() -> None:
        if metadata.identity() is None:
            raise KafkaUnavailable(f"topic {target.kafka.topic} is gone", "", "restore it")

    return check
