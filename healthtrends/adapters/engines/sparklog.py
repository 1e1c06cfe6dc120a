"""What Spark's own log says of its end: when its Java dies, its client only sees a line that went dead."""

import re
from pathlib import Path

from healthtrends.adapters.engines.failures import told_line

_TAIL_BYTES = 200_000
_CAUSE = re.compile(
    r'^(?:Exception in thread "[^"]*" |Caused by: )?(?:[a-z]\w*\.)+(?P<kind>\w+(?:Exception|Error))'
    r'(?P<why>: .*)?$'
    r"|^(?P<java>(?:Error: (?!A fatal exception)|Invalid ).*)$",
    re.MULTILINE,
)  # fmt: skip
_OUT_OF_MEMORY = "OutOfMemoryError"


def last_cause(log: Path) -> str | None:
    """Give the last exception of the log, in one line without data; None when there is none."""
    found = [_line(match) for match in _CAUSE.finditer(_tail(log))]
    memory = [line for line in found if line.startswith(_OUT_OF_MEMORY)]
    causes = memory or found  # what follows the lack of memory is its consequence
    return causes[-1] if causes else None


def _line(match: re.Match[str]) -> str:
    return told_line(match["java"] or f"{match['kind']}{match['why'] or ''}")


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
