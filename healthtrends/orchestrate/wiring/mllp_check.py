"""The checks of `doctor` for the MLLP door: its port, its certificates and their key."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from healthtrends import clock
from healthtrends.config import Settings, expanded
from healthtrends.config.mllp import Mllp
from healthtrends.devstack.doctor import Finding, Level
from healthtrends.errors import ConfigError
from healthtrends.listen_address import bind_address, split_address
from healthtrends.mllp.certificate import first_expiry
from healthtrends.mllp.listening import WHERE, exposure, tls_context

_SOON = dt.timedelta(days=30)


def mllp_findings(settings: Settings) -> Iterator[Finding]:
    """Look at the door where it is configured, or the topic holds HL7v2; starts nothing."""
    mllp = settings.mllp
    if mllp == Mllp() and settings.source.format != "hl7v2":
        return
    yield _port(mllp)
    for text in mismatches(settings):
        yield Finding("mllp ingest", "warning", text, "correct it where the same topic is ingested")
    try:
        has_tls = tls_context(mllp.tls_certificate, mllp.tls_key, mllp.client_ca) is not None
    except ConfigError as error:
        yield Finding("mllp tls", "error", str(error), error.next_step)
        return
    if has_tls:
        yield from _certificates(mllp)


def mismatches(settings: Settings) -> Iterator[str]:
    """Say what the ingest of the same configuration would reject of what the door takes."""
    if settings.source.format != "hl7v2":
        yield f"source.format is {settings.source.format}: an ingest so configured rejects HL7v2 messages"
    if settings.mllp.max_message_bytes > settings.ingest.max_message_bytes:
        yield "ingest.max_message_bytes is below mllp.max_message_bytes: longer messages become rejects"


def _port(mllp: Mllp) -> Finding:
    """Free, or listened on by `healthtrends mllp` itself."""
    try:
        with bind_address(mllp.listen, WHERE) as listening:
            open_to = exposure(listening, has_tls=bool(mllp.tls_certificate), asks_who=bool(mllp.client_ca))
    except ConfigError as error:
        if owner := _door_on(split_address(mllp.listen, WHERE)[1]):
            return Finding(
                "mllp port", "ok", f"{mllp.listen} is listened on by `healthtrends mllp` ({owner})"
            )
        return Finding("mllp port", "error", str(error), error.next_step)
    if open_to.is_risky:
        return Finding("mllp port", "warning", f"{mllp.listen} is free; {open_to.text}", open_to.next_step)
    return Finding("mllp port", "ok", f"{mllp.listen} is free; {open_to.text}")


def _door_on(port: int) -> str | None:
    """Return the pid of a door of this user that listens on the port."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if "mllp" in process.cmdline() and any(
                each.status == psutil.CONN_LISTEN and each.laddr.port == port
                for each in process.net_connections("tcp")
            ):
                return f"pid {process.pid}"
    return None


def _certificates(mllp: Mllp) -> Iterator[Finding]:
    for name, path in (("tls_certificate", mllp.tls_certificate), ("client_ca", mllp.client_ca)):
        if path is None:
            continue
        try:
            left = first_expiry(expanded(Path(path)).read_text("ascii")) - clock.now()
        except (OSError, ValueError) as fault:
            yield Finding(
                f"mllp {name}", "error", f"{path}: {type(fault).__name__}", "give a file in PEM form"
            )
            continue
        text = f"{path}: {'ended' if left < dt.timedelta() else 'ends'} {_days(left)}"
        level: Level = "error" if left < dt.timedelta() else "warning" if left < _SOON else "ok"
        yield Finding(f"mllp {name}", level, text, "renew it, then start `healthtrends mllp` again")


def _days(left: dt.timedelta) -> str:
    return f"{-left.days} days ago" if left < dt.timedelta() else f"in {left.days} days"
