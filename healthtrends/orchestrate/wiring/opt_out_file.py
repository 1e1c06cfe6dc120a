"""Reads the opt-out list from the file that the configuration names."""

from healthtrends.config import Settings, check_private, expanded
from healthtrends.errors import ConfigError
from healthtrends.model.opt_out import OptOutList, parse_opt_out
from healthtrends.model.pseudonym import Pseudonymise

_REMEDY = "set privacy.opt_out_file to a UTF-8 text file, one id or pseudonym a line, mode 0600"


def read_opt_out(settings: Settings, pseudonymise: Pseudonymise | None) -> OptOutList | None:
    """Read the list; None when there is none, or nobody is on it. Raises ConfigError, which names no id."""
    name = settings.privacy.opt_out_file
    if name is None:
        return None
    path = expanded(name)
    try:
        text = path.read_text("utf-8-sig")
        check_private(path, "the opt-out list")
    except OSError as error:
        raise ConfigError(f"the opt-out list {path} cannot be read", error.strerror or "", _REMEDY) from None
    except ValueError:
        raise ConfigError(f"the opt-out list {path} is not UTF-8 text", "", _REMEDY) from None
    found = parse_opt_out(text, pseudonymise)
    return found if found.lines else None
