"""The local stack as the commands use it: started when nothing is configured."""

import msgspec

from healthtrends.cli.show import Show
from healthtrends.config import Settings, cache, home
from healthtrends.devstack.stack import LocalStack, StackAddresses


def local_stack() -> LocalStack:
    """The stack of HEALTHTRENDS_HOME; started or not."""
    return LocalStack(home(), cache())


def start(settings: Settings, show: Show) -> StackAddresses:
    """Start what is down, wait until all can be used, make the topic when missing."""
    return local_stack().up(show.note, settings.kafka.topic, settings.kafka.partitions)


def with_addresses(settings: Settings, addresses: StackAddresses) -> Settings:
    """The settings as if the local stack had been configured; an own key file stays."""
    replace = msgspec.structs.replace
    return replace(
        settings,
        kafka=replace(settings.kafka, bootstrap_servers=addresses.bootstrap_servers),
        hdfs=replace(settings.hdfs, url=addresses.hdfs_url),
        privacy=replace(settings.privacy, key_file=settings.privacy.key_file or str(addresses.key_file)),
    )
