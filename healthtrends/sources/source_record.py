"""The record that every source yields, so that sending does not depend on the source."""

import msgspec


class SourceRecord(msgspec.Struct, frozen=True, gc=False):
    """One message to be: a msgspec Struct, since a frozen dataclass takes five times as long to make.

    `value` is the message as it will lie in the topic, whether it is a valid record or not.
    `key` is the patient_id in UTF-8, so that one patient's records stay in order in one partition;
    None when it could not be read: the record then goes to any partition.
    `timestamp_ms` is the message time since 1970 in UTC; None lets the client stamp the moment of sending.
    """

    value: bytes
    key: bytes | None = None
    timestamp_ms: int | None = None
