"""Parts list (CycloneDX 1.6, JSON) and third-party licences of a release.

`python -m supply_chain.sbom FOLDER` writes both. The same environment gives the same bytes: the serial
number is made of the content, the time is that of the commit. There are names and hashes in it, and no
addresses.
"""

import datetime as dt
import json
import sys
import uuid
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from supply_chain.archives import release_epoch
from supply_chain.components import (
    JAR_LOCKS,
    LOCK,
    NAME,
    ROOT,
    Component,
    jars,
    licence_texts,
    packages,
    python_purl,
    read_lock,
)

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, f"{NAME} parts list")
_BUNDLED = ROOT / "healthtrends" / "page" / "assets" / "licences.txt"
_RULE = "=" * 100


def parts_list(components: Sequence[Component], version: str, made: dt.datetime) -> dict[str, object]:
    """Make the document; `made` is a time in UTC."""
    own = python_purl(NAME, version)
    needs = {each.purl: sorted(each.needs) for each in components}
    content: dict[str, object] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application", "bom-ref": own, "name": NAME, "version": version, "purl": own,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": [_component(each) for each in components],
        "dependencies": [
            {"ref": own, "dependsOn": sorted(each.purl for each in components if not each.is_optional)},
            *({"ref": ref, "dependsOn": needs[ref]} for ref in sorted(needs)),
        ],
    }  # fmt: skip
    serial = uuid.uuid5(_NAMESPACE, json.dumps(content, sort_keys=True))
    return {**content, "serialNumber": f"urn:uuid:{serial}"}


def licences(components: Sequence[Component]) -> str:
    """Text of the file: a table of all, then the texts that the packages carry."""
    lines = [
        "Software of others that HealthTrends needs, or fetches for its local stack. None of it is in the",
        "archives of a release. What the pages carry comes at the end; jars have their licences inside.",
        "",
        *(f"{each.purl.partition('?')[0]}  {each.licence or 'see its own files'}" for each in components),
    ]
    for each in components:
        if each.purl.startswith("pkg:pypi/"):
            for text in dict.fromkeys(licence_texts(metadata.distribution(each.name))):
                lines += ["", _RULE, f"{each.name} {each.version}", _RULE, text]
    lines += ["", _RULE, "Inside of the pages", _RULE, _BUNDLED.read_text(encoding="utf-8").strip()]
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Write both files for the installed version."""
    version = metadata.version(NAME)
    components = [*packages(read_lock(LOCK.read_text(encoding="utf-8"))), *jars(*JAR_LOCKS)]
    document = parts_list(components, version, dt.datetime.fromtimestamp(release_epoch(), dt.UTC))
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(document, indent=1, sort_keys=True) + "\n"
    (folder / f"{NAME}-{version}.cdx.json").write_text(content, encoding="utf-8")
    (folder / f"{NAME}-{version}-licences.txt").write_text(licences(components), encoding="utf-8")
    print(f"{len(components)} components in {folder}")


def _component(each: Component) -> dict[str, object]:
    found: dict[str, object] = {
        "type": "library", "bom-ref": each.purl, "purl": each.purl, "name": each.name,
        "version": each.version,
        "scope": "optional" if each.is_optional else "required",
    }  # fmt: skip
    if each.group:
        found["group"] = each.group
    if len(each.sha256) == 1:
        found["hashes"] = [{"alg": "SHA-256", "content": each.sha256[0]}]
    elif each.sha256:
        # Which of its files was installed differs by machine; the field is for one file.
        found["properties"] = [{"name": f"{NAME}:locked-sha256", "value": each} for each in each.sha256]
    if each.licence:
        found["licenses"] = [{"license": {"name": each.licence}}]
    return found


if __name__ == "__main__":
    write(Path(sys.argv[1]))
