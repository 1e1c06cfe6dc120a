"""What is not the same work: beside the speeds, what each system does not do in the scripts measured here.

What the peers' columns say was seen with Spark 4.2.1 and Flink 2.2.0: a second run counted, a run's folders
looked at while it went on, both strict modes given a message that is no JSON.
"""

from kit.measure import table

HEADER = ("", "HealthTrends", "Spark", "Flink", "json.loads consumer")
ROWS = (
    (
        "a message that fails a check",
        "kept with reason, source position and bytes; can be replayed",
        "dropped, not counted; with mode `FAILFAST` the query stops at one that is no JSON",
        "dropped, not counted; without `json.ignore-parse-errors` the job stops there and prints the message",
        "checked only for JSON with a `visit_date`: an age of 200 is stored, a date is any text",
    ),
    (
        "the same command once more",
        "stores nothing again",
        "stores nothing again",
        "stores everything again: it goes on only from a checkpoint that was kept and is named",
        "stores nothing again; one that died before its commit stores everything twice",
    ),
    (
        "patient ids",
        "pseudonyms (keyed BLAKE2b)",
        "stored as sent",
        "stored as sent",
        "stored as sent",
    ),
    (
        "optional fields, cancellations, moved records, `recorded_at`",
        "checked and stored, `recorded_at` from the broker when missing",
        "left out",
        "left out",
        "stored unchecked, no `recorded_at` is added",
    ),
    (
        "proof afterwards",
        "`verify`: each offset in exactly one file or reject, each file with length, lines and CRC-32",
        "checkpoint and list of files; nothing that holds offsets against lines",
        "checkpoint; nothing that holds offsets against lines",
        "none",
    ),
    (
        "a reader that knows nothing of it",
        "sees files only once they are committed",
        "sees files one by one before their batch is committed; the list of files is Spark's own",
        "sees files only once they are committed",
        "sees files while they are written",
    ),
)


def differences() -> str:
    """A table."""
    return table(HEADER, ROWS)
