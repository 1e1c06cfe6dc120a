"""Renders the Helm chart: the few forms of Go templates that it uses, and an error for any other.

So the chart is checked on machines without Helm; where Helm is there, both must give the same.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).resolve().parents[2] / "deploy" / "helm" / "healthtrends"
RELEASE = "clinic"
_TOKEN = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_RANGE = re.compile(r"\n *\{\{- range (\S+) \}\}(.*?)\n *\{\{- end \}\}", re.DOTALL)


def render(**values: Any) -> list[dict[str, Any]]:  # noqa: ANN401  YAML
    """All objects of the chart, with `values` in place of its own."""
    own = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    scope = {"Values": own | values, "Release": {"Name": RELEASE}}
    files = sorted((CHART / "templates").glob("*.yaml"))
    return [yaml.safe_load(_fill(file.read_text("utf-8"), scope)) for file in files]


def _fill(text: str, scope: Mapping[str, Any]) -> str:
    def repeated(found: re.Match[str]) -> str:
        items = _value(found[1], scope, None)
        return "".join(_expressions(found[2], scope, item) for item in items)

    return _expressions(_RANGE.sub(repeated, text), scope, None)


def _expressions(text: str, scope: Mapping[str, Any], item: object) -> str:
    return _TOKEN.sub(lambda found: str(_pipeline(found[1], scope, item)), text)


def _pipeline(expression: str, scope: Mapping[str, Any], item: object) -> object:
    first, *functions = (part.strip() for part in expression.split("|"))
    if first.startswith("printf "):
        words = re.findall(r'"[^"]*"|\S+', first)[1:]
        found = json.loads(words[0]) % tuple(_value(word, scope, item) for word in words[1:])
    else:
        found = _value(first, scope, item)
    for function in functions:
        assert function == "toJson", expression
        found = json.dumps(found)
    return found


def _value(path: str, scope: Mapping[str, Any], item: object) -> Any:  # noqa: ANN401  YAML
    if path == ".":
        return item
    assert re.fullmatch(r"(\.\w+)+", path), path
    found: Any = scope
    for name in path.split(".")[1:]:
        found = found[name]  # a value that is not there is an error
    return found
