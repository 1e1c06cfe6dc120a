"""The diagnosis codes of a row: one or several cells, each with one code or a list of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from healthtrends.config.mapping import FieldRule
from healthtrends.config.source import Source
from healthtrends.formats.mapped.code_rules import Reading, code_reading
from healthtrends.formats.mapped.columns import MISSING, Row, as_text, cell_reader
from healthtrends.formats.mapped.field_readers import columns_of, compile_field, word_map
from healthtrends.model.field_decoder import FieldDecoder
from healthtrends.model.rejection import Reason, Skip


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a row."""

    value: object
    """A text, or the Reason or Skip in its place; None: empty; MISSING: no such column."""
    part: str | None = None
    """Where it stands, such as `ICD2` or `Diagnosen[2]`; None: a row has just one."""


class CodeReader:
    """Reads all codes of a row."""

    def __init__(self, rule: FieldRule, source: Source, record: FieldDecoder) -> None:
        """Raises ConfigError."""
        self.is_list = bool(rule.columns) or bool(rule.split)
        """A row may have several codes."""
        self._names = rule.columns or columns_of(rule)
        self._cells = tuple(map(cell_reader, self._names))
        self._first_only = not rule.columns
        self._split = rule.split
        self._words = word_map("diagnosis_code", rule, record)
        self._reading: Reading = code_reading(rule.code_rule)
        # Checked as the rule of any field.
        self._default = compile_field("diagnosis_code", rule, source, record).default

    def read(self, row: Row) -> list[Code]:
        """Return the codes, each once; one that is empty or missing when there is none."""
        found: dict[object, Code] = {}
        is_there = False
        for name, cell in zip(self._names, self._cells, strict=True):
            content = as_text(cell(row))
            is_there = is_there or content is not MISSING
            for code in self._of_cell(name, content):
                found.setdefault(code.value, code)
            if found and self._first_only:
                break
        if found:
            return list(found.values())
        return [Code(self._default if self._default is not None else None if is_there else MISSING)]

    def value_of(self, text: str) -> object:
        """Code of a text, or the Reason or Skip in its place."""
        code = self._reading(text)
        if not self._words or isinstance(code, Skip):
            return code
        mapped = self._words.get(code.casefold())
        return mapped or self._default or Reason.UNMAPPED_SYSTEM

    def value_of_cell(self, cell: object) -> object:
        """As `value_of`, of the one cell of a row, as `as_text` gives it."""
        if cell is None or not self._names:
            return self._default
        return self.value_of(cell) if isinstance(cell, str) else Reason.WRONG_TYPE

    def _of_cell(self, name: str, content: object) -> Iterator[Code]:
        if content is MISSING or content is None:
            return
        if not self.is_list:
            yield Code(self.value_of(content) if isinstance(content, str) else Reason.WRONG_TYPE)
            return
        if not isinstance(content, str):
            yield Code(Reason.WRONG_TYPE, name)
            return
        texts = content.split(self._split) if self._split else [content]
        for number, text in enumerate(texts, 1):
            if stripped := text.strip():
                yield Code(self.value_of(stripped), f"{name}[{number}]" if self._split else name)
