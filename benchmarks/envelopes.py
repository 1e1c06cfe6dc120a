"""What do envelopes cost: change events of Debezium in JSON, and Confluent's framing of Avro?

Records a second on one core (processor time), all with rules and pseudonyms, in the same rounds as the record
decoder without an envelope. The peers give dicts without any rule: json.loads and the change's row, the
deserializer of confluent-kafka, and fastavro alone, behind the five bytes of the frame.

    python benchmarks/envelopes.py [--records N] [--runs N]
"""

import argparse
import datetime as dt
import io
import json
import struct
from collections.abc import Callable, Sequence

import fastavro
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from kit.measure import median_and_spread, table
from kit.readers import Reader, each, rates_by_rounds

from healthtrends import formats
from healthtrends.config.source import Source
from healthtrends.model.decoder import Decoder, DecoderOptions
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.model.schemas import SchemaId, WriterSchema
from healthtrends.sources.synthetic import SyntheticPlan, synthetic

DAY = dt.date(2025, 12, 22)
MS = 1_766_392_200_000
AT_ONCE = 2_000
OF_THE_DESERIALIZER = 50
"""It reads one record of so many."""
FRAME = struct.pack(">bI", 0, 1)
CONTEXT = SerializationContext("visits", MessageField.VALUE)
FIELDS = (
    "patient_id", "age", "gender", "diagnosis_code", "visit_date", "treatment_code", "outcome", "record_id",
)  # fmt: skip
AVRO = {
    "type": "record",
    "name": "Visit",
    "fields": [{"name": name, "type": "int" if name == "age" else "string"} for name in FIELDS],
}
SCHEMA = fastavro.parse_schema(dict(AVRO))


class Schemas:
    """A registry with one schema, in memory."""

    def find_schema(self, _: SchemaId) -> WriterSchema:
        """Return it."""
        return WriterSchema("AVRO", json.dumps(AVRO))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of envelopes.")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    rows = synthetic_rows(asked.records)
    plain, changes, framed = encoded(rows), encoded([change(row) for row in rows]), [avro(r) for r in rows]
    few, deserialize = framed[::OF_THE_DESERIALIZER], deserializer()
    readers: dict[str, Reader] = {
        "record decoder, no envelope": lambda: ours(Source(), plain),
        "debezium": lambda: ours(Source(envelope="debezium"), changes),
        "debezium: json.loads": lambda: each(lambda value: json.loads(value)["after"], changes),
        "confluent, Avro": lambda: ours(Source(envelope="confluent"), framed),
        "confluent, Avro: fastavro": lambda: each(by_fastavro, framed),
        "confluent, Avro: confluent-kafka": lambda: each(deserialize, few),
    }
    rates = rates_by_rounds(readers, asked.runs)
    sizes = [f"{sum(map(len, values)) / len(values):.0f}" for values in (plain, changes, framed)]
    print(f"{', '.join(sizes)} bytes a record, a change and a frame; {asked.runs} rounds.\n")
    print(table(["reader", "records/s and core", "of the record decoder"], lines(rates)))


def lines(rates: dict[str, list[float]]) -> list[list[str]]:
    """Median and spread; the share is that of the same round."""
    whole = next(iter(rates.values()))
    return [
        [
            name,
            median_and_spread(found, 0),
            median_and_spread([one / own for one, own in zip(found, whole, strict=True)]),
        ]
        for name, found in rates.items()
    ]


def ours(source: Source, values: Sequence[bytes]) -> int:
    """Decode as the ingest does, by a decoder that has seen nothing yet."""
    options = DecoderOptions(DAY, pseudonymiser(b"k" * 32), source=source, schemas=Schemas())
    decoder: Decoder = formats.open_decoder(options)
    for first in range(0, len(values), AT_ONCE):
        chunk = values[first : first + AT_ONCE]
        plain, _ = decoder.decode_all(chunk, [MS] * len(chunk))
        if len(plain) != len(chunk):
            raise SystemExit("a record was not decoded")
    return len(values)


def synthetic_rows(number: int) -> list[dict[str, object]]:
    """Rows of a table: the required fields and an id."""
    plan = SyntheticPlan(records=number, seed=1, first=DAY, last=DAY, outbreak=None, plain=True)
    return [{**json.loads(record.value), "record_id": f"R-{at}"} for at, record in enumerate(synthetic(plan))]


def change(row: dict[str, object]) -> dict[str, object]:
    """Its insertion, as Debezium tells it."""
    source = {"connector": "postgresql", "db": "clinic", "schema": "public", "table": "visits", "ts_ms": MS}
    return {"before": None, "after": row, "source": source, "op": "c", "ts_ms": MS}


def encoded(rows: Sequence[object]) -> list[bytes]:
    """JSON as senders write it."""
    return [json.dumps(each, separators=(",", ":")).encode() for each in rows]


def avro(row: dict[str, object]) -> bytes:
    """A row in Avro behind its frame."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, SCHEMA, row)
    return FRAME + out.getvalue()


def by_fastavro(value: bytes) -> object:
    """The row alone."""
    return fastavro.schemaless_reader(io.BytesIO(value[5:]), SCHEMA, None)


def deserializer() -> Callable[[bytes], object]:
    """Confluent's own, with its registry in memory."""
    client = SchemaRegistryClient.new_client({"url": "mock://"})
    text = json.dumps(AVRO)
    AvroSerializer(client, text)({**dict.fromkeys(FIELDS, ""), "age": 1}, CONTEXT)
    read = AvroDeserializer(client, text)
    return lambda value: read(value, CONTEXT)


if __name__ == "__main__":
    main()
