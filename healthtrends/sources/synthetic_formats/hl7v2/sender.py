r"""Writer of messages as one sender writes them: form of times, ids, charset, ends of segments.

Nothing in them names anybody: the name is the same for all patients.
"""

import datetime as dt
from typing import Final

from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.synthetic_formats.hl7v2.course import Diagnosis, Message, number_of
from healthtrends.sources.synthetic_render import REGIONS
from healthtrends.sources.synthetic_visits import Visit

_EVERY: Final = 17
"""Minutes between two messages of a visit; the last is at the second of the visit's records."""
_OFFSETS: Final = ("", "+0000", "-0500", "+0530", "", "+0100", "-0330", "+1200")
_SYSTEMS: Final = ("I10", "I10C", "ICD-10-CM", "ICD10")
_DISPOSITIONS: Final = {"recovered": ("01",), "deceased": ("20", "40", "41", "42")}
_STRUCTURES: Final = {
    "A01": "ADT_A01", "A04": "ADT_A01", "A08": "ADT_A01", "A13": "ADT_A01", "A03": "ADT_A03",
    "A05": "ADT_A05", "A31": "ADT_A05", "A11": "ADT_A09", "A23": "ADT_A21", "A38": "ADT_A38",
    "A40": "ADT_A39", "A35": "ADT_A30", "A37": "ADT_A37",
}  # fmt: skip
_CHARSETS: Final = (
    ("Synthetic^Person", "UNICODE UTF-8", "utf-8"),
    ("Synthetic^Person", "", "ascii"),
    ("Synthetic^Pérson", "UNICODE UTF-8", "utf-8"),
    ("Sünthetic^Person", "8859/1", "iso-8859-1"),
    ("Sünthetic^Person", "", "iso-8859-1"),
    # Wrong names on messages that are ASCII only.
    ("Synthetic^Person", "UNICODE UTF-16", "ascii"),
    ("Synthetic^Person", "8859/5", "ascii"),
    ("Synthetic \\T\\ Person", "UNICODE UTF-8", "utf-8"),
)
"""Name of every patient, MSH-18, and the charset of the bytes."""
_AUTHORITY: Final = "HT&2.999.16&ISO"
_PID_18, _PV1_50 = 0, 1
"""Of eight numbers, those of senders with the visit number elsewhere than in PV1-19."""
_WRONG_YEARS: Final = 9
_WRONG_SEX: Final = {"F": "M"}

Fields = dict[int, str]


