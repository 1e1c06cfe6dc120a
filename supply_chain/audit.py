"""Looks for known faults of what is locked, in advisories that lie on this machine; asks nobody.

`python -m supply_chain.audit PATH...` reads advisories in the form of OSV: files of one or several JSON
objects, folders and zip archives of such files. Exit 1 when a locked version is affected, 2 when there is
nothing to read.
"""

import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from supply_chain.components import JAR_LOCKS, LOCK, ROOT, jars, read_lock

_SETUP_LOCK = ROOT / "requirements-setup.lock"
_SCHEDULER_LOCKS = tuple(ROOT / "tests" / "schedulers" / f"{name}.txt" for name in ("airflow", "dagster"))
_JAR_LOCKS_OF_TESTS = (
    ROOT / "healthtrends" / "devstack" / "kdc.lock.json",
    ROOT / "tests" / "cluster" / "yarn.lock.json",
)
Key = Callable[[str], Any]


class Pinned(NamedTuple):
    """A locked package as advisories name it."""

    ecosystem: str
    name: str
    version: str


class Affected(NamedTuple):
    """A locked package that an advisory names."""

    package: Pinned
    advisory: str
    fixed: tuple[str, ...]
    """Versions with a remedy."""
    summary: str


def pinned() -> set[Pinned]:
    """All that is locked: for the program, its set-up, its tests, and its local stack.

    Earlier versions of Kafka, which tests meet on purpose, are not among it.
    """
    found = {
        Pinned("PyPI", *package)
        for lock in (LOCK, _SETUP_LOCK, *_SCHEDULER_LOCKS)
        for package in read_lock(lock.read_text(encoding="utf-8"))
    }
    locks = (*JAR_LOCKS, *_JAR_LOCKS_OF_TESTS)
    return found | {Pinned("Maven", f"{each.group}:{each.name}", each.version) for each in jars(*locks)}


def audit(packages: Iterable[Pinned], advisories: Iterable[Mapping[str, Any]]) -> list[Affected]:
    """What the advisories say of these versions, by package."""
    by_name: dict[tuple[str, str], list[Pinned]] = {}
    for package in packages:
        by_name.setdefault((package.ecosystem, package.name), []).append(package)
    found = {
        Affected(package, advisory["id"], _fixed(affected), str(advisory.get("summary", "")))
        for advisory in advisories
        if not advisory.get("withdrawn")
        for affected in advisory.get("affected", ())
        for package in by_name.get(_named(affected), ())
        if is_affected(package, affected)
    }
    return sorted(found)


def is_affected(package: Pinned, affected: Mapping[str, Any]) -> bool:
    """Whether a version is listed, or lies in one of the ranges."""
    if package.version in affected.get("versions", ()):
        return True
    key = _python_key if package.ecosystem == "PyPI" else _maven_key
    ranges = [each for each in affected.get("ranges", ()) if each.get("type") in ("ECOSYSTEM", "SEMVER")]
    return any(_holds(each.get("events", ()), package.version, key) for each in ranges)


def read_advisories(paths: Iterable[Path]) -> Iterator[Mapping[str, Any]]:
    """Advisories of files, folders and archives."""
    for path in paths:
        if path.is_dir():
            yield from read_advisories(sorted(path.rglob("*.json")))
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield from _advisories(archive.read(name))
        else:
            yield from _advisories(path.read_bytes())


def main(paths: list[str]) -> int:
    """Print what is found; return the exit code."""
    packages = pinned()
    number = 0

    def counted() -> Iterator[Mapping[str, Any]]:
        nonlocal number
        for advisory in read_advisories(map(Path, paths)):
            number += 1
            yield advisory

    try:
        found = audit(packages, counted())
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"the advisories cannot be read: {error}", file=sys.stderr)
        return 2
    for each in found:
        fixed = f"fixed in {', '.join(each.fixed)}" if each.fixed else "no version with a remedy is named"
        print(f"{each.package.name} {each.package.version}: {each.advisory} {each.summary} ({fixed})")
    print(f"{len(packages)} locked, {number:,} advisories, {len(found)} that concern them", file=sys.stderr)
    return 2 if not number else 1 if found else 0


def _advisories(content: bytes) -> list[Mapping[str, Any]]:
    found = json.loads(content)
    if isinstance(found, dict):
        found = found.get("vulns", [found])
    return list(found)


def _named(affected: Mapping[str, Any]) -> tuple[str, str]:
    package = affected.get("package", {})
    ecosystem, name = str(package.get("ecosystem", "")), str(package.get("name", ""))
    return ecosystem, canonicalize_name(name) if ecosystem == "PyPI" else name


def _holds(events: Iterable[Mapping[str, str]], version: str, key: Key) -> bool:
    """Whether a version lies behind the last `introduced` at or before it."""
    here, inside = key(version), False
    for event in sorted(events, key=lambda each: _event_key(each, key)):
        if "introduced" in event and (event["introduced"] == "0" or key(event["introduced"]) <= here):
            inside = True
        elif ("fixed" in event and key(event["fixed"]) <= here) or (
            "last_affected" in event and key(event["last_affected"]) < here
        ):
            inside = False
    return inside


def _event_key(event: Mapping[str, str], key: Key) -> tuple[bool, Any]:
    version = next(iter(event.values()))
    return (False, ()) if version == "0" else (True, key(version))


def _fixed(affected: Mapping[str, Any]) -> tuple[str, ...]:
    events = [event for each in affected.get("ranges", ()) for event in each.get("events", ())]
    return tuple(dict.fromkeys(event["fixed"] for event in events if "fixed" in event))


def _python_key(version: str) -> Version:
    try:
        return Version(version)
    except InvalidVersion:
        return Version("0")


def _maven_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers by size; a word such as `rc` before the end of a version, and that before a number."""
    parts = [part for part in re.split(r"[.\-+_]|(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)", version) if part]
    keys: list[tuple[int, int, str]] = []
    for part in (*parts, ""):
        if not part.isdigit():
            while keys and keys[-1] == (2, 0, ""):  # 2.13.0-rc1 is one of 2.13
                keys.pop()
        if part.lower() not in ("", "final", "ga", "release"):
            keys.append((2, int(part), "") if part.isdigit() else (0, 0, part.lower()))
    return (*keys, (1, 0, ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
