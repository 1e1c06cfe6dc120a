"""Names and words that tables use for our fields, in English and German."""

import re
from collections.abc import Iterable
from typing import Final

from healthtrends.config.source import DISPOSITION_OUTCOMES

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "patient_id": ("patientid", "patnr", "patid", "patientnr", "patientennummer", "patientennr",
                   "patientnumber", "mrn", "patient", "pid", "versichertennummer", "personid"),
    "age": ("age", "alter", "ageyears", "alterjahre", "alterinjahren", "patientage", "ageatvisit"),
    "birth_date": ("birthdate", "dateofbirth", "dob", "gebdatum", "gebdat", "geburtsdatum", "geburtstag",
                   "birthday", "geb"),
    "gender": ("gender", "sex", "geschlecht", "patientsex", "administrativegender"),
    "diagnosis_code": ("diagnosiscode", "diagnosis", "icd", "icd10", "icdcode", "icd10code", "diagnose",
                       "diagnosen", "hauptdiagnose", "nebendiagnose", "dx", "dxcode", "diag", "diagcode",
                       "icd10gm", "icd10cm"),
    "visit_date": ("visitdate", "admissiondate", "admission", "admitdate", "aufnahme", "aufnahmedatum",
                   "aufnahmetag", "besuchsdatum", "behandlungsdatum", "encounterdate", "servicedate", "visit",
                   "datum", "date"),
    "treatment_code": ("treatmentcode", "treatment", "procedurecode", "procedure", "ops", "opscode",
                       "prozedur", "behandlung", "therapie", "cpt"),
    "outcome": ("outcome", "dischargedisposition", "disposition", "dischargestatus", "entlassungsgrund",
                "entlassgrund", "entlgrund", "entl", "ergebnis", "ausgang"),
    "visit_id": ("visitid", "encounterid", "fallnr", "fallnummer", "fallid", "casenumber", "caseid", "fall",
                 "visitnumber", "accountnumber"),
    "record_id": ("recordid", "rowid", "satznr", "satznummer", "lfdnr", "laufendenummer", "id"),
    "recorded_at": ("recordedat", "updatedat", "lastupdated", "modifiedat", "geaendertam", "timestamp",
                    "zeitstempel"),
    "facility_id": ("facilityid", "facility", "hospital", "hospitalid", "klinik", "haus", "standort",
                    "einrichtung"),
    "region": ("region", "state", "bundesland", "district", "county", "landkreis", "plz", "zip"),
}  # fmt: skip
"""Column names without case, blanks and signs; the likeliest first."""
GENDERS: Final = {
    "m": "M", "male": "M", "mann": "M", "männlich": "M", "maennlich": "M", "man": "M",
    "f": "F", "w": "F", "female": "F", "frau": "F", "weiblich": "F", "woman": "F",
    "o": "O", "d": "O", "divers": "O", "other": "O", "x": "O", "a": "O", "n": "O",
    "u": "U", "unknown": "U", "unbekannt": "U",
}  # fmt: skip
GENDER_NUMBERS: Final = {"1": "M", "2": "F", "0": "U", "9": "U"}
"""ISO/IEC 5218."""
OUTCOMES: Final = {
    "recovered": "recovered", "cured": "recovered", "geheilt": "recovered", "genesen": "recovered",
    "ongoing": "ongoing", "inpatient": "ongoing", "laufend": "ongoing", "in behandlung": "ongoing",
    "deceased": "deceased", "died": "deceased", "dead": "deceased", "death": "deceased",
    "verstorben": "deceased", "tod": "deceased", "tot": "deceased",
    "unknown": "unknown", "unbekannt": "unknown",
}  # fmt: skip
GERMAN_DISCHARGES: Final = {"01": "recovered", "07": "deceased"}
"""First two places of the reason for discharge in Germany (§ 301 SGB V): regular end, death."""
AMERICAN_DISCHARGES: Final = dict(DISPOSITION_OUTCOMES)
"""NUBC patient discharge status."""
DATE_FORMATS: Final = (
    "", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y",
    "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y/%m/%d",
    "%d-%m-%Y", "%d-%b-%Y", "%d %b %Y",
)  # fmt: skip
"""Forms of dates, tried in this order; the first is ISO 8601."""


def plain_name(column: str, parts: int = 1) -> str:
    """A column's name, or the last parts of a path, without case, blanks and signs."""
    named = [part for part in column.split(".") if not part.isdigit()] or [column]
    name = (
        "".join(named[-parts:])
        .casefold()
        .replace("ä", "ae")
        .replace("ö", "oe")
        .replace("ü", "ue")
        .replace("ß", "ss")
    )
    return re.sub(r"[^a-z0-9]", "", name)


def find_column(field: str, columns: Iterable[str]) -> str | None:
    """The column whose name is the likeliest for a field; a number behind it counts less."""
    backwards = list(columns)[::-1]
    known = {plain_name(column, 2): column for column in backwards}
    known |= {plain_name(column).rstrip("0123456789"): column for column in backwards}
    known |= {plain_name(column): column for column in backwards}
    return next((known[name] for name in COLUMNS[field] if name in known), None)


def numbered(columns: Iterable[str], of: str) -> list[str]:
    """All columns of one name that differ by a number, such as ICD1, ICD2 or dx.0.code, dx.1.code."""
    stem = plain_name(of, 2).rstrip("0123456789")
    return [column for column in columns if re.fullmatch(rf"{stem}[0-9]*", plain_name(column, 2))]
