"""Diagnoses of a message: its DG1 segments."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from healthtrends.formats.hl7v2.segments import DELETED, Separators, component
from healthtrends.model import rules
from healthtrends.model.code_systems import system_name
from healthtrends.model.facts import DiagnosisEntry
from healthtrends.model.rejection import Reason, Rejection

_METHODS = frozenset(("I10", "ICD10", "ICD-10"))
"""DG1-2 (obsolete) that names ICD-10; asked only where DG1-3 names no system."""
_MOST_CACHED = 100_000


_Coded = tuple[DiagnosisEntry | Reason, bool, bool]
"""Diagnosis, whether its system is DG1-2's, whether it is withdrawn."""
_UNREAD: Any = object()


class Diagnoses(msgspec.Struct, frozen=True, gc=False):
    """What the DG1 segments of a message say."""

    entries: tuple[DiagnosisEntry, ...]
    unmapped: int
    """Segments whose codes are all in other systems."""
    rejections: tuple[Rejection, ...]
    is_assumed: bool
    """A system was taken from DG1-2."""


class DiagnosisReader:
    """Reads DG1 segments by the settings."""

    def __init__(self, systems: Iterable[str], *, keeps_types: bool) -> None:
        """`keeps_types`: each type of a code is a record of its own."""
        self._systems = {system.upper(): system_name(system) for system in systems}
        self._keeps_types = keeps_types
        self._known: dict[tuple[str, str, str, str, Separators], _Coded | None] = {}

    def read(self, segments: Sequence[list[str]], separators: Separators) -> Diagnoses:
        """Read all of them; a malformed one is rejected alone."""
        active: dict[DiagnosisEntry, None] = {}
        withdrawn: dict[DiagnosisEntry, None] = {}
        rejections: list[Rejection] = []
        unmapped, is_assumed = 0, False
        for number, segment in enumerate(segments, 1):
            key = segment[3], segment[2], segment[6], segment[21], separators
            found = self._known.get(key, _UNREAD)
            if found is _UNREAD:
                found = self._read_segment(segment, separators)
                if len(self._known) < _MOST_CACHED:
                    self._known[key] = found
            if found is None:
                unmapped += 1
                continue
            entry, assumed, is_withdrawn = found
            if isinstance(entry, Reason):
                rejections.append(Rejection(Reason.HL7_BAD_DIAGNOSIS, "DG1-3", f"DG1[{number}]"))
                continue
            is_assumed |= assumed
            (withdrawn if is_withdrawn else active)[entry] = None
        if not withdrawn:
            return Diagnoses(tuple(active), unmapped, tuple(rejections), is_assumed)
        back = [DiagnosisEntry(e.system, e.code, e.type, True) for e in withdrawn if e not in active]
        return Diagnoses((*active, *back), unmapped, tuple(rejections), is_assumed)

    def _read_segment(self, segment: list[str], separators: Separators) -> _Coded | None:
        """What one DG1 says; None: its code is of no listed system."""
        found = self._coded(segment, separators)
        if found is None:
            return None
        entry, is_assumed = found
        if self._keeps_types and segment[6] and not isinstance(entry, Reason):
            entry = DiagnosisEntry(entry.system, entry.code, component(segment[6], 1, separators).upper())
        return entry, is_assumed, component(segment[21], 1, separators).upper() == "D"

    def _coded(
        self, segment: list[str], separators: Separators
    ) -> tuple[DiagnosisEntry | Reason, bool] | None:
        """Entry, and whether its system is DG1-2's; None: of no listed system."""
        coded, mark = segment[3], separators.component
        if separators.repetition in coded:
            coded = coded.split(separators.repetition, 1)[0]
        parts = [*coded.split(mark), "", "", "", "", "", ""] if coded != DELETED else [""] * 6
        if separators.escape in coded:
            parts = [component(each, 1, separators) for each in parts]
        for code, system in ((parts[0], parts[2]), (parts[3], parts[5])):
            known = self._systems.get(system.strip().upper())
            if known is not None:
                return _entry(known, code), False
        if not parts[2].strip() and not parts[5].strip():
            method = component(segment[2], 1, separators).upper()
            if method in _METHODS:
                return _entry(system_name(method), parts[0]), True
            if not parts[0].strip():
                return Reason.HL7_BAD_DIAGNOSIS, False  # no code at all: malformed, not of another system
        return None


def _entry(system: str, given: str) -> DiagnosisEntry | Reason:
    code = rules.diagnosis_code(given.strip())
    return code if isinstance(code, Reason) else DiagnosisEntry(system, code)
