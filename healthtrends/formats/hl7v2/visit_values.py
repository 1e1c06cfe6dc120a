"""Values of a visit and its person: times, age, sex, treatment, outcome."""

import math
from typing import Literal

from healthtrends.config.source import Source
from healthtrends.formats.hl7v2 import events
from healthtrends.formats.hl7v2.ids import code
from healthtrends.formats.hl7v2.refusal import Refusal
from healthtrends.formats.hl7v2.segments import DELETED, RawMessage, Separators, component
from healthtrends.formats.hl7v2.times import Times
from healthtrends.model.facts import Stamp
from healthtrends.model.record import OLDEST_AGE, Gender, Outcome
from healthtrends.model.rejection import Reason

_AGE_CODE = "21612-7"
"""LOINC code of an age that is reported as such."""
_YEARS = {"a": 1.0, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25, "h": 1 / 8766, "min": 1 / 525_960}
"""Years of one unit (UCUM)."""
_USUAL_UNIT = "a"
_ROUNDING = 1e-9
"""12 months are a year, also in floating point."""
_UNSAID: dict[str, Literal[""] | None] = {"": None, DELETED: ""}
_MOST_CACHED = 100_000


class VisitValues:
    """Reads values by the settings."""

    def __init__(self, source: Source, times: Times) -> None:
        self._times = times
        self._outcomes = source.outcomes
        self._born: dict[str, str] = {}

    def person(self, pid: list[str], separators: Separators) -> tuple[str | None, Gender | None]:
        """Birth date and gender as a fact has them; an unknown word for the sex is `U`."""
        born, sex = pid[7], pid[8]
        found = self._born.get(born) if born else ""
        if found is None:
            given = component(born, 1, separators)
            found = given if given in ("", DELETED) else self._times.birth_date(given, "PID-7")
            if given == born and len(self._born) < _MOST_CACHED:
                self._born[born] = found
        if sex and sex not in events.SEXES:
            sex = component(sex, 1, separators).upper()
        gender = events.SEXES.get(sex, "U") if sex else None
        return None if not found else "" if found == DELETED else found, gender

    def death(self, pid: list[str], separators: Separators) -> str | None:
        """Day of death (PID-29), `yes` without one (PID-30), empty for a person who lives; None: not said."""
        if not pid[29] and not pid[30]:
            return None
        time, indicator = component(pid[29], 1, separators), component(pid[30], 1, separators).upper()
        if time and time != DELETED:
            return self._times.checked(time, "PID-29").day
        if indicator == "Y":
            return "yes"
        return "" if DELETED in (time, indicator) or indicator == "N" else None

    def start(self, pv1: list[str], separators: Separators) -> Stamp | Literal[""] | None:
        """Time stated for the visit (PV1-44). Raises Refusal."""
        stated = pv1[44]
        if not stated:
            return None
        found = self._times.visit_stamp(stated, separators, "PV1-44")
        return found or _UNSAID.get(component(stated, 1, separators))

    def end(self, pv1: list[str], separators: Separators) -> Stamp | Literal[""] | None:
        """Time stated for the end of the visit (PV1-45). Raises Refusal."""
        stated = component(pv1[45], 1, separators)
        return self._times.checked(stated, "PV1-45") if stated not in _UNSAID else _UNSAID[stated]

    def earliest(self, message: RawMessage) -> Stamp | None:
        """The earliest of the other times that can be read and can be a visit's day."""
        fields = [message.pv1[45], message.pid[29], message.evn[2], message.header[7]]
        if "PR1" in message.first:
            fields += [procedure[5] for procedure in message.all("PR1")]
        return self._times.earliest(fields, message.separators)

    def treatment(self, message: RawMessage) -> str | None:
        """Code of the first procedure; empty: taken back; None: not said."""
        if "PR1" not in message.first:
            return None
        given = component(message.first["PR1"][3], 1, message.separators)
        return "" if given == DELETED else code(given)

    def outcome(self, message: RawMessage, event: str) -> Outcome | None:
        """Outcome that the message says; None: nothing."""
        separators = message.separators
        pid, pv1 = message.pid, message.pv1
        if pid[30] and component(pid[30], 1, separators).upper() == "Y":
            return "deceased"
        if event == "A13" or not (pv1[36] or pv1[45] or event == "A03"):
            return None
        disposition, ended = component(pv1[36], 1, separators), component(pv1[45], 1, separators)
        known = self._outcomes.get(disposition) or self._outcomes.get(disposition.zfill(2))
        if disposition and known == "deceased":
            return known
        if event == "A03" or (ended and ended != DELETED):
            return known if disposition and known else "unknown"
        return "ongoing" if ended == DELETED else None

    def age(self, message: RawMessage) -> int | None:
        """Age in whole years of an observation 21612-7; None: there is none. Raises Refusal."""
        if "OBX" not in message.first:
            return None
        separators = message.separators
        for fields in message.all("OBX"):
            if component(fields[3], 1, separators) != _AGE_CODE:
                continue
            if not component(fields[5], 1, separators).replace(DELETED, ""):
                continue  # as senders write who do not know it
            unit = _YEARS.get(component(fields[6], 1, separators).lower() or _USUAL_UNIT)
            try:
                years = float(component(fields[5], 1, separators)) * (unit or math.nan)
                whole = int(years + _ROUNDING)
            except (ValueError, OverflowError):
                raise Refusal(Reason.WRONG_TYPE, "OBX-5") from None
            if years < 0 or whole > OLDEST_AGE:
                raise Refusal(Reason.OUT_OF_RANGE, "OBX-5")
            return whole
        return None
