"""Metrics of a command that ends: made of its events, and delivered where the settings say."""

import contextlib
from collections.abc import Iterator

from healthtrends.config import expanded
from healthtrends.config.metrics import Metrics
from healthtrends.observe import attached


@contextlib.contextmanager
def deliver_metrics(metrics: Metrics, job: str) -> Iterator[None]:
    """Measure what happens inside, and deliver it at the end."""
    from healthtrends.adapters.prometheus.delivery import push, write_textfile
    from healthtrends.adapters.prometheus.sink import MetricsSink

    sink = MetricsSink()
    with attached(sink):
        try:
            yield
        finally:
            if metrics.pushgateway:
                push(metrics.pushgateway, job, sink.samples)
            if metrics.textfile:  # last: it joins the samples of the file
                write_textfile(expanded(metrics.textfile), sink.samples)
