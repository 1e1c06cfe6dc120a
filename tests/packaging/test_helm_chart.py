"""The Helm chart gives objects that Kubernetes takes, and that keep what the documents promise."""

import shutil
import subprocess
from typing import Any

import pytest
import yaml

from healthtrends.cli.main import cli
from healthtrends.config import load
from tests.packaging.chart import CHART, RELEASE, render

OBJECTS = render()
KINDS = {each["kind"]: each for each in OBJECTS}
CONTAINER = {
    "name", "image", "imagePullPolicy", "command", "args", "env", "envFrom", "ports", "startupProbe",
    "readinessProbe", "livenessProbe", "securityContext", "resources", "volumeMounts",
}  # fmt: skip
POD = {
    "enableServiceLinks", "automountServiceAccountToken", "terminationGracePeriodSeconds", "securityContext",
    "initContainers", "containers", "volumes", "restartPolicy",
}  # fmt: skip
FIELDS = {
    "ConfigMap": {"data"},
    "CronJob": {"spec.schedule", "spec.timeZone", "spec.concurrencyPolicy", "spec.startingDeadlineSeconds",
                "spec.jobTemplate"},
    "Deployment": {"spec.replicas", "spec.strategy", "spec.selector", "spec.template"},
    "NetworkPolicy": {"spec.podSelector", "spec.policyTypes", "spec.ingress", "spec.egress"},
}  # fmt: skip
"""Fields of each kind, as its API has them; a misspelled one would be dropped or refused."""


def pod_of(kind: str) -> dict[str, Any]:
    spec = KINDS[kind]["spec"]
    return (spec["jobTemplate"]["spec"] if kind == "CronJob" else spec)["template"]


def pods() -> list[Any]:
    return [pytest.param(pod_of(kind), id=kind) for kind in ("CronJob", "Deployment")]


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["spec"]["initContainers"], *pod["spec"]["containers"]]


def test_every_object_has_the_fields_of_its_kind():
    """And a name of the release."""
    versions = {"ConfigMap": "v1", "CronJob": "batch/v1", "Deployment": "apps/v1",
                "NetworkPolicy": "networking.k8s.io/v1"}  # fmt: skip
    assert {kind: each["apiVersion"] for kind, each in KINDS.items()} == versions
    for kind, each in KINDS.items():
        spec = {f"spec.{name}" for name in each.get("spec", {})}
        assert spec | (set(each) - {"apiVersion", "kind", "metadata", "spec"}) == FIELDS[kind]
        assert each["metadata"]["name"].startswith(RELEASE)


@pytest.mark.parametrize("pod", pods())
def test_a_pod_has_known_fields_and_its_volumes(pod):
    """Every mount has its volume, every probe a port of that name."""
    assert set(pod["spec"]) <= POD
    volumes = {each["name"] for each in pod["spec"]["volumes"]}
    for each in containers(pod):
        assert set(each) <= CONTAINER
        assert {mount["name"] for mount in each["volumeMounts"]} <= volumes
        ports = {port["name"] for port in each.get("ports", ())}
        probes = [each[name] for name in each if name.endswith("Probe")]
        assert {probe["httpGet"]["port"] for probe in probes} <= ports


@pytest.mark.parametrize("pod", pods())
def test_a_pod_runs_as_nobody_on_a_read_only_file_system(pod):
    """It gets no token of the cluster, and no variables that would be unknown settings."""
    spec = pod["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert (spec["enableServiceLinks"], spec["automountServiceAccountToken"]) == (False, False)
    for each in containers(pod):
        rights = each["securityContext"]
        assert (rights["allowPrivilegeEscalation"], rights["readOnlyRootFilesystem"]) == (False, True)
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert "limits" in each["resources"]


@pytest.mark.parametrize("pod", pods())
def test_a_container_calls_a_command_that_there_is(pod):
    """With options that it has; no shell anywhere."""
    (container,) = pod["spec"]["containers"]
    name, *arguments = container["args"]
    cli.commands[name].make_context(name, list(arguments))
    assert all("sh" not in each.get("command", [""])[0].rsplit("/", 1)[-1] for each in containers(pod))


def test_secrets_are_named_and_never_written():
    """Neither as an object nor in a value."""
    assert "Secret" not in KINDS
    changed = render(secrets={"keys": "my-keys", "environment": "my-environment"})
    text = yaml.safe_dump_all(changed)
    assert text.count("my-environment") == 2
    assert text.count("my-keys") == 2


def test_the_configuration_of_the_chart_is_one(tmp_path):
    """Metrics are served where the probes and the policy look."""
    file = tmp_path / "healthtrends.toml"
    file.write_text(KINDS["ConfigMap"]["data"]["healthtrends.toml"])
    listen = load(file, {}, {}).metrics.listen
    (container,) = pod_of("Deployment")["spec"]["containers"]
    assert listen == f"0.0.0.0:{container['ports'][0]['containerPort']}"
    (ingress,) = KINDS["NetworkPolicy"]["spec"]["ingress"]
    assert ingress["ports"][0]["port"] == container["ports"][0]["containerPort"]


def test_labels_lead_where_selectors_look():
    """The follower's deployment finds its pod, the policy both."""
    labels = pod_of("Deployment")["metadata"]["labels"]
    assert KINDS["Deployment"]["spec"]["selector"]["matchLabels"].items() <= labels.items()
    for kind in ("Deployment", "CronJob"):
        found = pod_of(kind)["metadata"]["labels"]
        assert KINDS["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= found.items()


def test_a_job_is_tried_again_only_where_that_helps():
    """Exit codes 2, 3 and 4 need a person."""
    (rule,) = KINDS["CronJob"]["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
    assert (rule["action"], rule["onExitCodes"]["values"]) == ("FailJob", [2, 3, 4])


def test_helm_gives_the_same_where_it_is_there():
    """Without it the renderer of the tests stands alone, which refuses what it does not know."""
    if helm := shutil.which("helm"):
        done = subprocess.run([helm, "template", RELEASE, str(CHART)], capture_output=True, check=True)
        found = {each["kind"]: each for each in yaml.safe_load_all(done.stdout)}
        assert found == KINDS
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert (chart["apiVersion"], chart["name"]) == ("v2", "healthtrends")
