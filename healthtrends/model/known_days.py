"""Days of which somebody knows why they are unusual: outbreaks of a code, and holidays.

Both come from CSV files of the operator, outbreaks also from the list that is kept beside the data. They are
left out of baselines, never of the tested day: an outbreak that goes on goes on being reported.
"""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from healthtrends.errors import ConfigError
from healthtrends.model.rejection import Reason
from healthtrends.model.rules import diagnosis_code

T = TypeVar("T")
CATEGORY: Final = 3
"""Characters of a category, as in J10."""
NOTE_LENGTH: Final = 500
_DAY: Final = "it is a day YYYY-MM-DD"


@dataclass(frozen=True, slots=True, order=True)
class KnownOutbreak:
    """An outbreak of a code or category, from its first to its last day."""

    code: str
    first: dt.date
    last: dt.date | None = None
    """None: it goes on."""
    note: str = ""

    def covers(self, name: str) -> bool:
        """Whether it makes a series unusual: that of its code, of a code below it, or of its category.

        Series of blocks, chapters and the like hold too much else.
        """
        code = self.code
        below = name.startswith(code if len(code) > CATEGORY else f"{code}.")
        return below or name in (code, code[:CATEGORY])

    def has(self, day: dt.date) -> bool:
        """Whether a day is one of its days."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """A day on which fewer people come than on others of its weekday."""

    date: dt.date
    note: str = ""


@dataclass(frozen=True, slots=True)
class KnownDays:
    """All that is known."""

    outbreaks: Sequence[KnownOutbreak] = ()
    holidays: Sequence[Holiday] = ()

    def between(self, first: dt.date, last: dt.date) -> "KnownDays":
        """Those that have a day of this span, in a total order."""
        outbreaks = {
            each
            for each in self.outbreaks
            if each.first <= last and (each.last is None or each.last >= first)
        }
        holidays = {each for each in self.holidays if first <= each.date <= last}
        return KnownDays(
            sorted(outbreaks, key=lambda each: (each.first, each.code, each.last or dt.date.max, each.note)),
            sorted(holidays),
        )


NOTHING_KNOWN: Final = KnownDays()
_OUTBREAKS: Final = "known outbreaks", ("code", "first", "last", "note"), ("code", "first")
_HOLIDAYS: Final = "holidays", ("date", "note"), ("date",)


def parse_outbreaks(content: bytes, name: str) -> list[KnownOutbreak]:
    """Parse the CSV file called `name`: code,first,last,note; an empty last day: it goes on.

    Raises ConfigError, which names line and column.
    """
    found = []
    for cell in _rows(content, name, *_OUTBREAKS):
        code = cell("code", outbreak_code)
        first, last = cell("first", _day), cell("last", _last_day)
        if last is not None and last < first:
            raise cell.error("last", "it is before the first day")
        found.append(KnownOutbreak(code, first, last, cell("note", note_text)))
    return sorted(found, key=lambda each: (each.first, each.code))


def parse_holidays(content: bytes, name: str) -> list[Holiday]:
    """Parse the CSV file called `name`: date,note. Raises ConfigError, which names line and column."""
    found: dict[dt.date, Holiday] = {}
    for cell in _rows(content, name, *_HOLIDAYS):
        date = cell("date", _day)
        if date in found:
            raise cell.error("date", "this day is there already")
        found[date] = Holiday(date, cell("note", note_text))
    return sorted(found.values())


def outbreak_code(text: str) -> str:
    """Read a code or category of ICD-10. Raises ValueError."""
    code = diagnosis_code(text)
    if isinstance(code, Reason):
        raise ValueError("it is a code or category of ICD-10, such as J10 or J10.1")  # noqa: TRY004  of a text
    return code


def note_text(text: str) -> str:
    """Read a note: one line of text that people wrote. Raises ValueError."""
    if len(text) > NOTE_LENGTH or not text.isprintable():
        raise ValueError(f"it is one line of at most {NOTE_LENGTH} characters")
    return text


def _day(text: str) -> dt.date:
    if len(text) != len("YYYY-MM-DD"):
        raise ValueError(_DAY)
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(_DAY) from None


def _last_day(text: str) -> dt.date | None:
    return _day(text) if text else None


class _Row:
    """Reads the cells of one line, and knows its place."""

    def __init__(self, cells: Mapping[str, str | None], file: str, line: int, kind: str) -> None:
        self._cells, self._file, self._line, self._kind = cells, file, line, kind

    def __call__(self, column: str, read: Callable[[str], T]) -> T:
        try:
            return read((self._cells.get(column) or "").strip())
        except ValueError as error:
            raise self.error(column, str(error)) from None

    def error(self, column: str, why: str) -> ConfigError:
        return _invalid(self._file, self._kind, f"line {self._line}, column {column}: {why}")


def _rows(
    content: bytes, name: str, kind: str, columns: Sequence[str], needed: Sequence[str]
) -> Iterator[_Row]:
    try:
        lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        given = [each.strip() for each in lines.fieldnames or ()]
        lines.fieldnames = given
        for column in needed:
            if column not in given:
                raise _invalid(name, kind, f"line 1: there is no column {column}")
        for column in given:
            if column not in columns:
                raise _invalid(name, kind, f"line 1, column {column}: there are {', '.join(columns)}")
        for row in lines:
            if None in row:
                raise _invalid(name, kind, f"line {lines.line_num}: it has more than {len(given)} columns")
            yield _Row(row, name, lines.line_num, kind)
    except UnicodeDecodeError as error:
        raise _invalid(name, kind, f"byte {error.start} is not UTF-8") from None
    except csv.Error as error:
        raise _invalid(name, kind, f"line {lines.reader.line_num}: {error}") from None


def _invalid(name: str, kind: str, why: str) -> ConfigError:
    columns = (_OUTBREAKS if kind == _OUTBREAKS[0] else _HOLIDAYS)[1]
    return ConfigError(
        f"{name} is no file of {kind}",
        why,
        f"it is a CSV file in UTF-8 with the columns {','.join(columns)}; see docs/how-to/known-outbreaks.md",
    )
