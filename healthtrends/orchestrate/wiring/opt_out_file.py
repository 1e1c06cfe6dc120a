"""Reads the opt-out list from the file that the configuration names."""

import os
from collections.abc import Iterable
from pathlib import Path

from healthtrends.config import Settings, check_private, expanded
from healthtrends.errors import ConfigError
from healthtrends.ingest.erased_person import ErasedPerson
from healthtrends.model.opt_out import OptOutList, is_pseudonym, parse_opt_out, read_ids
from healthtrends.model.pseudonym import Pseudonymise
from healthtrends.storage.layout import new_nonce

_REMEDY = "set privacy.opt_out_file to a UTF-8 text file, one id or pseudonym a line, mode 0600"


def ensure_opt_out_file(settings: Settings) -> None:
    """Make an empty list where there is none. Raises ConfigError."""
    path = _path(settings)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise ConfigError(f"the opt-out list {path} cannot be made", error.strerror or "", _REMEDY) from None


def add_to_opt_out(settings: Settings, person: ErasedPerson, entries: Iterable[str]) -> int:
    """Put entries on the list that are not on it; returns how many. Raises ConfigError, which names no id.

    The file is replaced at once, so that whoever reads it meanwhile sees all of it.
    """
    path = _path(settings)
    try:
        text = path.read_text("utf-8-sig")
        known = {identifier for _, identifier in read_ids(text)}
        if person.given & known:
            return 0  # by the id, which holds under every key
        more = [entry for entry in entries if entry not in known]
        if more:
            end = "" if not text or text.endswith("\n") else "\n"
            aside = path.with_name(f"{path.name}.{new_nonce()}.aside")
            aside.touch(0o600)
            aside.write_text(text + end + "".join(f"{entry}\n" for entry in more), "utf-8")
            aside.replace(path)
    except OSError as error:
        raise ConfigError(
            f"the opt-out list {path} cannot be written", error.strerror or "", _REMEDY
        ) from None
    return len(more)


def pseudonyms_on_list(settings: Settings) -> int:
    """How many entries of the list look like pseudonyms, which hold under one key; 0: there is no list."""
    if settings.privacy.opt_out_file is None:
        return 0
    try:
        text = _path(settings).read_text("utf-8-sig")
    except (OSError, ValueError):
        return 0  # who reads the list says what is wrong with it
    return sum(is_pseudonym(identifier) for _, identifier in read_ids(text))


def _path(settings: Settings) -> Path:
    if settings.privacy.opt_out_file is None:
        raise ConfigError("there is no opt-out list", "privacy.opt_out_file is not set", _REMEDY)
    return expanded(settings.privacy.opt_out_file)


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
