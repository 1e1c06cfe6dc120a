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
    from healthtrends.adapters.lineage.delivery import ask

    parts = urlsplit(lineage.endpoint)
    if lineage.token and parts.scheme == "http" and not is_loopback(parts.netloc):
        yield Finding(_NAME, "warning", "lineage.token is sent in the clear", "use https in lineage.endpoint")
    try:
        status = ask(lineage)
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        yield Finding(
            _NAME, "warning", f"no answer ({reason})", "start the server, or correct lineage.endpoint"
        )
        return
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        yield Finding(_NAME, "warning", f"it refuses us (HTTP {status})", "set or correct lineage.token")
    elif status == HTTPStatus.NOT_FOUND:
        yield Finding(
            _NAME, "warning", "it has no such page (HTTP 404)", "correct the path of lineage.endpoint"
        )
    else:
        yield Finding(_NAME, "ok", "the server answers")
