"""Loads the user's function that mends rejected messages, `rejects.transform` of the configuration."""

import importlib.util
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import cast

from healthtrends.config import check_trusted
from healthtrends.errors import ConfigError

Transform = Callable[[bytes, str, str | None], bytes | None]
"""Message, reason, field -> the message as it should have been; None: leave it rejected."""


def load_transform(name: str) -> Transform:
    """Import `package.module:function`. Raises ConfigError."""
    module, _, function = name.partition(":")
    remedy = "set rejects.transform to package.module:function of an installed package, or one on PYTHONPATH"
    try:
        _check_origin(module.partition(".")[0])
        found = attrgetter(function)(importlib.import_module(module))
    except ConfigError:
        raise
    except Exception as error:  # foreign code may raise anything while it is imported
        raise ConfigError(
            f"rejects.transform = {name!r} cannot be loaded", f"{type(error).__name__}: {error}", remedy
        ) from error
    if not callable(found):
        raise ConfigError(f"rejects.transform = {name!r} is no function", "", remedy)
    return cast("Transform", found)


def _check_origin(package: str) -> None:
    """Refuse foreign code before it runs; what is built into Python has no file."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        return
    files = [spec.origin] if spec.has_location and spec.origin else spec.submodule_search_locations or []
    for file in files:
        check_trusted(Path(file), "the module of rejects.transform")
