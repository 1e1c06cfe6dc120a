"""The run that started this one, as schedulers tell it by the environment."""

import re
from collections.abc import Mapping

from healthtrends.adapters.lineage.events import Facet, Facets, facet
from healthtrends.observe import event

PARENT = "OPENLINEAGE_PARENT_ID"
ROOT = "OPENLINEAGE_ROOT_PARENT_ID"
"""Namespace of the job, its name, and the id of the run, with `/` in between."""

_FORM = re.compile(r"(.+)/([^/]+)/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")


def parent_facet(environ: Mapping[str, str]) -> Facets:
    """Make the facet `parent`; nothing without a parent. One that cannot be read is a line in the log."""
    parent = _run(environ, PARENT)
    if parent is None:
        return {}
    root = _run(environ, ROOT)
    return facet("parent", **parent, **({"root": root} if root else {}))


def _run(environ: Mapping[str, str], name: str) -> Facet | None:
    if not (text := environ.get(name)):
        return None
    if found := _FORM.fullmatch(text):
        namespace, job, run_id = found.groups()
        return {"run": {"runId": run_id}, "job": {"namespace": namespace, "name": job}}
    event("lineage.no_parent", variable=name, reason="it is not NAMESPACE/JOB/UUID")
    return None
