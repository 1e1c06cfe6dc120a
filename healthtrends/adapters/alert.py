"""Tells an operator of a failed run: a command or a webhook gets the run's summary as JSON.

Best effort: a failure of the hook is one line in the log and never fails the run.
"""

import os
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping

import msgspec

from healthtrends.adapters.http_opener import opener_for
from healthtrends.config import without_settings
from healthtrends.config.publish import Alert
from healthtrends.errors import ConfigError
from healthtrends.observe import event
from healthtrends.visible_text import visible


def check_hook(settings: Alert) -> None:
    """Raise ConfigError when the program of the command is not there: nobody would hear of a failed run."""
    if settings.command and shutil.which(settings.command[0]) is None:
        raise ConfigError(
            f"alert.command names {settings.command[0]}, which is not there or may not be run",
            "nobody would hear of a failed run",
            "Install it, make it executable, or correct alert.command.",
        )


def send_alert(settings: Alert, summary: Mapping[str, object]) -> None:
    """Hand `summary` to every hook that is configured; each may take `alert.timeout` seconds."""
    content = visible(msgspec.json.encode(summary).decode()).encode()
    if settings.command:
        _run_command(settings.command, content, settings.timeout)
    if settings.webhook:
        _post(settings.webhook, content, settings.timeout)


def _run_command(command: list[str], content: bytes, timeout: float) -> None:
    try:
        ended = subprocess.run(
            command,
            input=content,
            timeout=timeout,
            check=False,
            stdout=subprocess.DEVNULL,
            env=without_settings(os.environ),
        )
    except (OSError, subprocess.SubprocessError) as error:
        event("alert.failed", hook="command", error=type(error).__name__)
        return
    event("alert.sent" if ended.returncode == 0 else "alert.failed", hook="command", code=ended.returncode)


def _post(url: str, content: bytes, timeout: float) -> None:
    # The settings admit http and https only, so no file: URL gets here.
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with opener_for(request.host).open(request, timeout=timeout) as answer:
            event("alert.sent", hook="webhook", status=answer.status)
    except (OSError, ValueError) as error:
        event("alert.failed", hook="webhook", error=type(error).__name__)
