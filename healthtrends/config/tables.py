"""Reads a setting that is a table with keys of its own, such as `source.mapping`.

An error names the key inside the table, as it does for any other setting.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from healthtrends.config.config_sources import Given
from healthtrends.config.schema import Field
from healthtrends.config.suggestions import nearest
from healthtrends.errors import ConfigError


def read_table(field: Field, given: Given) -> object:
    """Make the struct of a setting from what was written. Raises ConfigError."""
    value = given.value
    try:
        if given.is_text:
            value = msgspec.json.decode(str(value))
        _check_keys(field.key, value, inspect.type_info(field.type), given.origin)
        return msgspec.convert(value, field.type)
    except msgspec.ValidationError as error:
        # msgspec writes `Expected ... - at `$.age.unit``.
        why, _, place = str(error).partition(" - at `$")
        raise ConfigError(
            f"{field.key}{place.rstrip('`')} is not allowed",
            f"set by {given.origin}: {why[:1].lower()}{why[1:]}",
            f"Correct it; {field.key} is {field.allowed}.",
        ) from error
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"{field.key} is not a JSON object", f"set by {given.origin}", "Write it as one."
        ) from error


def _check_keys(key: str, value: object, kind: inspect.Type, origin: str) -> None:
    """Raise ConfigError for a key that no struct of `kind` has, with the nearest one it has."""
    if not isinstance(value, dict):
        return
    for struct in _structs(kind):
        known: dict[str, Any] = {each.name: each.type for each in struct.fields}
        for name, inner in value.items():
            if name not in known:
                near = nearest(name, known)
                found = f"the nearest known one is {key}.{near}" if near else f"it has {', '.join(known)}"
                raise ConfigError(
                    f"unknown setting {key}.{name}",
                    f"set by {origin}; {found}",
                    f"{f'Write {key}.{near}, or remove' if near else 'Remove'} it.",
                )
            _check_keys(f"{key}.{name}", inner, known[name], origin)


def _structs(kind: inspect.Type) -> Iterator[inspect.StructType]:
    match kind:
        case inspect.Metadata(type=inner):
            yield from _structs(inner)
        case inspect.UnionType(types=parts):
            for part in parts:
                yield from _structs(part)
        case inspect.StructType():
            yield kind
        case _:
            return
