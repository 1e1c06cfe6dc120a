"""Ids of patients and visits, and their pseudonyms."""

from collections.abc import Iterable, Iterator

from healthtrends.formats.hl7v2.refusal import Refusal
from healthtrends.formats.hl7v2.segments import DELETED, Separators, component, plain
from healthtrends.model import rules
from healthtrends.model.pseudonym import Pseudonymise
from healthtrends.model.record import CODE_LENGTH, ID_LENGTH
from healthtrends.model.rejection import Reason

_LONGEST = 512
"""Characters of an id with its authority, before its pseudonym is made."""
_IDS_KEPT = 20_000
_IS_CODE = rules.text(CODE_LENGTH)


class Ids:
    """Reads ids by the settings."""

    def __init__(self, id_type: str, pseudonymise: Pseudonymise | None) -> None:
        """`id_type`: PID-3.5 of the id that names a patient."""
        self._type = id_type
        self._make = pseudonymise or str
        self._rule = rules.text(_LONGEST if pseudonymise else ID_LENGTH)
        self._pseudonyms: dict[str, str] = {}

    def pseudonym(self, given: str, place: str) -> str:
        """Pseudonym of an id, of which the latest are kept. Raises Refusal."""
        found = self._pseudonyms.get(given)
        if found is None:
            checked = self._rule(given)
            if isinstance(checked, Reason):
                raise Refusal(checked, place)
            found = self._make(given)
            if len(self._pseudonyms) >= _IDS_KEPT:
                self._pseudonyms.clear()
            self._pseudonyms[given] = found
        return found

    def patient(self, pid: list[str], separators: Separators) -> str:
        """Pseudonym of the patient in PID-3: the repetition of the type that counts, else the first.

        Raises Refusal.
        """
        repetitions = identifiers(pid[3], separators)
        if not repetitions:
            raise Refusal(Reason.HL7_NO_PATIENT, "PID-3")
        for given, kind in repetitions:
            if kind == self._type:
                return self.pseudonym(given, "PID-3")
        return self.pseudonym(repetitions[0][0], "PID-3")


def code(given: str) -> str | None:
    """A short code as a record may hold it; None: it is none."""
    return given if given and type(_IS_CODE(given)) is str else None


def region(address: str, separators: Separators) -> str | None:
    """County (PID-11.9), else state (PID-11.4); empty: taken back; None: not said."""
    if not address or address == DELETED:
        return "" if address else None
    parts = address.split(separators.repetition, 1)[0].split(separators.component)
    given = plain(parts[8], separators) if len(parts) > 8 else ""
    if not given and len(parts) > 3:
        given = plain(parts[3], separators)
    return "" if given == DELETED else code(given)


def identifiers(text: str, separators: Separators) -> list[tuple[str, str]]:
    """Ids of a field of type CX, as `id^authority`, each with its type; empty ones are left out.

    The authority is its OID (CX-4.2) where there is one, else its name (CX-4.1).
    """
    found = []
    clean = str.strip if separators.escape not in text else lambda part: plain(part, separators)
    for repetition in text.split(separators.repetition):
        parts = repetition.split(separators.component, 5)
        number = clean(parts[0])
        if number and number != DELETED:
            authority = parts[3].split(separators.subcomponent, 2) if len(parts) > 3 else [""]
            name = clean(authority[1]) if len(authority) > 1 else ""
            kind = clean(parts[4]) if len(parts) > 4 else ""
            found.append((f"{number}^{name or clean(authority[0])}", kind))
    return found


def visit_number(pid: list[str], pv1: list[str], separators: Separators) -> str:
    """PV1-19, else PID-18, else PV1-50; empty: there is none."""
    for text in (pv1[19], pid[18], pv1[50]):
        if text and text != DELETED and (number := component(text, 1, separators)):
            return number
    return ""


def paired(
    survivors: Iterable[tuple[str, str]], priors: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Pairs (given up, staying) of two lists of ids: of one type where both say it, else by position."""
    staying = list(survivors)
    of_kind = {kind: each for each, kind in reversed(staying) if kind}
    for position, (prior, kind) in enumerate(priors):
        if kind in of_kind:
            yield prior, of_kind[kind]
        elif staying:
            yield prior, staying[min(position, len(staying) - 1)][0]
