"""What released numbers of different dates have to do with each other, as `over_time.toml` says."""

import functools
import tomllib
from importlib import resources
from typing import Literal

import msgspec


class Windows(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Tables of people by how often they came, in windows that end with the date."""

    files: tuple[str, ...]
    """Files of a date that say something of its people, visits and windows."""
    window: str
    """Key column of the window; a count of the date alone has none."""
    classes: tuple[str, ...]
    """Visits of a person, growing by one, the last class open."""
    class_: str = msgspec.field(name="class")
    people: str
    """What the classes count, as the key `of`."""
    visits: str
    days: dict[str, int]
    """Days of each window, the date among them."""


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the counts of a day stand."""

    table: str
    key: str
    column: str
    level: str = ""
    """Rows of this level only."""


class Comparison(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A column of numbers that are made of counts of several days."""

    table: str
    column: str
    of: Counted
    key: str
    """Column whose value names the counts."""
    is_: Literal["count", "mean", "share", "change", "listed"] = msgspec.field(name="is")
    """count: of one day; share: the date's count over the mean; change: that less 1; listed: a row says by
    being there how the days compare."""
    level: str = ""
    """Of rows of this level only."""
    rows: dict[str, str] = {}
    """Of these rows only: by their key, what names the counts in its place."""
    days: tuple[int, ...] = ()
    """How many days ago each is."""
    last: int = 0
    """In the place of `days`: so many days, the date the last."""

    @property
    def days_ago(self) -> tuple[int, ...]:
        """How many days ago each is."""
        return self.days or tuple(range(self.last))


class OverTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of `over_time.toml`."""

    windows: Windows
    comparisons: tuple[Comparison, ...]


@functools.cache
def describe_over_time() -> OverTime:
    """Read what comes with the program."""
    content = (resources.files("healthtrends.audit") / "over_time.toml").read_bytes()
    return msgspec.convert(tomllib.loads(content.decode()), OverTime)
