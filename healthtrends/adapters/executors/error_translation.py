"""Translates errors of the executors, or on the way to them, into one error of this project."""

import re

import msgspec

from healthtrends.adapters.engines.error_translation import root_cause
from healthtrends.adapters.executors.source_refusal import source_refusal
from healthtrends.adapters.executors.task import FAILED, SHIP
from healthtrends.adapters.kafka_access import Access
from healthtrends.adapters.kafka_refusal import as_of_now
from healthtrends.errors import ConfigError, HealthTrendsError, KafkaUnavailable, StagingFailed
from healthtrends.ingest.worker_protocol import Failed

CONNECTOR = "org.apache.spark:spark-sql-kafka-0-10_2.13"
_CANNOT = "the executors could not stage their pieces"
_FAILED = msgspec.json.Decoder(Failed)
_TOLD = re.compile(re.escape(FAILED) + r"(\{.*?\})\s*$", re.MULTILINE)
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_NOT_INSTALLED = re.compile(r"\[PACKAGE_NOT_INSTALLED\] ([^;\n]+) must be installed")
_OTHER_PYTHON = re.compile(r"PYTHON_VERSION_MISMATCH\] Python in worker has different version: (\d+\.\d+)")
_NO_PYTHON = re.compile(r'Cannot run program "([^"\n]+)"')
_NO_SOURCE = re.compile(r"(DATA_SOURCE_NOT_FOUND|[Ff]ailed to find (the )?data source:?)\W+kafka")
_KAFKA = re.compile(r"(org\.apache\.kafka\.[\w.]+|[\w.]*Kafka\w*(?:Exception|Error))")


def is_gone(error: Exception) -> bool:
    """True when the driver itself no longer answers."""
    return "StatusCode.UNAVAILABLE" in str(_seen(error))


def translate_error(error: Exception, access: Access, topic: str) -> HealthTrendsError:
    """Find what a failed job of Spark comes to, also when the engine has had its say.

    What an executor said counts first; then what it lacks, or who refuses it, a ConfigError; then what the
    engine's driver alone knows, such as a cluster that gives no executor. All else may pass by itself.
    `access` is that of Spark's Kafka source.
    """
    seen = _seen(error)
    if isinstance(seen, HealthTrendsError):
        return seen
    text = str(seen)
    if (said := _TOLD.search(text)) is not None:
        return _FAILED.decode(said[1]).error()
    if (lacking := _lacking(text)) is not None:
        return ConfigError(lacking, "every executor needs what `ingest` needs here", SHIP)
    return _source_error(text, access, topic) or StagingFailed(
        _CANNOT, root_cause(seen), "see Spark's log in `engines` of HEALTHTRENDS_HOME"
    )


def _source_error(text: str, access: Access, topic: str) -> HealthTrendsError | None:
    """Error of Spark's Kafka source: it is missing, is refused, or reads nothing."""
    if _NO_SOURCE.search(text):
        return ConfigError(
            "Spark has no Kafka source",
            "[spark.conf] names jars of its own, so none were fetched",
            f"add {CONNECTOR} of Spark's version to spark.jars.packages, or take spark.jars out",
        )
    if (refused := source_refusal(text, access, topic)) is not None:
        return as_of_now(access, refused)
    if (kafka := _KAFKA.search(text)) is not None:
        return KafkaUnavailable(
            "Spark's Kafka source could not read the topic",
            kafka[1].rpartition(".")[2],
            "see that the executors reach the brokers, and Spark's log in `engines` of HEALTHTRENDS_HOME",
        )
    return None


def _seen(error: Exception) -> Exception:
    """What the engine made its sentence of; the sentence, when it is of its own making."""
    inner = error.__cause__
    if not isinstance(error, HealthTrendsError) or not isinstance(inner, Exception):
        return error
    return error if isinstance(inner, HealthTrendsError) else inner


def _lacking(text: str) -> str | None:
    if (module := _NO_MODULE.search(text)) is not None:
        return f"the Python of the executors has no package {module[1].partition('.')[0]}"
    if (package := _NOT_INSTALLED.search(text)) is not None:
        return f"the Python of the executors has no package {package[1]}"
    if (version := _OTHER_PYTHON.search(text)) is not None:
        return f"the executors have Python {version[1]}, another one than here"
    if (program := _NO_PYTHON.search(text)) is not None:
        return f"the executors have no program {program[1]}"
    return None
