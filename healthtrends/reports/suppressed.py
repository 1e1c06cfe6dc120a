"""The last column of a released report, which says why fields of a row are empty."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from healthtrends.reports.schema import Column, Value

SUPPRESSED: Final = Column(
    "suppressed", "text", "", "why fields of the row are empty: column=rule; empty: none is", null_reason=None
)

ROUNDED: Final = "_midpoint6"
"""Ending of the names of columns of counts in a release under this policy."""


def rounded(column: Column) -> Column:
    """Give a column of counts under the policy that names them anew."""
    return replace(column, name=f"{column.name}{ROUNDED}", meaning=f"{column.meaning}, rounded")


def rules_of(fields: Mapping[str, Value]) -> dict[str, str]:
    """By column, the rule that hides it in a row; a report of the house has none."""
    words = str(fields.get(SUPPRESSED.name) or "").split()
    return dict(word.split("=", 1) for word in words)
