"""Codings of a Condition: those in a listed system become diagnoses, the others are counted."""

from collections.abc import Iterable
from typing import Final

from healthtrends.formats.fhir.resources import Coding
from healthtrends.model import rules
from healthtrends.model.code_systems import system_name
from healthtrends.model.facts import DiagnosisEntry
from healthtrends.model.rejection import Reason

_MOST_CACHED: Final = 100_000


class Codings:
    """Reads codings by the list of systems."""

    def __init__(self, systems: Iterable[str]) -> None:
        self._systems = {_normalised(system): system_name(system) for system in systems}
        self.known: dict[tuple[str | None, str | None], tuple[DiagnosisEntry, ...]] = {}
        """Diagnoses of codings that were read before."""
        self._entries: dict[tuple[str | None, str | None], DiagnosisEntry | Reason | None] = {}

    def entry(self, coding: Coding) -> DiagnosisEntry | Reason | None:
        """The diagnosis; None: of another system, or of none."""
        key = coding.system, coding.code
        try:
            return self._entries[key]
        except KeyError:
            found = self._read(*key)
            if len(self._entries) < _MOST_CACHED:
                self._entries[key] = found
                if isinstance(found, DiagnosisEntry):
                    self.known[key] = (found,)
            return found

    def _read(self, system: str | None, code: str | None) -> DiagnosisEntry | Reason | None:
        name = self._systems.get(_normalised(system or ""))
        if name is None:
            return None
        found = rules.diagnosis_code("" if code is None else code.strip())
        return DiagnosisEntry(name, found) if type(found) is str else Reason.BAD_DIAGNOSIS_CODE


def _normalised(system: str) -> str:
    return system.strip().lower().rstrip("/")
