"""Reads the three sources of settings (file, environment, flags) into one flat form: path -> value, origin.

A path is (section, field), or (section, field, key) inside a table such as `kafka.client`, so that
one key of a table can be set in the environment while the rest comes from the file.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from healthtrends.config.schema import Field, fields
from healthtrends.errors import ConfigError

PREFIX = "HEALTHTRENDS_"


@dataclass(frozen=True, slots=True)
class Given:
    """A value as somebody wrote it."""

    value: object
    origin: str  # what to name in an error: the flag, the variable, the file
    is_text: bool  # True: from the environment, so `5` is still to become a number


KeyPath = tuple[str, ...]
Layer = dict[KeyPath, Given]
Known = dict[KeyPath, Field]


def known_settings() -> Known:
    """Every setting by its path."""
    return {(field.section, field.name): field for field in fields()}


def from_flags(overrides: Mapping[str, object]) -> Layer:
    """Keys are dotted, e.g. `engine.name`; None means the flag was not given."""
    return {
        tuple(key.split(".", 2)): Given(value, f"the flag for {key}", is_text=False)
        for key, value in overrides.items()
        if value is not None
    }


def from_environment(environ: Mapping[str, str], known: Known) -> Layer:
    """Read `HEALTHTRENDS_SECTION__FIELD`; an empty variable counts as not set.

    A table is a JSON object in `HEALTHTRENDS_KAFKA__CLIENT`, or one key of it in
    `HEALTHTRENDS_KAFKA__CLIENT__sasl.username`; all capitals stand for small letters and dots
    there (`..__SASL_USERNAME`), because a shell cannot export a name with a dot.
    """
    layer: Layer = {}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX) or "__" not in variable or not text:
            continue
        path = variable_path(variable)
        given = Given(text, variable, is_text=True)
        field = known.get(path)
        if field is not None and field.is_table:
            layer.update(_from_json(path, given))
        else:
            layer[path] = given
    return layer


def variable_path(variable: str) -> KeyPath:
    """Path of the setting that a variable names; of one without `__` a single part."""
    parts = variable.removeprefix(PREFIX).split("__", 2)
    return (*(part.lower() for part in parts[:2]), *map(_table_key, parts[2:]))


def without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child process that gets its settings otherwise or needs none; some are secret."""
    return {name: text for name, text in environ.items() if not (name.startswith(PREFIX) and "__" in name)}


def from_file(path: Path, known: Known) -> Layer:
    """Read a TOML file. `sasl.username = ".."` without quotes means the same as with them."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}", error.strerror or "", "Check the path of --config and its rights."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML", str(error), "Correct that line.") from error
    layer: Layer = {}
    for section, values in content.items():
        if not isinstance(values, dict):
            layer[(section,)] = Given(values, str(path), is_text=False)
            continue
        for name, value in values.items():
            layer.update(_from_table((section, name), value, str(path), known))
    return layer


def _from_table(path: KeyPath, value: object, origin: str, known: Known) -> Layer:
    field = known.get(path)
    if field is None or not field.is_table or not isinstance(value, dict):
        return {path: Given(value, origin, is_text=False)}
    return {(*path, key): Given(_as_text(one), origin, is_text=False) for key, one in _dotted(value)}


def _from_json(path: KeyPath, given: Given) -> Layer:
    try:
        content = json.loads(str(given.value))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ConfigError(
            f"{'.'.join(path)} is not a JSON object",
            f"set by {given.origin}",
            f'Write {given.origin}=\'{{"key": "value"}}\', or one key as {given.origin}__KEY.',
        )
    return {(*path, key): Given(_as_text(one), given.origin, is_text=False) for key, one in content.items()}


def _dotted(table: Mapping[str, object], head: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{head}{key}.")
        else:
            yield f"{head}{key}", value


def _as_text(value: object) -> object:
    """Client libraries take text; numbers and booleans are unmistakable, so accept them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _table_key(text: str) -> str:
    return text.lower().replace("_", ".") if text == text.upper() else text
