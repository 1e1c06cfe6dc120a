"""A feed of HL7v2 messages as hospitals send them to syndromic surveillance: two about each visit."""

import datetime as dt

from confluent_kafka import Producer

from healthtrends.adapters.kafka_admin import ensure_topic
from kit.servers import Servers, fresh

LINES = (
    r"MSH|^~\&|EHR|HOSP^1.2.3^ISO|REC|DOH|{at}||ADT^{event}^ADT_A01|MSG{number:07}|P|2.5.1",
    "EVN||{at}|||||HOSP^1.2.3.4^ISO",
    "PID|1||{patient:07}^^^&1.2.3.4&ISO^MR||~^^^^^^S||{born}|{sex}||2106-3^White^CDCREC|{address}||||||||||||",
    "PV1|1|E|||||||||||||||||{visit:07}^^^&1.2.3.4&ISO^VN|||||||||||||||||01||||||||{start}|",
)
"""A made-up message of some 400 bytes in the form of the PHIN guide; no person is behind it."""
CODES = (
    "J10.1", "R05.9", "J45.909", "E11.9", "I10", "A09", "N39.0", "R07.9", "S61.219A", "F10.129", "R10.9",
    "J06.9", "M54.50", "R51.9", "K59.00", "U07.1", "J18.9", "R50.9", "L03.90", "T78.40XA",
)  # fmt: skip
ADDRESS = "^^^CA^90210^USA^^^06037"
DAY = dt.datetime(2025, 12, 22)  # noqa: DTZ001  times are written with their offset
HALF_A_DAY = 12 * 60 * 60
PATIENTS = 300_000
PARTITIONS = 3


def message(number: int) -> bytes:
    """Message of a number: an even one admits a visit with one code, the next one updates it with two."""
    visit, is_update = divmod(number, 2)
    patient = visit * 7_919 % PATIENTS
    start = DAY + dt.timedelta(seconds=visit % HALF_A_DAY)
    at = start + dt.timedelta(seconds=is_update * HALF_A_DAY)
    born = dt.date(1930, 1, 1) + dt.timedelta(days=patient % 34_000)
    text = "\r".join(LINES).format(
        number=number, event="A08" if is_update else "A04", patient=patient, visit=visit, address=ADDRESS,
        born=f"{born:%Y%m%d}", sex="FM"[patient % 2], at=f"{at:%Y%m%d%H%M%S}+0000",
        start=f"{start:%Y%m%d%H%M%S}+0000",
    )  # fmt: skip
    codes = dict.fromkeys((CODES[visit % 20], CODES[visit % 19]))
    given = list(codes)[: 1 + is_update]
    text += "".join(f"\rDG1|{n}||{code}^{code}^I10C|||{'WF'[n - 1]}" for n, code in enumerate(given, 1))
    return f"{text}\r".encode()


def send(servers: Servers, messages: int, topic: str | None = None, begin: int = 0) -> str:
    """Send so many, from a number on, to a topic or a new one; return its name."""
    topic, where = topic or fresh("hl7v2"), servers.addresses
    ensure_topic(where.bootstrap_servers, topic, PARTITIONS, 1, where.kafka_client)
    client = {"bootstrap.servers": where.bootstrap_servers, **where.kafka_client}
    producer = Producer({"linger.ms": 50, "log_level": 2, **client})
    for number in range(begin, begin + messages):
        producer.produce(topic, message(number), partition=number // 2 % PARTITIONS)
        if number % 10_000 == 0:
            producer.flush()
    if producer.flush(60):
        raise SystemExit("not all messages were sent")
    return topic
