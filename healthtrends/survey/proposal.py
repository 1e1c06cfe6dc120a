"""Sums up what messages of a topic are, and proposes the settings that fit; a person decides."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from healthtrends.config.source import Source
from healthtrends.envelopes import CONFLUENT, DEBEZIUM
from healthtrends.survey.look import OTHER_JSON, UNKNOWN, Look

_MOST_NAMES = 12
_MAP = "`healthtrends map --topic` writes the mapping that JSON with names of its own needs"


class Kind(msgspec.Struct, frozen=True):
    """Messages of one sort."""

    messages: int
    envelopes: tuple[str, ...]
    format: str
    detail: str
    charsets: tuple[str, ...]
    events: tuple[str, ...]
    """Types of events and resources, the most frequent first."""
    ids: tuple[str, ...]
    """Names of fields that hold ids."""


class Survey(msgspec.Struct, frozen=True):
    """What was looked at, and what it leads to."""

    looked_at: int
    kinds: tuple[Kind, ...]
    """The most frequent first."""
    toml: str
    """Settings for the most frequent kind that is known; empty: none is."""
    notes: tuple[str, ...]
    """What a person should know, or do next."""


def survey(looks: Sequence[Look], registry_url: str | None, known_formats: Iterable[str]) -> Survey:
    """Sum up; `registry_url` is the configured one."""
    groups: dict[tuple[tuple[str, ...], str, str], list[Look]] = {}
    for look in looks:
        groups.setdefault((look.envelopes, look.format, look.detail), []).append(look)
    ordered = sorted(groups.values(), key=len, reverse=True)
    kinds = tuple(_kind(group) for group in ordered)
    chosen = next((group for group in ordered if group[0].format != UNKNOWN), None)
    framed = any(CONFLUENT in look.envelopes for look in looks)
    if chosen is None and not framed:
        return Survey(len(looks), kinds, "", tuple(_unknown_notes(kinds)))
    group = chosen or next(each for each in ordered if CONFLUENT in each[0].envelopes)
    return Survey(
        len(looks),
        kinds,
        _toml(group, registry_url),
        (*_notes(group, looks, registry_url), *_format_notes(group, known_formats)),
    )


def proposed(found: Survey, source: Source) -> Source | None:
    """Give the source as it is proposed, for a try; None: the kinds found cannot be read without more."""
    kind = next((each for each in found.kinds if each.format not in (UNKNOWN, OTHER_JSON)), None)
    if kind is None:
        return None
    return msgspec.structs.replace(source, format=kind.format, envelope=kind.envelopes)


def _kind(group: Sequence[Look]) -> Kind:
    first = group[0]
    return Kind(
        messages=len(group),
        envelopes=first.envelopes,
        format=first.format,
        detail=first.detail,
        charsets=_frequent([look.charset] if look.charset else [] for look in group),
        events=_frequent(look.events for look in group),
        ids=_frequent(look.ids for look in group),
    )


def _frequent(names: Iterable[Iterable[str]]) -> tuple[str, ...]:
    counts = Counter(name for each in names for name in set(each))
    return tuple(name for name, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_NAMES])


def _toml(group: Sequence[Look], registry_url: str | None) -> str:
    first, kind = group[0], _kind(group)
    lines = ["[source]"]
    name = "record" if first.format in (OTHER_JSON, UNKNOWN) else first.format
    lines.append(f'format = "{name}"')
    if len(first.envelopes) == 1:
        lines.append(f'envelope = "{first.envelopes[0]}"')
    elif first.envelopes:
        lines.append(f"envelope = {msgspec.json.encode(first.envelopes).decode()}")
    if first.format == "hl7v2":
        silent = [look for look in group if not look.says_charset]
        if silent:
            is_latin = any(look.charset == "not utf-8" for look in silent)
            is_utf8 = not is_latin and any(look.charset == "utf-8" for look in silent)
            lines.append(f'charset = "{"utf-8" if is_utf8 else "iso-8859-1"}"  # of messages without MSH-18')
        types = [
            each.removeprefix("PID-3 ")
            for each in kind.ids
            if each.startswith("PID-3 ") and "other" not in each
        ]
        if types:
            lines.append(f'patient_id_type = "{"MR" if "MR" in types else types[0]}"')
    if CONFLUENT in first.envelopes:
        lines += ["", "[source.registry]", f'url = "{registry_url or "http://HOST:8081"}"']
    return "\n".join(lines) + "\n"


def _notes(group: Sequence[Look], looks: Sequence[Look], registry_url: str | None) -> Iterable[str]:
    first = group[0]
    if CONFLUENT in first.envelopes and first.format == UNKNOWN:
        yield (
            "what is inside the framing is not known: set url in [source.registry], and run this again"
            if registry_url is None
            else "no message could be opened: check that this is the registry of the senders"
        )
    others = len(looks) - len(group)
    nulls = sum(look.detail == "a null value" for look in looks)
    if nulls and DEBEZIUM in first.envelopes:
        others -= nulls
        yield f"{nulls} null values are tombstones behind deletes: they are skipped and counted"
    if others:
        yield f"{others} of {len(looks)} messages are of another kind: these settings reject them"
    if DEBEZIUM in first.envelopes and first.detail == "flattened":
        yield "flattened events have no earlier row: one that moves to another day also stays on the old one"


def _format_notes(group: Sequence[Look], known_formats: Iterable[str]) -> Iterable[str]:
    first = group[0]
    if first.format == OTHER_JSON:
        names = [name for name in _frequent(look.fields for look in group) if name]
        yield f"{_MAP}; its fields: {', '.join(names)}" if names else _MAP
    elif first.format not in (UNKNOWN, *known_formats):
        yield f"this program does not read {first.format}"


def _unknown_notes(kinds: Sequence[Kind]) -> Iterable[str]:
    if kinds:
        yield "no settings fit: the topic holds no messages that this program reads"
    else:
        yield "the topic holds no messages yet"
