"""Merges the sources, checks every key, and makes the Settings.

An error names the key, where it was set, what was given (never a secret) and what is allowed.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from healthtrends import clock
from healthtrends.config.config_sources import (
    Given,
    KeyPath,
    Known,
    Layer,
    from_environment,
    from_file,
    from_flags,
    known_settings,
)
from healthtrends.config.directories import expanded
from healthtrends.config.kafka_keys import check_refused, overruled
from healthtrends.config.lookup import with_lookups
from healthtrends.config.redaction import HIDDEN, is_secret
from healthtrends.config.registry_keys import registry_settings
from healthtrends.config.schema import Field
from healthtrends.config.settings import Settings
from healthtrends.config.source import GERMAN_SYSTEMS, ICD10_SYSTEMS
from healthtrends.config.suggestions import nearest
from healthtrends.config.tables import read_table
from healthtrends.config.trust import check_trusted
from healthtrends.errors import ConfigError
from healthtrends.observe import event

FILE_NAME = "healthtrends.toml"
LANGUAGE = ("publish", "language")
PATHS: tuple[KeyPath, ...] = (
    ("privacy", "key_file"),
    ("privacy", "opt_out_file"),
    ("verify", "key_file"),
    ("publish", "titles_file"),
    ("diagnosis", "table_file"),
    ("detect", "known_outbreaks_file"),
    ("detect", "holidays_file"),
    ("publish", "local_dir"),
    ("mllp", "tls_certificate"),
    ("mllp", "tls_key"),
    ("mllp", "client_ca"),
    ("source", "reader_schema"),
    ("metrics", "textfile"),
    ("health", "file"),
    ("lineage", "file"),
    LANGUAGE,
)
"""Settings that are paths on this machine."""
COMMAND = ("alert", "command")
"""A list that begins with one, unless the program is to be looked for in PATH; a script may follow."""


def load(config_file: Path | None, overrides: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """Resolve all settings: flag > environment > file > default.

    `config_file` None = `healthtrends.toml` of the working directory, if there is one.
    `overrides` holds the flags by dotted key, None = not given. Raises ConfigError, also for a file that
    others may write.
    """
    known = known_settings()
    found = config_file or (Path(FILE_NAME) if Path(FILE_NAME).is_file() else None)
    given: Layer = {}
    if found is not None:
        check_trusted(found, "the configuration", environ)
        given.update(_anchored(from_file(found, known), found))
    given.update(from_environment(environ, known))
    given.update(from_flags(overrides))
    settings = _with_mapping(_build_settings(given, known), found, environ)
    clock.time_zone(settings.source.timezone)
    _check_command(settings.alert.command or [], environ)
    return settings


def _with_mapping(settings: Settings, file: Path | None, environ: Mapping[str, str]) -> Settings:
    """Format `record` with a mapping is the format `mapped`: decoders and the log know it by that name."""
    source = settings.source
    if source.mapping is None:
        return settings
    if source.format not in ("record", "mapped"):
        raise ConfigError(
            f"source.mapping does not go with source.format = {source.format!r}",
            "only rows and JSON objects are mapped",
            'Write source.format = "record", or remove [source.mapping].',
        )
    folder = file.absolute().parent if file else Path.cwd()
    source = with_lookups(msgspec.structs.replace(source, format="mapped"), folder, environ)
    return msgspec.structs.replace(settings, source=source)


def _build_settings(given: Layer, known: Known) -> Settings:
    sections: dict[str, dict[str, Any]] = {}
    for path, one in given.items():
        field = known.get(path[:2])
        if field is None or (len(path) > 2 and not field.is_table):
            raise _unknown(path, one, known)
        if len(path) == 2 and field.is_table:
            raise ConfigError(
                f"{field.key} is not a table",
                f"set by {one.origin}; allowed: {field.allowed}",
                f"Write [{field.key}] and its keys below it.",
            )
        value = _converted(path, one, field)
        section = sections.setdefault(field.section, {})
        if field.is_table:
            section.setdefault(field.name, {})[path[2]] = value
        else:
            section[field.name] = value
    if sections.get("diagnosis", {}).get("system") == "icd10gm":
        systems = [*ICD10_SYSTEMS, *GERMAN_SYSTEMS]
        sections.setdefault("source", {}).setdefault("diagnosis_systems", systems)
    settings = msgspec.convert(sections, Settings)
    _check_pair(settings)
    _check_kafka_client(settings)
    registry_settings(settings.source.registry)
    return settings


def _anchored(layer: Layer, file: Path) -> Layer:
    """A relative path named in the file begins beside the file, wherever the command is run."""
    for path in PATHS:
        one = layer.get(path)
        if one is not None and isinstance(one.value, str) and one.value and _is_path(path, one.value):
            layer[path] = Given(_beside(file, one.value), one.origin, is_text=False)
    match layer.get(COMMAND):
        case Given(value=[str(program), *arguments], origin=origin):
            first = _beside(file, program) if os.sep in program else program
            rest = [_argument(file, each) for each in arguments]
            layer[COMMAND] = Given([first, *rest], origin, is_text=False)
    return layer


def _argument(file: Path, given: object) -> object:
    """The file beside `file` when there is one of this name, else what was given."""
    beside = file.absolute().parent / str(given)
    return str(beside) if isinstance(given, str) and _is_file(beside) else given


def _check_command(command: list[str], environ: Mapping[str, str]) -> None:
    """Its program, and the files among its arguments, which it may run as `python3 notify.py` does."""
    if command and os.sep in command[0]:
        check_trusted(Path(command[0]), "the program of alert.command", environ)
    for each in command[1:]:
        if _is_file(path := Path(each).absolute()):
            check_trusted(path, "the file of alert.command", environ)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # a text that is too long for a path, or can be none


def _beside(file: Path, path: str) -> str:
    return str(file.absolute().parent / expanded(path))


def _is_path(path: KeyPath, value: str) -> bool:
    """The language is one when it names a message file."""
    return path != LANGUAGE or value.endswith(".json")


def _converted(path: KeyPath, one: Given, field: Field) -> object:
    if field.is_struct:
        return read_table(field, one)
    wanted = str if field.is_table else field.type
    value = one.value
    try:
        if one.is_text and (field.is_list or (field.may_be_list and str(value).startswith("["))):
            value = msgspec.json.decode(str(value))
        value = msgspec.convert(value, wanted, strict=not one.is_text)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise _refused(path, one, field) from error
    if any("\0" in text for text in (value if isinstance(value, list) else [str(value)])):
        raise _refused(path, one, field)  # no path, name or argument can hold it
    return value


def _refused(path: KeyPath, one: Given, field: Field) -> ConfigError:
    key = ".".join(path)
    shown = HIDDEN if field.secret or is_secret(key) else repr(one.value)
    allowed = "a text" if field.is_table else field.allowed
    return ConfigError(
        f"{key} = {shown} is not allowed",
        f"set by {one.origin}; allowed: {allowed}",
        f"Correct {key}, or remove it to use the default.",
    )


def _unknown(path: KeyPath, one: Given, known: Known) -> ConfigError:
    key = ".".join(path)
    found = nearest(key, [field.key for field in known.values()])
    return ConfigError(
        f"unknown setting {key}",
        f"set by {one.origin}; {f'the nearest known one is {found}' if found else 'no known one is near'}",
        f"{f'Write {found}, or remove' if found else 'Remove'} it. "
        "All settings: docs/reference/configuration.md.",
    )


def _check_kafka_client(settings: Settings) -> None:
    client = settings.kafka.client
    check_refused(client)
    for reserved in overruled(client):
        event("config.ignored", key=f"kafka.client.{reserved.key}", reason=reserved.why)


def _check_pair(settings: Settings) -> None:
    if (settings.kafka.bootstrap_servers is None) == (settings.hdfs.url is None):
        return
    there, missing = ("kafka.bootstrap_servers", "hdfs.url")
    if settings.kafka.bootstrap_servers is None:
        there, missing = missing, there
    raise ConfigError(
        f"{there} is set, but {missing} is not",
        "either both name a cluster, or neither does and the local stack is used",
        f"Set {missing} too, or remove {there}.",
    )
