"""The local stack as the commands use it: started when nothing is configured and somebody wants it."""

import sys
from pathlib import Path

from healthtrends.config import FILE_NAME, Settings, home
from healthtrends.errors import ConfigError, UsageError


def check_wanted(settings: Settings, config: Path | None, *, local: bool) -> None:
    """Raise ConfigError unless servers are configured, or a local stack is wanted.

    A cron job whose configuration was lost must not make an empty stack and publish empty reports. So without
    a terminal only `--local` starts a first stack; one that the home holds already is used. `config` is the
    file of `--config`.
    """
    if not settings.uses_local_stack:
        if local:
            raise UsageError(
                "--local is of no use here",
                f"Kafka is configured: {settings.kafka.bootstrap_servers}",
                "Leave out --local, or the configuration.",
            )
        return
    from healthtrends.orchestrate.wiring.local_stack import local_stack

    if local or sys.stdin.isatty() or sys.stderr.isatty() or local_stack().status().addresses is not None:
        return
    file = Path(config or FILE_NAME).absolute()
    raise ConfigError(
        "no Kafka and no HDFS are configured, and without a terminal none are started",
        f"searched: {file} ({'names no servers' if file.is_file() else 'not there'}); "
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS and HEALTHTRENDS_HDFS__URL (not set); "
        f"{home()} (holds no local stack)",
        "Name the configuration with --config FILE; or `healthtrends up` starts servers here, "
        "and so does --local with run, ingest or produce.",
    )
