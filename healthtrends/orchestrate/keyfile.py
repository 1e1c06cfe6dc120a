"""The pseudonym key, from the file that the configuration names."""

import stat

from healthtrends.config import Settings, check_trusted, expanded
from healthtrends.errors import ConfigError
from healthtrends.model.pseudonym import LONGEST_KEY, SHORTEST_KEY


def read_key(settings: Settings) -> bytes | None:
    """Read the pseudonym key; None when pseudonymisation is off. Raises ConfigError."""
    if not settings.privacy.pseudonymise:
        return None
    name = settings.privacy.key_file
    remedy = "set privacy.key_file to a file with 64 hex digits, mode 0600: `openssl rand -hex 32 > FILE`"
    if name is None:
        raise ConfigError("no pseudonym key is configured", "privacy.pseudonymise is on", remedy)
    path = expanded(name)
    try:
        mode = path.stat().st_mode
        key = bytes.fromhex(path.read_text("ascii"))
    except OSError as error:
        raise ConfigError(f"the key file {path} cannot be read", error.strerror or "", remedy) from None
    except ValueError:
        raise ConfigError(f"the key file {path} does not hold hex digits", "", remedy) from None
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ConfigError(
            f"the key in {path} has {len(key)} bytes", f"{SHORTEST_KEY} to {LONGEST_KEY}", remedy
        )
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"the key file {path} is open to others",
            f"its mode is {stat.filemode(mode)}",
            f"chmod 600 {path}",
        )
    check_trusted(path, "the key file")
    return key
