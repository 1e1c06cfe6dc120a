"""What is not the same work: beside the speeds, what each system does not do in the scripts measured here."""

from kit.measure import table

HEADER = ("", "HealthTrends", "Spark", "Flink")
ROWS = (
    (
        "a message that fails a check",
        "kept with reason, source position and bytes; can be replayed",
        "dropped, not counted",
        "dropped, not counted",
    ),
    (
        "patient ids",
        "pseudonyms (keyed BLAKE2b)",
        "stored as sent",
        "stored as sent",
    ),
    (
        "optional fields, cancellations, moved records, `recorded_at`",
        "checked and stored, `recorded_at` from the broker when missing",
        "left out",
        "left out",
    ),
    (
        "proof afterwards",
        "`verify`: each offset in exactly one file or reject, each file with length, lines and CRC-32",
        "checkpoint and list of files; nothing that holds offsets against lines",
        "checkpoint; nothing that holds offsets against lines",
    ),
    (
        "a reader that knows nothing of it",
        "sees files only once they are committed",
        "sees files of a batch before it is committed; only Spark reads its list of files",
        "sees files only once they are committed",
    ),
)


def differences() -> str:
    """A table."""
    return table(HEADER, ROWS)
