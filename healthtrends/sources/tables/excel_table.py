"""Workbooks of Excel: one sheet, whose first row that is not empty is the header."""

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from healthtrends.config.mapping import FileForm
from healthtrends.errors import ConfigError
from healthtrends.sources.input_damage import damage
from healthtrends.sources.tables import Row, column_names, to_row
from healthtrends.sources.unpacking import Readable

SUFFIXES = (".xlsx",)
ABOUT = "Excel workbooks"


def rows(file: Readable, name: str, form: FileForm) -> Iterator[Row]:
    """Yield the rows behind the header. The workbook is read into memory.

    Raises UsageError for what is no workbook, ConfigError without the extra or without the sheet.
    """
    calamine = _calamine()
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.read()))
        sheets = book.sheet_names
    except Exception as fault:  # the reader has an error class for each of its formats
        raise damage(name, 1, "no Excel workbook", type(fault).__name__, "save it as .xlsx") from fault
    wanted = form.sheet or sheets[0]
    if wanted not in sheets:
        raise ConfigError(
            f"{name} has no sheet {wanted!r}", f"it has {', '.join(sheets)}", "correct source.file.sheet"
        )
    found = book.get_sheet_by_name(wanted).iter_rows()
    header: list[object] = next((row for row in found if any(cell != "" for cell in row)), [])
    names = column_names(header)
    if not any(names):
        raise damage(name, 1, "no usable header row", f"the sheet {wanted} is empty", "name the columns")
    for row in found:
        if any(cell != "" for cell in row):
            yield to_row(names, [_cell(cell) for cell in row])


def _cell(value: object) -> object:
    """Dates as ISO 8601, which a mapping reads without a format; all else as it is."""
    if isinstance(value, dt.datetime):
        is_day = value.time() == dt.time()
        return value.date().isoformat() if is_day else value.isoformat()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def _calamine() -> Any:  # noqa: ANN401  a module without types
    try:
        import python_calamine  # noqa: PLC0415  an extra, needed for workbooks alone
    except ImportError as error:
        raise ConfigError(
            "Excel workbooks cannot be read",
            "the package python-calamine is not installed",
            "pip install 'healthtrends[excel]', or save the sheet as CSV",
        ) from error
    return python_calamine
