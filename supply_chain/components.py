"""Components of the program: Python packages that are installed with it, and the jars that it fetches.

Packages come from the metadata of this environment, whose versions `requirements.lock` pins; their hashes
from that lock. What only the tests need is left out. Jars come from the locks of the local stack and of
Spark's Kafka source.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NAME = "healthtrends"
ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
JAR_LOCKS = tuple(ROOT / "healthtrends" / "devstack" / name for name in ("jars.lock.json", "spark.lock.json"))
_NOT_SHIPPED = {"dev", "airflow", "dagster"}
"""Extras that are no part of a release: for tests, and the hosts that the wrappers of schedulers run in."""
_ENTRY = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_CLASSIFIER = "License :: "
_NOT_STATED = {"hdfs-native": "Apache-2.0"}
"""Licences that the sources of a package name, and its metadata do not."""


@dataclass(frozen=True, slots=True)
class Component:
    """One thing that somebody else made."""

    purl: str
    """Name and version as a package URL, which holds no address."""
    name: str
    version: str
    licence: str
    """As its metadata say; empty: they say nothing."""
    sha256: tuple[str, ...] = ()
    """Of a jar its own; of a package those of all its files that the lock accepts."""
    group: str = ""
    is_optional: bool = False
    """Needed by an extra, or by the local stack only."""
    needs: tuple[str, ...] = field(default=())
    """Package URLs of what it needs."""


Lock = Mapping[tuple[str, str], tuple[str, ...]]
"""Hashes of the files of a package, by canonical name and version: some have a version for each Python."""


def read_lock(text: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Packages of a lock file."""
    return {
        (canonicalize_name(begin[1]), begin[2]): tuple(sorted(_HASH.findall(entry)))
        for entry in re.split(r"\n(?=[a-z0-9])", text)
        if (begin := _ENTRY.match(entry))
    }


def packages(lock: Lock) -> list[Component]:
    """Packages that the program and its extras need on this machine, by name."""
    own = metadata.distribution(NAME)
    extras = set(own.metadata.get_all("Provides-Extra") or ()) - _NOT_SHIPPED
    required = _closure({NAME: set()})
    found = _closure({NAME: extras})
    del found[NAME]
    return [_package(name, name not in required, found, lock) for name in sorted(found)]


def jars(*locks: Path) -> list[Component]:
    """Jars of the lock files, each once, by package URL."""
    found = {
        component.purl: component
        for lock in locks
        for server in json.loads(lock.read_text(encoding="utf-8")).values()
        for component in map(_jar, server)
    }
    return [found[purl] for purl in sorted(found)]


def python_purl(name: str, version: str) -> str:
    """Package URL of a Python package."""
    return f"pkg:pypi/{canonicalize_name(name)}@{version}"


def licence_of(package: metadata.Distribution) -> str:
    """Licence as the metadata name it: an expression, a short text, or what the classifiers say."""
    given = package.metadata.json
    expression, text = str(given.get("license_expression", "")), str(given.get("license", "")).strip()
    named = [each for each in package.metadata.get_all("Classifier") or () if each.startswith(_CLASSIFIER)]
    short = text if text and "\n" not in text and len(text) < 80 else ""
    return (
        expression
        or short
        or _NOT_STATED.get(package.name)
        or ", ".join(each.rpartition(" :: ")[2] for each in named)
    )


def licence_texts(package: metadata.Distribution) -> Iterator[str]:
    """Texts of licences and notices that a package carries."""
    for file in sorted(package.files or (), key=str):
        name = file.name.upper()
        is_text = name.startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE")) and ".dist-info" in str(file)
        path = Path(str(package.locate_file(file)))
        if is_text and path.is_file():
            yield path.read_text(encoding="utf-8", errors="replace").strip()


def _closure(wanted: dict[str, set[str]]) -> dict[str, set[str]]:
    """Names and extras of all that is needed, what is wanted included."""
    found: dict[str, set[str]] = {}
    open_ends = dict(wanted)
    while open_ends:
        name, extras = open_ends.popitem()
        if name in found and extras <= found[name]:
            continue
        found[name] = extras | found.get(name, set())
        for each in _requirements(name, found[name]):
            open_ends.setdefault(canonicalize_name(each.name), set()).update(each.extras)
    return found


def _requirements(name: str, extras: set[str]) -> Iterator[Requirement]:
    """Needed here, with these extras."""
    for line in metadata.distribution(name).requires or ():
        each = Requirement(line)
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield each


def _package(name: str, is_optional: bool, found: dict[str, set[str]], lock: Lock) -> Component:
    package = metadata.distribution(name)
    needs = {canonicalize_name(each.name) for each in _requirements(name, found[name])} & set(found)
    return Component(
        python_purl(name, package.version),
        name,
        package.version,
        licence_of(package),
        lock.get((name, package.version), ()),
        is_optional=is_optional,
        needs=tuple(python_purl(each, metadata.version(each)) for each in sorted(needs)),
    )


def _jar(entry: Mapping[str, str]) -> Component:
    tail = f"?classifier={entry['classifier']}&type=jar" if entry.get("classifier") else "?type=jar"
    purl = f"pkg:maven/{entry['group']}/{entry['name']}@{entry['version']}{tail}"
    return Component(
        purl, entry["name"], entry["version"], "", (entry["sha256"],), entry["group"], is_optional=True
    )
