"""Which values must never be shown, and the settings as they may be."""

import re

import msgspec

from healthtrends.config.settings import Settings

HIDDEN = "***"

# Names in librdkafka, Hadoop and Spark whose value is, or can hold, a secret.
_SECRET_NAME = re.compile(
    r"password|passwd|passphrase|secret|token|credential|jaas|webhook|oauthbearer\.config"
    r"|access[._-]?key|private|\.pem$",
    re.IGNORECASE,
)


def is_secret(key: str) -> bool:
    """True for a dotted key whose value must be hidden, e.g. `kafka.client.sasl.password`."""
    return bool(_SECRET_NAME.search(key))


def printed(settings: Settings) -> dict[str, object]:
    """All settings as `{"kafka.topic": value}`, secrets as `***`; None = not set."""
    shown: dict[str, object] = {}
    for section, values in msgspec.to_builtins(settings).items():
        for name, value in values.items():
            for key, one in _spread(f"{section}.{name}", value):
                shown[key] = HIDDEN if one is not None and is_secret(key) else one
    return shown


def _spread(key: str, value: object) -> list[tuple[str, object]]:
    """A table counts as one setting for each of its keys."""
    if isinstance(value, dict):
        return [(f"{key}.{inner}", one) for inner, one in value.items()]
    return [(key, value)]
