"""Schema of the settings, read from their structs: names, types, ranges in words.

Used for error messages and for the generated reference page, so that neither repeats a range.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
from msgspec import inspect

from healthtrends.config.settings import Settings

_LIST = "a list"
_PLAIN_WORDS: dict[type[inspect.Type], str] = {
    inspect.BoolType: "true or false",
    inspect.StrType: "a text",
    inspect.ListType: f"{_LIST} of texts",
    inspect.DictType: "a table of texts",
    inspect.StructType: "a table",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One key of the configuration."""

    section: str
    name: str
    type: object  # as annotated, for msgspec.convert
    description: str
    allowed: str  # the range in words
    default: object  # None = not set
    secret: bool
    is_table: bool  # a table whose keys are the user's, e.g. kafka.client
    is_list: bool
    may_be_list: bool  # a list or one word
    is_struct: bool  # a table whose keys are known, e.g. source.mapping

    @property
    def key(self) -> str:
        """The dotted name, e.g. `kafka.topic`."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable, e.g. `HEALTHTRENDS_KAFKA__TOPIC`."""
        return f"HEALTHTRENDS_{self.section}__{self.name}".upper()


def fields() -> Iterator[Field]:
    """Yield every key in the order of the structs."""
    for section in msgspec.structs.fields(Settings):
        described = inspect.type_info(section.type)
        if not isinstance(described, inspect.StructType):  # pragma: no cover  a section is a struct
            continue
        for info, plain in zip(described.fields, msgspec.structs.fields(section.type), strict=True):
            yield _field(section.name, info, plain)


def _field(section: str, info: inspect.Field, plain: msgspec.structs.FieldInfo) -> Field:
    notes = _notes(info.type)
    default = plain.default if plain.default is not msgspec.NODEFAULT else {}
    return Field(
        section=section,
        name=info.name,
        type=plain.type,
        description=str(notes["description"]),
        allowed=str(notes.get("allowed") or _allowed(info.type)),
        default=default,
        secret=bool(notes.get("secret")),
        is_table=isinstance(_bare(info.type), inspect.DictType),
        is_list=_allowed(info.type).startswith(_LIST),
        may_be_list=_LIST in _allowed(info.type),
        is_struct=_is_struct(info.type),
    )


def _bare(kind: inspect.Type) -> inspect.Type:
    return _bare(kind.type) if isinstance(kind, inspect.Metadata) else kind


def _is_struct(kind: inspect.Type) -> bool:
    match _bare(kind):
        case inspect.UnionType(types=parts):
            return any(_is_struct(part) for part in parts)
        case other:
            return isinstance(other, inspect.StructType)


def _notes(kind: inspect.Type) -> Mapping[str, object]:
    """Collect description and extra, also from inside `X | None`."""
    if isinstance(kind, inspect.Metadata):
        inner = _notes(kind.type)
        schema = kind.extra_json_schema or {}
        return {**inner, **schema, **(kind.extra or {})}
    if isinstance(kind, inspect.UnionType):
        merged: dict[str, object] = {}
        for part in kind.types:
            merged.update(_notes(part))
        return merged
    return {}


def _allowed(kind: inspect.Type) -> str:
    match _bare(kind):
        case inspect.UnionType(types=parts):
            words = " or ".join(_allowed(part) for part in parts if not isinstance(part, inspect.NoneType))
        case inspect.LiteralType(values=values):
            words = "one of " + ", ".join(map(str, values))
        case inspect.VarTupleType(item_type=item):
            words = f"{_LIST} out of {_allowed(item).removeprefix('one of ')}"
        case inspect.IntType() as number:
            words = "a whole number" + _bounds(number)
        case inspect.FloatType() as number:
            words = "a number" + _bounds(number)
        case other:
            words = _PLAIN_WORDS[type(other)]
    return words


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    words = []
    if kind.ge is not None:
        words.append(f"at least {kind.ge:g}")
    if kind.gt is not None:
        words.append(f"more than {kind.gt:g}")
    if kind.le is not None:
        words.append(f"at most {kind.le:g}")
    return ", " + ", ".join(words) if words else ""
