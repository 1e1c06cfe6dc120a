"""The local stack as the commands use it: started when nothing is configured and somebody wants it."""

import sys
from pathlib import Path

from healthtrends.cli.show import Show
from healthtrends.config import FILE_NAME, Settings, cache, home
from healthtrends.config.permissions import TEMP
from healthtrends.devstack.stack import LocalStack, StackAddresses
from healthtrends.errors import ConfigError, UsageError


def local_stack() -> LocalStack:
    """The stack of HEALTHTRENDS_HOME; started or not."""
    return LocalStack(home(), cache())


def remove_temporary(home: Path) -> None:
    """Remove the temporary files of commands that have ended, and how an engine got at them."""
    from healthtrends.devstack.plain_path import drop_engine_path
    from healthtrends.orchestrate.temp_dir import remove_unused

    remove_unused(home / TEMP)
    if not (home / TEMP).exists():
        drop_engine_path(home / TEMP, cache())


def start(settings: Settings, show: Show) -> StackAddresses:
    """Start what is down, wait until all can be used, make the topic when missing."""
    from healthtrends.orchestrate import wiring

    return wiring.start(local_stack(), settings, show.note)


def resolved(settings: Settings, show: Show) -> Settings:
    """The settings with addresses in any case: those configured, or those of the stack, which is started."""
    from healthtrends.orchestrate.wiring import with_addresses

    return with_addresses(settings, start(settings, show)) if settings.uses_local_stack else settings


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
