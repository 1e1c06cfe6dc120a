"""Errors for damage to the structure of an input: from there on, records cannot be separated.

A record that is wrong by itself is no damage: it is sent, and the ingest rejects it with its reason.
"""

import zlib

from healthtrends.errors import UsageError

UNREADABLE = (OSError, EOFError, zlib.error)  # what reading a file raises, a packed one included


def damage(name: str, line: int, what: str, why: str, next_step: str) -> UsageError:
    """Return the error for damage that begins in this line (from 1) of the input called `name`."""
    return UsageError(f"{name}, line {line}: {what}", why, next_step)


def unreadable(name: str, line: int, fault: BaseException) -> UsageError:
    """Return the error for an input that ends in the middle or does not unpack."""
    return damage(
        name, line, "cannot be read on, the file is damaged or cut short", str(fault), "restore the file"
    )
