"""What becomes of one faulty message in each system: kept as it came, altered, rejected, or gone."""

import base64
import json
from collections.abc import Sequence

from confluent_kafka import Producer
from kit.measure import table
from kit.servers import Servers, fresh

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.adapters.kafka_admin import ensure_topic
from systems.run import System
from systems.stored import lines

FIELDS = {
    "patient_id": '"P1"',
    "age": "41",
    "gender": '"F"',
    "diagnosis_code": '"E11.9"',
    "visit_date": '"2025-12-22"',
    "outcome": '"recovered"',
}


def message(tag: str, **changed: str) -> bytes:
    """A record (made up) with some fields in other JSON; the treatment code `tag` finds it again."""
    fields = {"treatment_code": f'"{tag}"'} | FIELDS | changed
    return ("{" + ",".join(f'"{name}":{value}' for name, value in fields.items()) + "}").encode()


FAULTS: dict[str, bytes | None] = {
    "none, a valid record": message("F00"),
    "`visit_date` 2025-13-45": message("F01", visit_date='"2025-13-45"'),
    "`visit_date` 2025-02-30": message("F02", visit_date='"2025-02-30"'),
    "`visit_date` ../x": message("F03", visit_date='"../x"'),
    "not JSON": b"F04 is no JSON",
    "no value (a tombstone)": None,
    '`age` "41", a string': message("F06", age='"41"'),
    "`age` 41.7": message("F07", age="41.7"),
    "`age` 131": message("F08", age="131"),
    "`age` twice, 200 then 41": message("F09", age='200,"age":41'),
    "`patient_id` 17, a number": message("F10", patient_id="17"),
    "`patient_id` not UTF-8": message("F11").replace(b"P1", b"P\xff"),
    "`patient_id` with half a surrogate pair": message("F12", patient_id='"P\\ud800"'),
    "a list of one record": b"[" + message("F13") + b"]",
    "text after the record": message("F14") + b" and more",
}


def fates(servers: Servers, systems: Sequence[System]) -> str:
    """Send each fault once, run each system on them; a table, a line a fault and a column a system."""
    topic = fresh("faults")
    where = servers.addresses
    ensure_topic(where.bootstrap_servers, topic, 3, 1, where.kafka_client)
    producer = Producer({"bootstrap.servers": where.bootstrap_servers, **where.kafka_client})
    for value in FAULTS.values():
        producer.produce(topic, value)
    producer.flush()
    columns = [fate(servers, topic, system) for system in systems]
    rows = [[name, *(column[name] for column in columns)] for name in FAULTS]
    return table(["fault", *(system.name for system in systems)], rows)


def fate(servers: Servers, topic: str, system: System) -> dict[str, str]:
    """What one system made of each fault."""
    root = f"/bench/{fresh('faults')}"
    system.run(topic, root)
    store = HdfsStore(servers.addresses.hdfs_url, {})
    kept = [json.loads(line) for line in lines(store, f"{root}/{system.data}")]
    stored = {record["treatment_code"]: record for record in kept}
    rejects = [json.loads(line) for line in lines(store, f"{root}/rejects")]
    reasons = {raw(reject["raw_base64"]): reject["reason"] for reject in rejects}
    return {name: outcome(value, stored, reasons) for name, value in FAULTS.items()}


def raw(text: str | None) -> bytes | None:
    """The bytes of a reject."""
    return None if text is None else base64.b64decode(text)


def outcome(
    value: bytes | None, stored: dict[str, dict[str, object]], reasons: dict[bytes | None, str]
) -> str:
    """In words."""
    if value in reasons:
        return f"kept as a reject, `{reasons[value]}`"
    tag = next((tag for tag in stored if value and tag.encode() in value), None)
    if tag is None:
        return "gone"
    patient = str(stored[tag]["patient_id"])
    shown = "pseudonym" if len(patient) == 32 else json.dumps(stored[tag]["patient_id"])
    return f"stored: age {json.dumps(stored[tag]['age'])}, patient {shown}"
