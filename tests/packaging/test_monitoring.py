"""Rules and dashboard ask for metrics that there are, and every alert leads to a heading of the runbook."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from healthtrends.observe.metrics import METRICS

REPOSITORY = Path(__file__).resolve().parents[2]
RULES = REPOSITORY / "deploy" / "prometheus" / "rules.yaml"
DASHBOARD = json.loads((REPOSITORY / "deploy" / "grafana" / "healthtrends.json").read_text("utf-8"))
(GROUP,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
KNOWN = {
    name: set(metric.labels) | ({"le"} if metric.kind == "histogram" else set())
    for metric in METRICS
    for name in (
        [f"{metric.name}_{part}" for part in ("bucket", "sum", "count")]
        if metric.kind == "histogram"
        else [metric.name]
    )
}
TARGETS = [target for panel in DASHBOARD["panels"] for target in panel["targets"]]
EXPRESSIONS = [rule["expr"] for rule in GROUP["rules"]] + [target["expr"] for target in TARGETS]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_asks_for_metrics_and_labels_that_there_are(expression):
    """A renamed metric would leave an alert that never comes."""
    names = re.findall(r"healthtrends_\w+", expression)
    assert names
    assert set(names) <= set(KNOWN)
    for name, matchers in re.findall(r"(healthtrends_\w+)\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)\s*=", matchers)) <= KNOWN[name]
    for labels in re.findall(r"by \(([^)]*)\)", expression):
        assert set(re.findall(r"\w+", labels)) <= set().union(*(KNOWN[name] for name in names))
    for opening, closing in ("()", "[]", "{}"):
        assert expression.count(opening) == expression.count(closing)


def test_every_metric_is_on_the_dashboard():
    """What is measured is shown."""
    shown = {name for target in TARGETS for name in re.findall(r"healthtrends_\w+", target["expr"])}
    missing = {metric.name for metric in METRICS if not any(name.startswith(metric.name) for name in shown)}
    assert missing == set()


def test_panels_have_ids_of_their_own_and_places_side_by_side():
    """Grafana would drop one of two."""
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(panels)


@pytest.mark.parametrize("rule", GROUP["rules"], ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_a_heading_of_the_runbook(rule):
    """Whoever is woken up needs the next step."""
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("page", "warning")
    path, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.*)$", (REPOSITORY / path).read_text("utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert anchor in anchors


def test_prometheus_takes_the_rules_where_it_is_there():
    """Elsewhere the looks above stand alone."""
    if promtool := shutil.which("promtool"):
        subprocess.run([promtool, "check", "rules", str(RULES)], check=True, capture_output=True)
    assert GROUP["name"] == "healthtrends"
