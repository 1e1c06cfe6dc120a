"""The check of `doctor` on the server that takes lineage: a run would only log that it is away."""

import http.client
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from healthtrends.config import Settings
from healthtrends.devstack.doctor import Finding

_NAME = "lineage.endpoint"


def lineage_findings(settings: Settings) -> Iterator[Finding]:
    """Ask the server, where one is configured; nothing is sent to it but the token."""
    lineage = settings.lineage
    if not lineage.endpoint:
        return
    from healthtrends.adapters.engines.master import is_loopback
    from healthtrends.adapters.lineage.delivery import ask, reason_of

    parts = urlsplit(lineage.endpoint)
    if lineage.token and parts.scheme == "http" and not is_loopback(parts.netloc):
        yield Finding(_NAME, "warning", "lineage.token is sent in the clear", "use https in lineage.endpoint")
    try:
        status = ask(lineage)
    except (OSError, ValueError, http.client.HTTPException) as error:
        text, next_step = f"no answer ({reason_of(error)})", "start the server, or correct lineage.endpoint"
        yield Finding(_NAME, "warning", text, next_step)
        return
    if fault := _fault(status):
        text, next_step = fault
        yield Finding(_NAME, "warning", f"{text} (HTTP {status})", next_step)
    else:
        yield Finding(_NAME, "ok", "the server answers")


def _fault(status: int) -> tuple[str, str] | None:
    """What an answer says of events, and what to do; None: they may be taken."""
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return "it refuses us", "set or correct lineage.token"
    if status == HTTPStatus.NOT_FOUND:
        return "it has no such page", "correct the path of lineage.endpoint"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "it leads elsewhere, and events do not follow", "set lineage.endpoint to where it leads"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "it has a fault", "see the log of the server"
    return None
