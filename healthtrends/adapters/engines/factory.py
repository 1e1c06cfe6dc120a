"""Factory of engines by name, and the check before one is started."""

from healthtrends.adapters.engines.client import preload_client
from healthtrends.adapters.engines.connect import ConnectEngine, check_connect
from healthtrends.adapters.engines.embedded import EmbeddedEngine, check_embedded
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.spark import SparkEngine, check_spark
from healthtrends.analyze.ports import Engine
from healthtrends.config import user_name
from healthtrends.errors import ConfigError

__all__ = ["check", "open_engine", "preload_client"]


def open_engine(options: EngineOptions) -> Engine:
    """Make the engine `options.name`; it starts when it is first used. Raises ConfigError."""
    match options.name:
        case "embedded":
            return EmbeddedEngine(options)
        case "spark":
            return SparkEngine(options)
        case "connect":
            return ConnectEngine(options)
    raise ConfigError(f"there is no engine {options.name}", "", "use embedded, spark or connect")


def check(options: EngineOptions) -> None:
    """For preflight: raise ConfigError or DependencyDown when the engine could not start; takes ms."""
    match options.name:
        case "embedded":
            check_embedded()
        case "spark":
            user_name("Spark")
            check_spark(options)
        case "connect":
            check_connect(options)
