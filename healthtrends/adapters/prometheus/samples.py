"""Values of metrics, as the samples that Prometheus reads: kept, joined with earlier ones, written out."""

import threading
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from healthtrends.observe.metrics import METRICS, Metric

_Labels = tuple[tuple[str, str], ...]
_Key = tuple[str, _Labels]
"""Name of a sample and its labels, sorted."""


class Samples(Collector):
    """Samples by metric, in the order of `METRICS`. What was never set is not there."""

    def __init__(self) -> None:
        self._values: dict[str, dict[_Key, float]] = {metric.name: {} for metric in METRICS}
        self._lock = threading.Lock()

    def put(self, metric: Metric, value: float, labels: Mapping[str, object]) -> None:
        """Set a gauge."""
        with self._lock:
            self._values[metric.name][metric.name, _sorted(labels)] = float(value)

    def add(self, metric: Metric, value: float, labels: Mapping[str, object]) -> None:
        """Let a counter grow."""
        with self._lock:
            self._grow(metric, metric.name, _sorted(labels), value)

    def observe(self, metric: Metric, value: float) -> None:
        """Count a value in a histogram."""
        with self._lock:
            for bound in metric.buckets:
                self._grow(metric, f"{metric.name}_bucket", (("le", str(bound)),), value <= bound)
            self._grow(metric, f"{metric.name}_bucket", (("le", "+Inf"),), 1)
            self._grow(metric, f"{metric.name}_sum", (), value)
            self._grow(metric, f"{metric.name}_count", (), 1)

    def join(self, text: str) -> None:
        """Join samples that were written before: counters add up, a gauge stays unless it was set anew.

        Samples that are none of ours are left out. Raises ValueError when it is no such text.
        """
        earlier = {
            (sample.name, _sorted(sample.labels)): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        with self._lock:
            for metric in METRICS:
                values = self._values[metric.name]
                for key, value in earlier.items():
                    if key[0] not in _names(metric):
                        continue
                    if metric.kind == "gauge":
                        values.setdefault(key, value)
                    else:
                        values[key] = values.get(key, 0.0) + value

    def collect(self) -> Iterator[Family]:
        """Give the families that have samples."""
        with self._lock:
            found = {name: dict(values) for name, values in self._values.items()}
        for metric in METRICS:
            if found[metric.name]:
                family = Family(metric.name.removesuffix("_total"), metric.meaning, metric.kind)
                for (name, labels), value in found[metric.name].items():
                    family.add_sample(name, dict(labels), value)
                yield family

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry())

    def registry(self) -> CollectorRegistry:
        """A registry of these samples alone."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return registry

    def describe(self) -> Iterable[Family]:
        """Nothing: what there will be is not known before."""
        return []

    def _grow(self, metric: Metric, name: str, labels: _Labels, value: float) -> None:
        values = self._values[metric.name]
        values[name, labels] = values.get((name, labels), 0.0) + float(value)


def _names(metric: Metric) -> tuple[str, ...]:
    if metric.kind != "histogram":
        return (metric.name,)
    return tuple(f"{metric.name}_{part}" for part in ("bucket", "sum", "count"))


def _sorted(labels: Mapping[str, object]) -> _Labels:
    return tuple(sorted((name, str(value)) for name, value in labels.items()))
