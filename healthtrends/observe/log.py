"""Log events: a fixed dotted name and named fields, one line each.

Plain: `2025-12-22T12:00:01Z commit.done seq=5 lines=100`. With `--json`: one JSON object a line with `time`,
`event` and the fields. A field says where or how many, never what a patient's record holds.
"""

import json

from healthtrends import clock
from healthtrends.observe.output import STATE, stamp, write_line
from healthtrends.observe.visible import visible


def event(name: str, **fields: object) -> None:
    """Write an event, e.g. `event("commit.done", seq=5, lines=100)`.

    Hidden by `--quiet`. Values are shown by `str`; one with blanks or quotes is put in quotes.
    """
    if not STATE.mode.quiet:
        _write(name, fields)


def debug_event(name: str, **fields: object) -> None:
    """As `event`, but shown only with `-v`."""
    if STATE.mode.verbose:
        _write(name, fields)


def _write(name: str, fields: dict[str, object]) -> None:
    if STATE.mode.json:
        record = {"time": clock.wall().isoformat(), "event": name, **fields}
        write_line(visible(json.dumps(record, default=str, ensure_ascii=False)))
        return
    write_line(" ".join([stamp(), name, *(f"{key}={_shown(value)}" for key, value in fields.items())]))


def _shown(value: object) -> str:
    """One word, so that a line can be split at its blanks."""
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    if text and text.isprintable() and not any(sign in text for sign in ' "='):
        return text
    return visible(json.dumps(text, ensure_ascii=False))
