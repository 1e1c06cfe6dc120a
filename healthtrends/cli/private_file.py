"""Files of this machine that hold what only their user may read."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from healthtrends.config.permissions import make_folders
from healthtrends.errors import UsageError


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file of mode 0600; it gets its name, and takes an older file's place, once it is whole.

    Raises UsageError when it cannot be written.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        make_folders(path.parent)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
        aside.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written", error.strerror or "", "name another place") from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
