"""Columns of a row that hold days or times as integers, written out as ISO 8601.

Debezium and Kafka Connect send a DATE as days since 1970. Only columns that are known to be days are written
out: by their schema where the message has one, else by the field that they are for.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

Spell = Callable[[int], str]
"""Writes out an integer. Raises ValueError or OverflowError when there is no such day or time."""

_EPOCH: Final = dt.date(1970, 1, 1).toordinal()


class Columns:
    """The columns of one kind of row, by name, with how their integers are written out."""

    def __init__(self, spell: Mapping[str, Spell]) -> None:
        self._spell = tuple(spell.items())

    def write_out(self, row: bytes) -> bytes:
        """Give the row with its days and times as text. Raises ValueError when it is no JSON."""
        if not self._spell:
            return row
        values = msgspec.json.decode(row)
        if not isinstance(values, dict):
            return row  # the format says what is wrong with it
        is_changed = False
        for name, spell in self._spell:
            given = values.get(name)
            if type(given) is int:
                try:
                    values[name] = spell(given)
                except (ValueError, OverflowError):
                    continue  # stays a number, which no rule for a day takes
                is_changed = True
        return msgspec.json.encode(values) if is_changed else row


def day(days: int) -> str:
    """Days since 1970-01-01."""
    return dt.date.fromordinal(_EPOCH + days).isoformat()


def moment(per_second: int, zone: str) -> Spell:
    """Seconds since 1970 in so many parts; `zone` is `Z`, or empty for a local time."""

    def spell(parts: int) -> str:
        seconds, rest = divmod(parts, per_second)
        at = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)  # noqa: DTZ001  a zone is written behind it
        digits = f"{rest * 1_000_000_000 // per_second:09d}"[:6].rstrip("0")
        return f"{at.isoformat()}.{digits}{zone}" if digits else f"{at.isoformat()}{zone}"

    return spell
