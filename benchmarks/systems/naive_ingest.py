"""A consumer as most are written: poll, `json.loads`, append to the date's file on HDFS, commit.

What the client's own guide shows for "at least once": one message at a time, offsets committed after the
files are closed. A value that is no JSON object with a date is skipped. It ends at the topic's present end.

    python benchmarks/systems/naive_ingest.py BOOTSTRAP_SERVERS TOPIC HDFS_URL ROOT
"""

import json
import os
import sys
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition
from hdfs_native import Client, FileWriter, WriteOptions

HELD_LINES = 1_000


def main() -> None:
    """Store all there is, then commit."""
    bootstrap, topic, url, root = sys.argv[1:]
    login = Path(os.environ["KAFKA_CLIENT_FILE"]).read_text(encoding="utf-8")
    settings: dict[str, str | bool] = dict(line.split("=", 1) for line in login.splitlines())
    settings |= {"bootstrap.servers": bootstrap, "group.id": root, "enable.auto.commit": False}
    consumer = Consumer(settings | {"auto.offset.reset": "earliest"})
    left = messages(consumer, topic)
    consumer.subscribe([topic])
    files = Files(Client(url), f"{root}/data")
    while left:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        left -= 1
        try:
            record = json.loads(message.value())
            files.append(record["visit_date"], json.dumps(record))
        except (KeyError, TypeError, ValueError):
            continue
    files.close()
    consumer.commit(asynchronous=False)
    consumer.close()


def messages(consumer: Consumer, topic: str) -> int:
    """How many the topic holds."""
    partitions = consumer.list_topics(topic).topics[topic].partitions
    bounds = [consumer.get_watermark_offsets(TopicPartition(topic, number)) for number in partitions]
    return sum(end - first for first, end in bounds)


class Files:
    """One open file a date."""

    def __init__(self, client: Client, folder: str) -> None:
        self._client = client
        self._folder = folder
        self._open: dict[str, FileWriter] = {}
        self._held: dict[str, list[str]] = {}

    def append(self, date: str, line: str) -> None:
        """Add a line to the date's file."""
        held = self._held.setdefault(date, [])
        held.append(line + "\n")
        if len(held) == HELD_LINES:
            self._write(date)

    def close(self) -> None:
        """Write what is held, close one file after the other."""
        for date, held in self._held.items():
            if held:
                self._write(date)
        for file in self._open.values():
            file.close()

    def _write(self, date: str) -> None:
        if date not in self._open:
            path = f"{self._folder}/date={date}/part-0.jsonl"
            self._open[date] = self._client.create(path, WriteOptions(create_parent=True))
        self._open[date].write("".join(self._held[date]).encode())
        self._held[date].clear()


if __name__ == "__main__":
    main()
