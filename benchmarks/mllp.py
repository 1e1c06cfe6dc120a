"""How many HL7v2 messages a second does `healthtrends mllp` acknowledge, from 20 connections?

Each acknowledgement follows the broker's delivery report of its message (`acks=all`). Senders and broker
share the cores with the door. `one by one`: each sender waits for its answer before it sends more, as most
interface engines do. `pipelined`: each has 50 messages without an answer. `ceiling`: the same messages by
the same Kafka client in one process without any TCP, each confirmed, in the same round.

    python benchmarks/mllp.py [--seconds N] [--runs N] [--connections N]
"""

import argparse
import asyncio
import json
import queue
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kit.measure import median_and_spread, table
from kit.servers import Servers, fresh, own_servers

from healthtrends.adapters.kafka_admin import ensure_topic
from healthtrends.adapters.kafka_publisher import KafkaPublisher
from healthtrends.mllp.ports import Delivery

WINDOW = 50
IN_FLIGHT = 1_000  # of the ceiling, as many as 20 pipelined connections have
END = b"\x1c\r"
LINES = (
    r"MSH|^~\&|ADT|CLINIC|HT|REGION|20251222083000+0000||ADT^A04^ADT_A01|{id}|P|2.5.1",
    "EVN|A04|20251222083000+0000|||||CLINIC^1.2.3^ISO",
    "PID|1||synthetic-{id}^^^CLINIC&1.2.3&ISO^MR||^^^^^^S||19700101|F|||^^^^12345^USA",
    "PV1|1|E|||||||||||||||||V{id}^^^CLINIC^VN|||||||||||||||||||||||||20251222081500+0000",
    "OBX|1|NM|21612-7^AGE^LN||55|a^YEAR^UCUM|||||F|||20251222083000",
    "DG1|1||J45.909^Unspecified asthma, uncomplicated^I10C|||W",
    "DG1|2||E11.9^Type 2 diabetes mellitus without complications^I10C|||F",
)  # fmt: skip
"""A made-up message of some 600 bytes; no person is behind it."""


def message(number: int) -> bytes:
    """One of them."""
    return ("\r".join(LINES) + "\r").format(id=number).encode()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of `healthtrends mllp`.")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--connections", type=int, default=20)
    asked = parser.parse_args()
    kinds = {"one by one": 1, "pipelined": WINDOW}
    rates: dict[str, list[float]] = {name: [] for name in (*kinds, "ceiling")}
    with own_servers() as servers:
        for number in range(asked.runs + 1):  # the first one is to warm up
            topic = fresh("mllp")
            ensure_topic(servers.addresses.bootstrap_servers, topic, 3, 1, servers.addresses.kafka_client)
            with door(servers, topic) as (host, port):
                found = {
                    name: asyncio.run(acknowledged(host, port, asked.connections, window, asked.seconds))
                    for name, window in kinds.items()
                }
            found["ceiling"] = confirmed(servers, topic, asked.seconds)
            print(found, file=sys.stderr)
            for name in rates if number else ():
                rates[name].append(found[name])
    print(f"{asked.connections} connections, {len(message(1))} bytes a message, {asked.runs} rounds.\n")
    print(table(["what", "messages/s, each acknowledged", "of the ceiling"], rows(rates)))


def rows(rates: dict[str, list[float]]) -> list[list[str]]:
    """Median and spread; the share is of the ceiling of the same round."""
    shares = {
        name: [rate / most for rate, most in zip(found, rates["ceiling"], strict=True)]
        for name, found in rates.items()
    }
    return [
        [name, median_and_spread(found, 0), median_and_spread(shares[name])] for name, found in rates.items()
    ]


@contextmanager
def door(servers: Servers, topic: str) -> Iterator[tuple[str, int]]:
    """A running command; gives its address."""
    command = [sys.executable, "-m", "healthtrends.cli", "mllp", "--listen", "127.0.0.1:0"]
    environ = servers.environ(topic, "/none")
    process = subprocess.Popen(
        [*command, "--log-format", "json"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        events = (json.loads(line) for line in process.stderr or ())
        address = next(event["address"] for event in events if event["event"] == "mllp.listening")
        host, port = address.rsplit(":", 1)
        yield host, int(port)
    finally:
        process.terminate()
        process.communicate(timeout=60)


async def acknowledged(host: str, port: int, connections: int, window: int, seconds: float) -> float:
    """Acknowledgements a second of all connections."""
    begin = time.monotonic()
    senders = [send(host, port, number, window, begin + seconds) for number in range(connections)]
    counts = await asyncio.gather(*senders)
    return sum(counts) / (time.monotonic() - begin)


async def send(host: str, port: int, number: int, window: int, end: float) -> int:
    """One sender; each answer must be AA."""
    reader, writer = await asyncio.open_connection(host, port)
    sent = answered = 0
    rest = b""
    while answered < sent or time.monotonic() < end:
        if time.monotonic() < end:
            contents = [message(number * 10**8 + sent + one) for one in range(window - (sent - answered))]
            writer.write(b"".join(b"\x0b" + content + END for content in contents))
            sent += len(contents)
        *answers, rest = (rest + await reader.read(65_536)).split(END)
        if not all(b"\rMSA|AA|" in answer for answer in answers):
            raise SystemExit("a message was not accepted")
        answered += len(answers)
    writer.close()
    return answered


def confirmed(servers: Servers, topic: str, seconds: float) -> float:
    """Delivery reports a second of the same producer alone."""
    addresses = servers.addresses
    publisher = KafkaPublisher(
        addresses.bootstrap_servers, topic, addresses.kafka_client, timeout=60.0, largest=1 << 20
    )
    reports: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
    begin = time.monotonic()
    sent = done = 0
    while time.monotonic() < begin + seconds or done < sent:
        while sent - done < IN_FLIGHT and time.monotonic() < begin + seconds:
            publisher.publish(message(sent), str(sent).encode(), reports.put)
            sent += 1
        if reports.get() is not Delivery.CONFIRMED:
            raise SystemExit("a message was not confirmed")
        done += 1
    spent = time.monotonic() - begin
    publisher.close()
    return done / spent


if __name__ == "__main__":
    main()
