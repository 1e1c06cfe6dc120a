"""How the results of a run, an ingest and the status read on a terminal; `--json` has all of them whole."""

from collections.abc import Mapping
from typing import Any

from healthtrends.cli.show import Show


def show_run(show: Show, summary: Mapping[str, Any]) -> None:
    """One row a date: what was done and where the reports lie."""
    show.document(summary)


def show_ingest(show: Show, summary: Mapping[str, Any]) -> None:
    """How many messages were stored and rejected."""
    show.document(summary)


def show_status(show: Show, status: Mapping[str, Any]) -> None:
    """Addresses, lag, last commit, dates."""
    show.document(status)
