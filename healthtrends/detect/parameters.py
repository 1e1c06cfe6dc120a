"""Parameters and result columns of a numeric detector, each declared once, beside the type of its field.

    alpha: Annotated[float, About("share of usual days above the limit", "probability", high=0.5)] = 0.001
    upper: Annotated[FloatArray, Column("upper", "upper limit, patients")]

Command line, checks, CSV files and documentation are derived from the declarations.
"""

import dataclasses
import math
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from healthtrends.errors import UsageError

Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class About:
    """What a parameter is; its type and default are those of the field."""

    meaning: str
    unit: str = ""
    low: float = 0
    high: float = math.inf
    choices: tuple[str, ...] = ()
    """Of a text; empty for numbers."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a detector."""

    name: str
    default: Value
    about: About

    @property
    def allowed(self) -> str:
        """The range or the choices, in words."""
        about = self.about
        if about.choices:
            return " or ".join(about.choices)
        if isinstance(self.default, bool):
            return "true or false"
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        return f"{kind}, {about.low:g} " + (f"to {about.high:g}" if about.high < math.inf else "or more")

    def parse(self, text: str) -> Value:
        """Read a value. Raises UsageError when it is none of the allowed ones."""
        value = self._read(text.strip())
        if value is None:
            raise UsageError(f"the parameter {self.name} cannot have this value", f"it is {self.allowed}", "")
        return value

    def _read(self, text: str) -> Value | None:
        if self.about.choices:
            return text if text in self.about.choices else None
        if isinstance(self.default, bool):
            return {"true": True, "false": False}.get(text.lower())
        try:
            value = int(text) if isinstance(self.default, int) else float(text)
        except ValueError:
            return None
        return value if self.about.low <= value <= self.about.high and math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a detector's result: an array of days x codes."""

    name: str
    """In files."""
    meaning: str
    words: tuple[str, ...] = ()
    """Of labels: the word of each number; empty for numbers and alarms."""


def parameters(detector: type) -> Iterator[Parameter]:
    """List the parameters of a detector's class, in their order."""
    about = _declared(detector, About)
    for each in dataclasses.fields(detector):
        # Every parameter has a default, which `dataclasses` cannot say in its types.
        yield Parameter(each.name, cast("Value", each.default), about[each.name])


def read_parameters(detector: type, texts: Mapping[str, str]) -> dict[str, Value]:
    """Read values of a detector's parameters. Raises UsageError."""
    known = {each.name: each for each in parameters(detector)}
    unknown = sorted(texts.keys() - known.keys())
    if unknown:
        raise UsageError(
            f"there is no parameter {unknown[0]}", f"this detector has {', '.join(known) or 'none'}", ""
        )
    return {name: known[name].parse(text) for name, text in texts.items()}


def columns(result: type) -> dict[str, Column]:
    """List the columns of a result's class by the names of its fields, in the order of the file."""
    return _declared(result, Column)


A = typing.TypeVar("A", About, Column)


def _declared(owner: type, kind: type[A]) -> dict[str, A]:
    """By field, what is annotated beside its type."""
    hints = typing.get_type_hints(owner, include_extras=True)
    found = {}
    for field in dataclasses.fields(owner):
        found[field.name] = next(each for each in hints[field.name].__metadata__ if isinstance(each, kind))
    return found
