"""Ids of patients and visits, and their pseudonyms."""

from collections.abc import Iterable, Iterator

from healthtrends.formats.hl7v2.refusal import Refusal
from healthtrends.formats.hl7v2.segments import DELETED, RawMessage, Separators, component, plain
from healthtrends.model import rules
from healthtrends.model.pseudonym import Pseudonymise
from healthtrends.model.record import CODE_LENGTH, ID_LENGTH
from healthtrends.model.rejection import Reason

_LONGEST = 512
"""Characters of an id with its authority, before its pseudonym is made."""
_IDS_KEPT = 20_000


class Ids:
    """Reads ids by the settings."""

    def __init__(self, id_type: str, pseudonymise: Pseudonymise | None) -> None:
        """`id_type`: PID-3.5 of the id that names a patient."""
        self._type = id_type
        self._make = pseudonymise or str
        self._rule = rules.text(_LONGEST if pseudonymise else ID_LENGTH)
        self._pseudonyms: dict[str, str] = {}
        self._facilities: dict[tuple[Separators, str, str], tuple[str, str | None]] = {}
        self._is_code = rules.text(CODE_LENGTH)

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

    def facility(self, message: RawMessage, evn: list[str]) -> tuple[str, str | None]:
        """Name of the facility that makes a visit number unique, and the code that a record holds.

        EVN-7.2, else MSH-4.2, else MSH-4.1; the code is the short name (EVN-7.1, else MSH-4.1) where there is
        one.
        """
        separators = message.separators
        key = separators, evn[7], message.header[4]
        found = self._facilities.get(key)
        if found is None:
            event = evn[7] if evn[7] != DELETED else ""
            sender = message.header[4] if message.header[4] != DELETED else ""
            short = component(event, 1, separators), component(sender, 1, separators)
            names = component(event, 2, separators), component(sender, 2, separators), short[1], short[0]
            name = next(filter(None, names), "")
            found = name, self.code(short[0] or short[1] or name)
            if len(self._facilities) < _IDS_KEPT:
                self._facilities[key] = found
        return found

    def region(self, pid: list[str], separators: Separators) -> str | None:
        """County (PID-11.9), else state (PID-11.4); empty: taken back; None: not said."""
        address = pid[11]
        if not address or address == DELETED:
            return "" if address else None
        given = component(address, 9, separators) or component(address, 4, separators)
        return "" if given == DELETED else self.code(given)

    def code(self, given: str) -> str | None:
        """A short code as a record may hold it; None: it is none."""
        return given if given and type(self._is_code(given)) is str else None


def identifiers(text: str, separators: Separators) -> list[tuple[str, str]]:
    """Ids of a field of type CX, as `id^authority`, each with its type; empty ones are left out.

    The authority is its OID (CX-4.2) where there is one, else its name (CX-4.1).
    """
    found = []
    for repetition in text.split(separators.repetition):
        parts = repetition.split(separators.component, 5)
        number = plain(parts[0], separators)
        if number and number != DELETED:
            authority = parts[3].split(separators.subcomponent, 2) if len(parts) > 3 else [""]
            name = plain(authority[1], separators) if len(authority) > 1 else ""
            kind = plain(parts[4], separators) if len(parts) > 4 else ""
            found.append((f"{number}^{name or plain(authority[0], separators)}", kind))
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
