"""What Prometheus would read: a page of a live process, or the file of one that has ended."""

import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Self

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.parser import text_string_to_metric_families

from healthtrends.observe.metrics import METRICS, Metric
from tests.faults.sandbox import Run, wait_until


@dataclass(frozen=True, slots=True)
class Scrape:
    """The families of one exposition, by the name of the metric."""

    families: dict[str, Family]

    @classmethod
    def of(cls, text: str) -> Self:
        """Read it as Prometheus does."""
        found = text_string_to_metric_families(text)
        return cls({family.name + "_total" * (family.type == "counter"): family for family in found})

    def values(self, metric: Metric) -> dict[tuple[str, ...], float]:
        """By the labels, in the order of the metric; nothing of one that has no series yet."""
        samples = self.families[metric.name].samples if metric.name in self.families else []
        return {tuple(each.labels[name] for name in metric.labels): each.value for each in samples}

    def check_forms(self) -> None:
        """Every family is one of ours, of its type and with its labels."""
        known = {metric.name: metric for metric in METRICS}
        for name, family in self.families.items():
            assert family.type == known[name].kind, name
            for sample in family.samples:
                assert set(sample.labels) - {"le"} == set(known[name].labels), sample


def address_of(run: Run) -> str:
    """Where a process serves, by its log."""
    wait_until(lambda: "metrics.listening" in run.err or run.has_ended())
    found = re.search(r"metrics\.listening address=(\S+)", run.err)
    assert found, run.err
    return found[1]


def fetch(address: str, path: str) -> tuple[int, str]:
    """Status and content of a page; 0 when nobody answers any more."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""
