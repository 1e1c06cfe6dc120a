"""Keys from the files that the configuration names: of the pseudonyms, and of the log's seals."""

from healthtrends.config import Settings, check_private, expanded
from healthtrends.errors import ConfigError
from healthtrends.model.pseudonym import LONGEST_KEY, SHORTEST_KEY


def read_key(settings: Settings) -> bytes | None:
    """Read the pseudonym key; None when pseudonymisation is off. Raises ConfigError."""
    if not settings.privacy.pseudonymise:
        return None
    name = settings.privacy.key_file
    if name is None:
        raise ConfigError(
            "no pseudonym key is configured", "privacy.pseudonymise is on", _remedy("privacy.key_file")
        )
    return _read(name, "privacy.key_file")


def read_seal_key(settings: Settings) -> bytes | None:
    """Read the key of the log's seals; None when there is none. Raises ConfigError."""
    name = settings.verify.key_file
    return None if name is None else _read(name, "verify.key_file")


def _remedy(setting: str) -> str:
    return (
        f"set {setting} to a file with 64 hex digits, mode 0600: `(umask 077; openssl rand -hex 32 > FILE)`"
    )


def _read(name: str, setting: str) -> bytes:
    path, remedy = expanded(name), _remedy(setting)
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except OSError as error:
        raise ConfigError(f"the key file {path} cannot be read", error.strerror or "", remedy) from None
    except ValueError:
        raise ConfigError(f"the key file {path} does not hold hex digits", "", remedy) from None
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ConfigError(
            f"the key in {path} has {len(key)} bytes", f"{SHORTEST_KEY} to {LONGEST_KEY}", remedy
        )
    check_private(path, "the key file")
    return key
