"""Records at a steady rate, and what the broker confirmed of them."""

import datetime as dt
import json
import threading
import time
from array import array
from collections import defaultdict

from confluent_kafka import KafkaError, Message, Producer

from healthtrends.devstack.stack import StackAddresses
from tests.concurrency.shared_log import record

_FIRST = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
DAYS = ("2025-12-19", "2025-12-20", "2025-12-21", "2025-12-22")
_BAD_EVERY = 100
_CODES = 50
_LOOK = 0.02


def time_of(number: int) -> str:
    """When record `number` was recorded: a millisecond after the one before, as no other was."""
    return (_FIRST + dt.timedelta(milliseconds=number)).isoformat(timespec="milliseconds")


def number_at(time_: str) -> int:
    """Which record was recorded then."""
    return round((dt.datetime.fromisoformat(time_) - _FIRST) / dt.timedelta(milliseconds=1))


class Sender:
    """Numbered messages, one in a hundred broken, until it is closed."""

    def __init__(self, servers: StackAddresses, topic: str, rate: float) -> None:
        """Send `rate` messages a second."""
        self.sent = 0
        self.at: defaultdict[int, array[int]] = defaultdict(lambda: array("q"))
        """Number of the message at each offset, by partition."""
        self._topic = topic
        self._rate = rate
        client = {"bootstrap.servers": servers.bootstrap_servers, **servers.kafka_client}
        self._producer = Producer({**client, "acks": "all", "enable.idempotence": True})
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sender")
        self._thread.start()

    def close(self) -> None:
        """Return when all is confirmed; raises what went wrong."""
        self._stop.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._send_until_stopped()
        except BaseException as failure:  # noqa: BLE001  raised by `close`
            self._failure = failure

    def _send_until_stopped(self) -> None:
        begin = time.monotonic()
        while not self._stop.wait(_LOOK):
            while self.sent < (time.monotonic() - begin) * self._rate:
                self._send_one()
            self._producer.poll(0)
        assert self._producer.flush(60) == 0

    def _send_one(self) -> None:
        number = self.sent
        told = {"treatment_code": f"T{number % _CODES}", "recorded_at": time_of(number)}
        good = json.dumps(record(number, DAYS[number % len(DAYS)]) | told).encode()
        content = good if number % _BAD_EVERY else b"bad %d" % number
        self._producer.produce(self._topic, content, on_delivery=lambda *said: self._note(number, *said))
        self.sent += 1

    def _note(self, number: int, error: KafkaError | None, message: Message) -> None:
        assert error is None, error
        partition, offset = message.partition(), message.offset()
        assert partition is not None
        assert offset == len(self.at[partition])
        self.at[partition].append(number)
