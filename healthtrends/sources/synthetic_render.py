"""Renders drawn columns as JSON bytes: fragments are looked up and joined, none is formatted per record.

A plain record is three fragments: the patient, the cell (age and gender), and the rest of the day's record,
which only takes a few thousand different values a day. Numbers are written as digit matrices, a column of
bytes a digit.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from healthtrends.sources.catalogue import AGES, GENDERS, Ints, catalogue
from healthtrends.sources.synthetic_draw import FACILITIES, OUTCOMES, Draws, Mask

REGIONS = ("north", "east", "south", "west", "centre")

Fragments = npt.NDArray[np.object_]  # of bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Rendered:
    """Messages and their keys, in the order drawn."""

    values: list[bytes]
    keys: list[bytes]


class Renderer:
    """Holds the fragments that every day shares, and those of the present day."""

    def __init__(self, *, plain: bool) -> None:
        """`plain` leaves out all optional fields."""
        self._plain = plain
        self._cells = _fragments(
            f'","age":{age},"gender":"{gender}","diagnosis_code":"'
            for age in range(AGES)
            for gender in GENDERS
        )
        self._facilities = _fragments(
            f',"facility_id":"F{number:02}","region":"{REGIONS[number % len(REGIONS)]}"'
            for number in range(FACILITIES)
        )
        self._day: dt.date | None = None
        self._tails = _fragments([])

    def render(self, draws: Draws) -> Rendered:
        """Write each record as one JSON object, keys in the order of the contract."""
        if draws.day != self._day:
            self._day, self._tails = draws.day, _fragments(_tails_of(draws.day))
        patients = _numbered(b"P", draws.patient, 8)
        columns = [
            _texts(_framed(b'{"patient_id":"', patients, b"")),
            self._cells[draws.cell].tolist(),
            self._tails[(draws.code * 3 + draws.treatment) * len(OUTCOMES) + draws.outcome].tolist(),
        ]
        if not self._plain:
            columns += self._optional(draws)
        columns.append([b"}"] * len(draws.serial))
        return Rendered(values=list(map(b"".join, zip(*columns, strict=True))), keys=_texts(patients))

    def _optional(self, draws: Draws) -> list[list[bytes]]:
        stamp = draws.day.strftime("%y%m%d").encode()
        visits = _framed(b',"visit_id":"V' + stamp + b"-", _numbered(b"", draws.visit, 9), b'"')
        records = _framed(b',"record_id":"R' + stamp + b"-", _numbered(b"", draws.serial, 9), b'"')
        times = _framed(
            b',"recorded_at":"' + draws.day.isoformat().encode() + b"T", _clock(draws.seconds), b'Z"'
        )
        return [
            _texts(visits, draws.has_visit),
            _texts(records, draws.has_record),
            _texts(times, draws.has_recorded_at),
            np.where(draws.has_facility, self._facilities[draws.facility], b"").tolist(),
        ]


Letters = npt.NDArray[np.uint8]  # (records, width): one row of ASCII letters a record


def _tails_of(day: dt.date) -> list[str]:
    table = catalogue()
    return [
        f'{code}","visit_date":"{day.isoformat()}","treatment_code":"{treatment}","outcome":"{outcome}"'
        for code, treatments in zip(table.codes, table.treatments, strict=True)
        for treatment in treatments
        for outcome in OUTCOMES
    ]


def _fragments(texts: Iterable[str]) -> Fragments:
    return np.array([text.encode() for text in texts], dtype=object)


def _numbered(prefix: bytes, numbers: Ints, width: int) -> Letters:
    """Each number with leading zeros behind the prefix."""
    powers = 10 ** np.arange(width - 1, -1, -1)
    digits = (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)
    return _framed(prefix, digits, b"")


def _clock(seconds: Ints) -> Letters:
    """Seconds of the day as HH:MM:SS."""
    two = (_numbered(b"", part, 2) for part in (seconds // 3600, seconds // 60 % 60, seconds % 60))
    hours, minutes, rest = two
    return np.hstack([hours, _framed(b":", minutes, b":"), rest])


def _framed(before: bytes, letters: Letters, after: bytes) -> Letters:
    framed = np.empty((len(letters), len(before) + letters.shape[1] + len(after)), dtype=np.uint8)
    framed[:, : len(before)] = np.frombuffer(before, dtype=np.uint8)
    framed[:, len(before) : framed.shape[1] - len(after)] = letters
    framed[:, framed.shape[1] - len(after) :] = np.frombuffer(after, dtype=np.uint8)
    return framed


def _texts(letters: Letters, shown: Mask | None = None) -> list[bytes]:
    """Rows as bytes; empty where not shown, since NumPy drops the zero bytes at the end of a text."""
    if shown is not None:
        letters = letters * shown[:, None]
    texts: list[bytes] = np.ascontiguousarray(letters).view(f"S{letters.shape[1]}").ravel().tolist()
    return texts
