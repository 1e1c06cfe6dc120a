"""The local stack, which stands in for the servers that the configuration does not name."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from healthtrends.config import Settings, cache, home
from healthtrends.config.permissions import TEMP
from healthtrends.devstack import login_users
from healthtrends.devstack.plain_path import drop_engine_path
from healthtrends.devstack.stack import LocalStack, StackAddresses
from healthtrends.errors import DependencyDown
from healthtrends.observe import counted, measure
from healthtrends.orchestrate.wiring.temp_dir import remove_unused
from healthtrends.storage.layout import Layout


def local_stack() -> LocalStack:
    """Give the stack of HEALTHTRENDS_HOME; it need not run."""
    return LocalStack(home(), cache())


def start(
    settings: Settings,
    note: Callable[[str], None],
    *,
    take_back_security: bool = False,
    make_topic: bool = True,
) -> StackAddresses:
    """Start what is down, wait until all can be used; with `make_topic` make the topic when it is missing.

    A stack with Kerberos and TLS stays so, whatever the settings, unless that is to be taken back.
    `note` gets a line for each thing that is done.
    """
    secure = False if take_back_security else settings.stack.secure or None
    addresses = local_stack().up(note, Layout(settings.hdfs.root).private, secure=secure)
    if not make_topic:
        return addresses
    topic, partitions = settings.kafka.topic, settings.kafka.partitions

    from healthtrends.adapters.kafka_admin import ensure_topic

    if ensure_topic(addresses.bootstrap_servers, topic, partitions, 1, addresses.kafka_client).is_new:
        note(f"topic {topic} made with {counted(partitions, 'partition')}")
    return addresses


def running_addresses() -> StackAddresses:
    """Give the addresses of the stack that runs. Raises DependencyDown when none does."""
    status = local_stack().status()
    if not status.running or status.addresses is None:
        raise DependencyDown(
            "the local stack does not run", "neither Kafka nor HDFS is configured", "`healthtrends up`"
        )
    return status.addresses


def resolve_addresses(
    settings: Settings, note: Callable[[str], None], *, make_topic: bool = True
) -> Settings:
    """Give settings with addresses: those configured, or those of the stack, which is started."""
    if not settings.uses_local_stack:
        return settings
    return with_addresses(settings, start(settings, note, make_topic=make_topic))


def with_addresses(settings: Settings, addresses: StackAddresses) -> Settings:
    """Return the settings as if the local stack had been configured; an own key file stays.

    This process, and those that it starts, are the stack's user of Kerberos from then on, if it asks for one.
    """
    os.environ.update(addresses.environ)
    replace = msgspec.structs.replace
    return replace(
        settings,
        kafka=replace(
            settings.kafka,
            bootstrap_servers=addresses.bootstrap_servers,
            client={**addresses.kafka_client, **settings.kafka.client},
        ),
        hdfs=replace(
            settings.hdfs,
            url=addresses.hdfs_url,
            client={**addresses.hdfs_client, **settings.hdfs.client},
        ),
        spark=replace(settings.spark, conf=_spark_conf(addresses.spark_conf, settings.spark.conf)),
        privacy=replace(settings.privacy, key_file=settings.privacy.key_file or str(addresses.key_file)),
    )


def measure_addresses(settings: Settings) -> None:
    """Tell the sinks which topic and which root a command works on."""
    kafka, hdfs = settings.kafka, settings.hdfs
    measure("kafka.opened", servers=kafka.bootstrap_servers, topic=kafka.topic)
    measure("hdfs.opened", url=hdfs.url, root=hdfs.root)


_JAVA_OPTIONS = "spark.driver.extraJavaOptions"


def _spark_conf(needed: Mapping[str, str], configured: Mapping[str, str]) -> dict[str, str]:
    """Configured keys over those that the stack needs; options of Java go together."""
    found = {**needed, **configured}
    if both := [conf[_JAVA_OPTIONS] for conf in (needed, configured) if conf.get(_JAVA_OPTIONS)]:
        found[_JAVA_OPTIONS] = " ".join(both)
    return found


def remove_temporary(home: Path) -> None:
    """Remove the temporary files of commands that have ended, and the link of an engine to them."""
    remove_unused(home / TEMP)
    if not (home / TEMP).exists():
        drop_engine_path(home / TEMP, cache())


def open_to_others(addresses: StackAddresses) -> str | None:
    """Say what the stack cannot close to other users of this machine, and what to do; None: nothing."""
    if addresses.is_secure:
        return None
    text = login_users.what_stays_open(login_users.other_users(), login_users.directories())
    return f"{text}: {login_users.WHAT_TO_DO}" if text else None