class Sender:
    """Sender of all messages of one visit."""

    def __init__(self, visit: Visit) -> None:
        bits = visit.bits
        self._visit = visit
        self._ended = dt.datetime.combine(visit.day, dt.time()) + dt.timedelta(seconds=visit.second)
        self._offset = _OFFSETS[bits >> 12 & 7]
        self._time_form = "%Y%m%d%H%M%S" if bits >> 15 & 3 else "%Y%m%d%H%M"
        self._start_is_day = bool(bits >> 34 & 1)
        self._number_field = bits >> 17 & 7
        self._has_two_ids = not bits >> 20 & 3
        self._name, self._charset, self._encoding = _CHARSETS[bits >> 22 & 7]
        self._end = ("\r", "\r", "\r", "\r\n", "\n", "\r", "\r", "\r")[bits >> 25 & 7]
        self._disposition = bits >> 28 & 3
        self._says_death = bool(bits >> 30 & 1)
        self._system = _SYSTEMS[bits >> 31 & 3]
        self._has_dots = bool(bits >> 33 & 3)
        self._has_age = visit.birth_date is None or int(visit.patient[1:]) % 16 == 0

    def write(self, message: Message, number: int, count: int) -> SourceRecord:
        """Message `number` of `count`; its key is its own id, so patients are spread over all partitions."""
        at = self._ended - dt.timedelta(minutes=_EVERY * (count - 1 - number))
        control = f"{number_of(self._visit)[1:]}{number:02}"
        segments = [self._header(message, at, control)]
        if message.event in _STRUCTURES:
            segments.append(_segment("EVN", {1: message.event, 2: self._time(at)}))
        text = self._end.join([*segments, *self._body(message, at), ""])
        return SourceRecord(text.encode(self._encoding), control.encode())

    def _header(self, message: Message, at: dt.datetime, control: str) -> str:
        facility = "" if self._visit.facility is None else f"F{self._visit.facility:02}"
        structure = _STRUCTURES.get(message.event)
        kind = f"ADT^{message.event}^{structure}" if structure else f"ORU^{message.event}^ORU_R01"
        return _segment("MSH|^~\\&", {
            1: "HEALTHTRENDS", 2: facility, 5: self._time(at + dt.timedelta(seconds=2)), 7: kind,
            8: control, 9: message.mode, 10: "2.5.1", 16: self._charset,
        })  # fmt: skip

    def _body(self, message: Message, at: dt.datetime) -> list[str]:
        person = self._person(message)
        if message.event == "A37":
            return [person, _segment("PID", {3: self._id(message.prior), 5: self._name})]
        if message.event == "A35":
            return [person, _segment("MRG", {1: self._id(message.patient), 3: message.prior})]
        if message.prior:
            return [person, _segment("MRG", {1: self._id(message.prior)})]
        if not message.visit:
            return [person, "PV1|1|N"]
        if message.event == "R01":
            return [person, self._stay(message, at), "OBR|1|||30525-0^Age^LN", self._age()]
        diagnoses = [self._diagnosis(each, n) for n, each in enumerate(message.diagnoses, 1)]
        ages = [self._age()] if self._has_age and message.tells_person and not message.outcome else []
        treatments = []
        if message.treatment:
            treatments = [_segment("PR1", {1: "1", 3: message.treatment, 5: self._time(at)})]
        return [person, self._stay(message, at), *ages, *diagnoses, *treatments]

    def _person(self, message: Message) -> str:
        visit = self._visit
        fields = {1: "1", 3: self._id(message.patient), 5: self._name}
        if message.tells_person:
            region = "" if visit.facility is None else f"^^^{REGIONS[visit.facility % len(REGIONS)]}"
            fields |= {7: self._birth_date(message), 8: visit.gender, 11: region}
            if message.has_wrong_person:
                fields[8] = _WRONG_SEX.get(visit.gender, "F")
        if message.visit and (message.is_account or self._number_field == _PID_18):
            fields[18] = message.visit
        if message.outcome == visit.outcome == "deceased" and self._says_death:
            fields[30] = "Y"
        return _segment("PID", fields)

    def _birth_date(self, message: Message) -> str:
        born = self._visit.birth_date
        if self._has_age or born is None:
            return ""
        return f"{born.year - _WRONG_YEARS}" if message.has_wrong_person else f"{born:%Y%m%d}"

    def _stay(self, message: Message, at: dt.datetime) -> str:
        fields = {1: "1", 2: "E"}
        if not message.is_account and self._number_field != _PID_18:
            fields[50 if self._number_field == _PV1_50 else 19] = message.visit
        if message.says_start:
            fields[44] = self._start(message)
        if message.outcome:
            choices = _DISPOSITIONS[message.outcome]
            fields |= {36: choices[self._disposition % len(choices)], 45: self._time(at)}
        return _segment("PV1", fields)

    def _start(self, message: Message) -> str:
        """Begin of the visit, soon after midnight; or its day alone."""
        begin = self._ended.replace(hour=0, minute=30) - dt.timedelta(days=message.days_early)
        return f"{begin:%Y%m%d}" if self._start_is_day else self._time(begin)

    def _age(self) -> str:
        """Age of the visit as an observation; of infants in months."""
        age = self._visit.age
        value, unit = (str(age), "a") if age else ("7", "mo")
        return _segment("OBX", {1: "1", 2: "NM", 3: "21612-7^Age^LN", 5: value, 6: f"{unit}^^UCUM", 11: "F"})

    def _diagnosis(self, diagnosis: Diagnosis, number: int) -> str:
        code = diagnosis.code if self._has_dots else diagnosis.code.replace(".", "")
        fields = {1: str(number), 3: f"{code}^^{diagnosis.system or self._system}", 6: diagnosis.type}
        if diagnosis.is_withdrawn:
            fields[21] = "D"
        return _segment("DG1", fields)

    def _id(self, number: str) -> str:
        own = f"{number}^^^{_AUTHORITY}^MR"
        return f"{number}-7^^^HT^PI~{own}" if self._has_two_ids else own

    def _time(self, moment: dt.datetime) -> str:
        return f"{moment:{self._time_form}}{self._offset}"


def _segment(name: str, fields: Fields) -> str:
    """Segment with these fields by number; those between them are empty."""
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])
