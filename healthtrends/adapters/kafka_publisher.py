"""Kafka producer of `mllp`: each message reported by itself as soon as the broker has it.

`linger.ms` is short, since a sender that waits for its answer sends nothing meanwhile; batches form by
themselves while the broker works on the one before. The delivery time is that of an answer: what was not
confirmed by then is dropped, so that nothing piles up while the broker is away.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from healthtrends.adapters.kafka_access import Access, ClientConf, Right, missing_right
from healthtrends.adapters.kafka_client import RIGHTS_ERRORS, UNREACHABLE, merged, open_client
from healthtrends.adapters.kafka_producer import DEFAULTS, OF_THE_MESSAGE, fatal_error
from healthtrends.adapters.kafka_refusal import Refusals
from healthtrends.config.kafka_keys import required
from healthtrends.errors import HealthTrendsError
from healthtrends.mllp.ports import Delivery
from healthtrends.observe import event

_POLL_SECONDS = 0.1
_LINGER_MS = 1
_ENVELOPE_BYTES = 64 * 1024  # more than key and headers need, so that the broker alone decides what is large


class KafkaPublisher:
    """A producer for one topic; see `mllp.ports.Publisher`. The topic must exist."""

    def __init__(
        self, bootstrap_servers: str, topic: str, client_conf: ClientConf, *, timeout: float, largest: int
    ) -> None:
        """Raise ConfigError when the client refuses its settings; no connection is made yet.

        `timeout`: seconds to a failed delivery; `largest`: bytes of the largest value.
        """
        self._topic = topic
        self._access = Access(bootstrap_servers, client_conf)
        self._refusals = Refusals(self._access)
        self._refused: HealthTrendsError | None = None
        self._is_broken = False
        self._is_failing = False
        own = {
            **DEFAULTS,
            "linger.ms": _LINGER_MS,
            "delivery.timeout.ms": round(timeout * 1000),
            "message.max.bytes": largest + _ENVELOPE_BYTES,
            "error_cb": self._hear,
        }
        settings = merged(own, bootstrap_servers, client_conf, required("producer"))
        self._producer = open_client(Producer, settings, self._access)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="delivery-reports", daemon=True)
        self._thread.start()

    def publish(self, value: bytes, key: bytes, delivered: Callable[[Delivery], None]) -> None:
        """Queue a message; see `mllp.ports.Publisher.publish`."""

        def report(fault: KafkaError | None, _message: Message) -> None:
            delivered(Delivery.CONFIRMED if fault is None else self._failed(fault))
            if fault is None:
                self._is_failing = False
                self._refusals.forget()

        try:
            self._producer.produce(self._topic, value, key, on_delivery=report)
        except BufferError:
            delivered(Delivery.FAILED)
        except KafkaException as fault:
            delivered(self._failed(fault.args[0]))

    def is_broken(self) -> bool:
        """Whether the client has met an error that it calls fatal."""
        return self._is_broken

    def refused(self) -> HealthTrendsError | None:
        """Return which right the broker misses; None: none that is known."""
        return self._refused

    def close(self) -> None:
        """Drop what is queued and end the thread."""
        self._stop.set()
        self._thread.join()
        if len(self._producer):
            self._producer.purge()
            with suppress(KafkaException, SystemError):  # a fatal error is known already
                self._producer.flush(1.0)

    def _poll(self) -> None:
        while not self._stop.is_set():
            try:
                self._producer.poll(_POLL_SECONDS)
            except (KafkaException, SystemError) as fault:
                self._is_broken = True
                if (error := fatal_error(fault)) is not None:
                    self._note_error(error)

    def _hear(self, fault: KafkaError) -> None:
        """Take an error of a connection, or a fatal one."""
        self._refusals.note(fault)
        self._note_error(fault)

    def _note_error(self, fault: KafkaError) -> None:
        """Take an error of the client itself; others than fatal ones end by themselves."""
        if fault.code() in RIGHTS_ERRORS:
            self._refused = missing_right(self._access, Right("WRITE", "topic", self._topic), fault.str())
        self._is_broken |= fault.fatal() or self._refused is not None

    def _failed(self, fault: KafkaError) -> Delivery:
        if fault.code() in OF_THE_MESSAGE:
            return Delivery.REFUSED
        self._note_error(fault)
        if not self._is_failing:  # one line for each time that the broker is away
            self._is_failing = True
            reason = fault.str()
            if fault.code() in UNREACHABLE:
                reason = self._refusals.with_last_words(reason)
            event("mllp.broker_failed", reason=reason)
        return Delivery.FAILED
