"""Jars of Spark's Kafka source, which the Spark wheel lacks; fetched like those of the local stack."""

from pathlib import Path

from healthtrends.devstack.artifacts import SPARK_LOCK_NAME, class_path, load_lock
from healthtrends.devstack.jar_download import fetch
from healthtrends.errors import DependencyDown


def kafka_source(cache: Path) -> list[Path]:
    """Give its jars, fetched by the first call. Raises DependencyDown."""
    lock = load_lock(SPARK_LOCK_NAME)
    source = lock["spark"][0]
    try:
        fetch(cache, lock)
    except ImportError as error:
        raise DependencyDown(
            "Spark's Kafka source cannot be fetched",
            f"the package {error.name} is not installed",
            f'install the extra `local`, or set "spark.jars.packages" = "{source}" in [spark.conf]',
        ) from error
    return class_path(cache, lock["spark"])
