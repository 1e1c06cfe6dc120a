"""Registry of the engines: what makes one, and the check before it is started."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from healthtrends.adapters.engines.client import preload_client
from healthtrends.adapters.engines.connect import ConnectEngine, check_connect
from healthtrends.adapters.engines.embedded import EmbeddedEngine, check_embedded
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.spark import SparkEngine, check_spark
from healthtrends.analyze.ports import Engine
from healthtrends.config.engines import EngineName

__all__ = ["check", "open_engine", "preload_client"]


@dataclass(frozen=True, slots=True)
class _EngineKind:
    """Engines of one name."""

    make: Callable[[EngineOptions], Engine]
    """Nothing starts before the engine is used."""
    check: Callable[[EngineOptions], object]
    """Takes milliseconds; raises ConfigError or DependencyDown when an engine could not start."""


_registered: Final[dict[EngineName, _EngineKind]] = {
    "embedded": _EngineKind(EmbeddedEngine, lambda _: check_embedded()),
    "spark": _EngineKind(SparkEngine, check_spark),
    "connect": _EngineKind(ConnectEngine, check_connect),
}


def open_engine(options: EngineOptions) -> Engine:
    """Make the engine `options.name`; it starts when it is first used. Raises ConfigError."""
    return _registered[options.name].make(options)


def check(options: EngineOptions) -> None:
    """For preflight: raise ConfigError or DependencyDown when the engine could not start; takes ms."""
    _registered[options.name].check(options)
