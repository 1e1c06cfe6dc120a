"""Known outbreaks and holidays from the files of the operator."""

from pathlib import Path

from healthtrends.config import check_trusted, expanded
from healthtrends.config.detect import Detect
from healthtrends.errors import ConfigError
from healthtrends.model.known_days import KnownDays, parse_holidays, parse_outbreaks


def open_known_days(detect: Detect) -> KnownDays:
    """Read the files of the settings. Raises ConfigError, also for one that others may write."""
    for name in (detect.known_outbreaks_file, detect.holidays_file):
        if name is not None:
            check_trusted(Path(name), "the list of known days")
    return read_known_days(detect.known_outbreaks_file, detect.holidays_file)


def read_known_days(outbreaks: str | None, holidays: str | None) -> KnownDays:
    """Read files by their names; None: there is none. Raises ConfigError."""
    return KnownDays(
        parse_outbreaks(_content(outbreaks), outbreaks) if outbreaks is not None else (),
        parse_holidays(_content(holidays), holidays) if holidays is not None else (),
    )


def _content(name: str) -> bytes:
    try:
        return expanded(name).read_bytes()
    except OSError as error:
        raise ConfigError(f"{name} cannot be read", error.strerror or "", "correct the path") from error
