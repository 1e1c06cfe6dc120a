"""Registry of synthetic messages: each module renders the same population as messages of one topic format.

A module has the name of its format and a function `messages(plan)`. The messages of every format come to the
same patients, ages, genders, codes and days; what a format has besides, such as corrections, leaves no trace.
"""

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:  # `--help` names the formats, and draws nothing
    from healthtrends.sources.source_record import SourceRecord
    from healthtrends.sources.synthetic import SyntheticPlan


def names() -> list[str]:
    """Names of all formats, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def messages(name: str, plan: "SyntheticPlan") -> "Iterator[SourceRecord]":
    """Yield the messages of the plan in the format `name`, one of `names`. Raises UsageError."""
    module = import_module(f"{__name__}.{name}")
    return cast("Callable[[SyntheticPlan], Iterator[SourceRecord]]", module.messages)(plan)
