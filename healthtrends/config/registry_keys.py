"""Keys of `[source.registry]`, spelled as the registry's own clients spell them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from healthtrends.config.suggestions import nearest
from healthtrends.errors import ConfigError

URL: Final = "url"
USER_INFO: Final = "basic.auth.user.info"
TOKEN: Final = "bearer.auth.token"  # noqa: S105  the name of a setting
CLUSTER: Final = "bearer.auth.logical.cluster"
POOL: Final = "bearer.auth.identity.pool.id"
CA: Final = "ssl.ca.location"
CERTIFICATE: Final = "ssl.certificate.location"
KEY: Final = "ssl.key.location"
KEY_PASSWORD: Final = "ssl.key.password"  # noqa: S105  the name of a setting
TIMEOUT: Final = "timeout"
KNOWN: Final = (URL, USER_INFO, TOKEN, CLUSTER, POOL, CA, CERTIFICATE, KEY, KEY_PASSWORD, TIMEOUT)
_DEFAULT_TIMEOUT: Final = "10"


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """How a schema registry is asked."""

    urls: tuple[str, ...]
    """Addresses of one registry, asked in this order until one answers."""
    keys: Mapping[str, str]
    timeout: float
    """Seconds that an answer may take."""

    def __repr__(self) -> str:
        """Without the keys, which must not reach a log."""
        return f"RegistrySettings({self.urls!r})"


def registry_settings(given: Mapping[str, str]) -> RegistrySettings | None:
    """Check the keys of `[source.registry]`; None: no registry is configured. Raises ConfigError."""
    for key in given:
        if key not in KNOWN:
            found = nearest(key, list(KNOWN))
            raise ConfigError(
                f"unknown setting source.registry.{key}",
                f"the nearest known one is {found}" if found else f"known are {', '.join(KNOWN)}",
                f"Write {found}, or remove it." if found else "Remove it.",
            )
    if not given:
        return None
    urls = tuple(url.strip().rstrip("/") for url in given.get(URL, "").split(","))
    for url in urls:
        _check_url(url)
    if USER_INFO in given and TOKEN in given:
        raise ConfigError("source.registry has a user and a token", "one of them is sent", "Remove one.")
    if USER_INFO in given and ":" not in given[USER_INFO]:
        raise ConfigError(
            f"source.registry.{USER_INFO} is not USER:PASSWORD", "", "Write both, with a colon."
        )
    if KEY in given and CERTIFICATE not in given:
        raise ConfigError(f"source.registry has {KEY} without {CERTIFICATE}", "", "Name the certificate too.")
    return RegistrySettings(urls, dict(given), _timeout(given.get(TIMEOUT, _DEFAULT_TIMEOUT)))


def _check_url(url: str) -> None:
    """The address is shown in errors, so it may hold no secret."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query
        has_secret, _ = "@" in parts.netloc, parts.port
    except ValueError:
        is_good, has_secret = False, False
    if has_secret:
        raise ConfigError(
            "source.registry.url holds a user", "addresses are shown in errors", f"Use {USER_INFO} instead."
        )
    if not is_good or any(character.isspace() for character in url):
        raise ConfigError(
            "source.registry.url is no address", "", 'Write "http://HOST:8081" or "https://..".'
        )


def _timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 600:
        raise ConfigError(
            "source.registry.timeout is no number of seconds", "more than 0, at most 600", "Correct it."
        )
    return seconds
