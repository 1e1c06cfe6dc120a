"""A folder of a FHIR bulk export: which of its files are sent, and in which order.

A bulk export has one NDJSON file or several for each type of resource, and one with bundles of deletions. The
first line tells what a file holds, as servers name their files differently. Persons come first and deletions
last, so that little is pending on the way; the reports are the same in any order.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from healthtrends.errors import UsageError
from healthtrends.sources.input_damage import UNREADABLE, unreadable
from healthtrends.sources.unpacking import GZIP

_ORDER: Final = ("Patient", "Encounter", "Condition", "Bundle")
_SUFFIXES: Final = (".ndjson", ".jsonl")
_LONGEST_LINE: Final = 64 << 20


class _Kind(msgspec.Struct, rename="camel", gc=False):
    resource_type: str | None = None


_KIND: Final = msgspec.json.Decoder(_Kind)


@dataclass(frozen=True, slots=True)
class FhirFolder:
    """Files of a folder, subfolders included."""

    files: tuple[str, ...]
    """Those to send, in order."""
    others: tuple[str, ...]
    """Those that hold nothing about persons, visits or diagnoses, or nothing at all."""


def find_files(folder: Path) -> FhirFolder:
    """Find the NDJSON files of a folder. Raises UsageError where there are none to send."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", "", "name the folder of a FHIR bulk export")
    kinds = {path: _kind(path) for path in sorted(folder.rglob("*")) if _is_lines(path)}
    files = sorted((_ORDER.index(kind), str(path)) for path, kind in kinds.items() if kind in _ORDER)
    if not files:
        raise UsageError(
            f"{folder} holds no FHIR resources to send",
            f"looked for {', '.join(_ORDER[:-1])} in {', '.join(_SUFFIXES)} files, also with {GZIP}",
            "name the folder of a FHIR bulk export",
        )
    return FhirFolder(
        tuple(name for _, name in files),
        tuple(str(path) for path, kind in kinds.items() if kind not in _ORDER),
    )


def _is_lines(path: Path) -> bool:
    name = path.with_suffix("") if path.suffix.lower() == GZIP else path
    return name.suffix.lower() in _SUFFIXES and path.is_file()


def _kind(path: Path) -> str | None:
    """Type of the first resource; None: there is none."""
    try:
        with gzip.open(path) if path.suffix.lower() == GZIP else path.open("rb") as file:
            while line := file.readline(_LONGEST_LINE):
                if line.strip():
                    return _KIND.decode(line).resource_type
    except msgspec.DecodeError:
        return None
    except UNREADABLE as fault:
        raise unreadable(str(path), 1, fault) from fault
    return None
