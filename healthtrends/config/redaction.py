"""Redaction: values that must never be shown, and the settings as they may be shown."""

import re

import msgspec

from healthtrends.config.settings import Settings

HIDDEN = "***"

# Names in librdkafka, Hadoop and Spark whose value is, or can hold, a secret.
_SECRET_NAME = re.compile(
    r"password|passwd|passphrase|secret|token|credential|jaas|webhook|oauthbearer\.config"
    r"|access[._-]?key|private|user\.info|\.pem$",
    re.IGNORECASE,
)

# Parameters of an address such as sc://host:15002/;use_ssl=true that may be shown; others become headers.
_PLAIN_PARAMETERS = frozenset({"use_ssl", "user_id", "user_agent", "session_id"})
_PLAIN_PLACE = re.compile(r"sc://[^/?#@=\s]+/?|(?!sc:)[^?#@=\s]*", re.IGNORECASE)
_MASTER = "engine.master"


def is_secret(key: str) -> bool:
    """True for a dotted key whose value must be hidden, e.g. `kafka.client.sasl.password`."""
    return bool(_SECRET_NAME.search(key))


def shown_url(url: str) -> str:
    """Give the address of an engine as it may be shown: `sc://host:15002/;use_ssl=true;token=***`."""
    place, *parameters = url.split(";")
    shown = place if _PLAIN_PLACE.fullmatch(place) else HIDDEN
    return ";".join([shown, *map(_shown_parameter, parameters)])


def _shown_parameter(text: str) -> str:
    name, equals, _ = text.partition("=")
    if name in _PLAIN_PARAMETERS:
        return text
    return f"{name}={HIDDEN}" if equals else HIDDEN


def printed(settings: Settings) -> dict[str, object]:
    """All settings as `{"kafka.topic": value}`, secrets as `***`; None = not set."""
    shown: dict[str, object] = {}
    for section, values in msgspec.to_builtins(settings).items():
        for name, value in values.items():
            for key, one in _spread(f"{section}.{name}", value):
                shown[key] = _shown(key, one)
    return shown


def _shown(key: str, value: object) -> object:
    if value is not None and is_secret(key):
        return HIDDEN
    return shown_url(value) if key == _MASTER and isinstance(value, str) else value


def _spread(key: str, value: object) -> list[tuple[str, object]]:
    """A table counts as one setting for each of its keys."""
    if isinstance(value, dict):
        return [(f"{key}.{inner}", _without_lookup(one)) for inner, one in value.items()]
    return [(key, value)]


def _without_lookup(rule: object) -> object:
    """A rule of a mapping without the words of its file, of which there may be 100,000."""
    if not isinstance(rule, dict) or "lookup" not in rule:
        return rule
    return {**rule, "values": f"{len(rule.get('values', ())):,} words"}
