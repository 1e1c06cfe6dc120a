"""Settings that a Kafka client of another program needs, for `status --kafka-client`."""

from typing import Literal

from healthtrends.adapters.executors import kafka_options
from healthtrends.config import Settings
from healthtrends.errors import DependencyDown
from healthtrends.orchestrate.wiring.local_stack import local_stack, with_addresses


def client_settings(settings: Settings, form: Literal["librdkafka", "java", "spark"]) -> dict[str, str]:
    """Give the settings in one of three forms, password included; starts nothing.

    Raises ConfigError naming a setting that has no meaning there; DependencyDown for a stack never started.
    """
    if settings.uses_local_stack:
        addresses = local_stack().status().addresses
        if addresses is None:
            raise DependencyDown(
                "the local stack was never started",
                "neither Kafka nor HDFS is configured",
                "`healthtrends up`",
            )
        settings = with_addresses(settings, addresses)
    kafka = settings.kafka
    return kafka_options.client_settings(form, kafka.bootstrap_servers or "", kafka.client)


def as_lines(found: dict[str, str], form: Literal["librdkafka", "java", "spark"]) -> list[str]:
    """Spell settings as lines `key=value`, for Java as in a properties file."""
    if form == "librdkafka":
        return [f"{key}={value}" for key, value in found.items()]
    return [kafka_options.properties_line(key, value) for key, value in found.items()]
