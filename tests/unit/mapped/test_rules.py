"""Every rule of a mapping: what a cell becomes, or why its row is rejected."""

import pytest

from healthtrends.config.mapping import FileForm
from healthtrends.model.record import Cancellation
from healthtrends.model.rejection import Rejection, Skip
from tests.unit.mapped.mapping import decode, fields, value


def test_a_row_becomes_a_record_of_the_contract():
    """All seven fields under our names and words."""
    found = fields({})
    assert found.pop("record_id")
    assert found == {
        "patient_id": "P-1", "age": 41, "gender": "F", "diagnosis_code": "E11.9", "visit_date": "2025-12-20",
        "treatment_code": "5-470", "outcome": "recovered", "recorded_at": "2025-12-22T08:30:00Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "cells", "rule", "expected"),
    [
        ("patient_id", {"PatNr": "  P-1 "}, "PatNr", "P-1"),
        ("patient_id", {"PatNr": 17}, "PatNr", "17"),
        ("patient_id", {"PatNr": ""}, "PatNr", ("null_field", "patient_id")),
        ("patient_id", {"PatNr": ...}, "PatNr", ("missing_field", "patient_id")),
        ("patient_id", {"PatNr": ["x"]}, "PatNr", ("wrong_type", "patient_id")),
        ("patient_id", {"a": {"b": [{"c": "P-9"}]}}, "a.b.0.c", "P-9"),
        ("patient_id", {"a.b": "P-8"}, "a.b", "P-8"),
        ("patient_id", {"a": {"b": []}}, "a.b.0.c", ("missing_field", "patient_id")),
        ("patient_id", {"Alt": " ", "Neu": "P-7"}, {"column": ["Alt", "Neu"]}, "P-7"),
        ("gender", {"Sex": " W "}, None, "F"),
        ("gender", {"Sex": "?"}, None, "U"),
        ("gender", {"Sex": ...}, None, "U"),
        ("gender", {"Sex": "?"}, {"column": "Sex", "values": {"w": "F"}}, ("not_in_list", "gender")),
        ("gender", {"Sex": "M"}, "Sex", "M"),
        ("gender", {"Sex": "X"}, {"column": "Sex", "default": "U"}, "U"),
        ("treatment_code", {}, {"constant": "NONE"}, "NONE"),
        ("treatment_code", {"OPS": None}, {"column": "OPS", "default": "unknown"}, "unknown"),
        ("age", {"Alter": "40,9"}, None, ("wrong_type", "age")),
        ("age", {"Alter": 40.9}, None, 40),
        ("age", {"Alter": "-1"}, None, ("out_of_range", "age")),
        ("age", {"Alter": "131"}, None, ("out_of_range", "age")),
        ("age", {"Alter": "old"}, None, ("wrong_type", "age")),
        ("age", {"Alter": "23"}, {"column": "Alter", "unit": "months"}, 1),
        ("age", {"Alter": "24"}, {"column": "Alter", "unit": "months"}, 2),
        ("age", {"Alter": "53"}, {"column": "Alter", "unit": "weeks"}, 1),
        ("age", {"Alter": "364"}, {"column": "Alter", "unit": "days"}, 0),
        ("age", {"Alter": "366"}, {"column": "Alter", "unit": "days"}, 1),
        ("visit_date", {"Aufnahme": "31.02.2025 08:30"}, None, ("impossible_date", "visit_date")),
        ("visit_date", {"Aufnahme": "24.12.2025 00:00"}, None, ("date_in_future", "visit_date")),
        ("visit_date", {"Aufnahme": "2025-12-20"}, "Aufnahme", "2025-12-20"),
        ("visit_date", {"Aufnahme": "2025-12-20T23:30:00-05:00"}, "Aufnahme", "2025-12-20"),
        ("visit_date", {"Aufnahme": "20251220"}, "Aufnahme", ("impossible_date", "visit_date")),
        ("visit_date", {"Aufnahme": 20442}, {"column": "Aufnahme", "format": "unix_days"}, "2025-12-20"),
        ("outcome", {"Entl": ""}, None, "ongoing"),
        ("outcome", {"Entl": "07"}, None, "deceased"),
        ("facility_id", {"Haus": ""}, "Haus", None),
        ("facility_id", {"Haus": "H-1"}, "Haus", "H-1"),
        ("recorded_at", {"Zeit": "2025-12-20T08:30:00+01:00"}, "Zeit", "2025-12-20T07:30:00Z"),
        ("recorded_at", {"Zeit": "soon"}, "Zeit", ("bad_time", "recorded_at")),
        ("recorded_at", {"Z": 1766219400000}, {"column": "Z", "format": "unix_ms"}, "2025-12-20T08:30:00Z"),
    ],
)  # fmt: skip
def test_a_cell_becomes_a_value_or_a_reason(name, cells, rule, expected):
    """Never a value that the rules of the record do not take."""
    assert value(name, cells, **({} if rule is None else {name: rule})) == expected


def test_a_decimal_comma_is_read_where_the_file_has_one():
    """Completed years count."""
    assert value("age", {"Alter": "40,9"}, file=FileForm(decimal=",")) == 40


@pytest.mark.parametrize(("unit", "expected"), [("J", 41), ("m", 3), ("T", 0), ("x", ("not_in_list", "age"))])
def test_another_column_names_the_unit(unit, expected):
    """Words of units are compared without case."""
    rule = {"column": "Alter", "unit_column": "E", "units": {"J": "years", "M": "months", "T": "days"}}
    assert value("age", {"E": unit}, age=rule) == expected


@pytest.mark.parametrize(
    ("born", "form", "expected"),
    [
        ("20.12.1984", "%d.%m.%Y", 41),
        ("21.12.1984", "%d.%m.%Y", 40),
        ("29.02.2024", "%d.%m.%Y", 1),
        ("1984", "", 41),
        ("1984-12", "", 41),
        ("12/1984", "%m/%Y", 41),
        ("1984-12-21", "", 40),
        ("21.12.2025", "%d.%m.%Y", ("out_of_range", "age")),
        ("01.01.1880", "%d.%m.%Y", ("out_of_range", "age")),
        ("yesterday", "%d.%m.%Y", ("impossible_date", "age")),
        ("", "%d.%m.%Y", ("null_field", "age")),
    ],
)
def test_the_age_follows_from_a_birth_date(born, form, expected):
    """At the day of the visit; of a year alone 1 July counts, of a month the 15th."""
    assert value("age", {"Geb": born}, age={"birth_date": "Geb", "format": form}) == expected


def test_times_without_an_offset_are_read_in_the_zone_of_the_place():
    """And a count since 1970 has the day that it is there."""
    zone = {"timezone": "Europe/Berlin"}
    read = {"column": "Zeit", "format": "%d.%m.%Y %H:%M"}
    cells = {"Zeit": "20.12.2025 08:30"}
    assert value("recorded_at", cells, recorded_at=read, **zone) == "2025-12-20T07:30:00Z"
    day = {"column": "Aufnahme", "format": "unix"}
    assert value("visit_date", {"Aufnahme": 1766187000}, visit_date=day, **zone) == "2025-12-20"  # 23:30 UTC


@pytest.mark.parametrize(
    ("code", "rule", "expected"),
    [
        ("E11.-", "icd10", "E11"), ("E11.2-", "icd10", "E11.2"), ("H36.0*", "icd10", "H36.0"),
        ("E10.30+", "icd10", "E10.30"), ("U07.1 !", "icd10", "U07.1"), ("E11.9", "icd10", "E11.9"),
        ("J06.9G", "icd10gm", "J06.9"), ("j06.9 v", "icd10gm", "J06.9"), ("H36.0* G", "icd10gm", "H36.0"),
        ("M17.1 G B", "icd10gm", "M17.1"), ("E11.-", "icd10gm", "E11"), ("S52.5GR", "icd10gm", "S52.5"),
        ("J06.9G", "icd10", "J06.9G"), ("Grippe", "icd10gm", ("bad_diagnosis_code", "diagnosis_code")),
        ("E11.9+", None, ("bad_diagnosis_code", "diagnosis_code")),
    ],
)  # fmt: skip
def test_a_named_rule_takes_marks_off_a_code(code, rule, expected):
    """Without one, a code with marks is rejected as it is."""
    given = {"column": "ICD", **({} if rule is None else {"code_rule": rule})}
    assert value("diagnosis_code", {"ICD": code}, diagnosis_code=given) == expected


def test_a_diagnosis_that_is_ruled_out_is_left_out():
    """It is skipped and counted; with a row id it takes back what the row said before."""
    rule = {"column": "ICD", "code_rule": "icd10gm"}
    assert isinstance(decode({"ICD": "J06.9A"}, diagnosis_code=rule), Skip)
    (line,) = decode({"ICD": "J06.9 Z", "Nr": "7"}, diagnosis_code=rule, record_id="Nr")
    assert (type(line), line.record_id) == (Cancellation, "7")


def test_codes_of_a_lookup_table():
    """Marks go first; a code that the table does not have waits in the quarantine, outside of the gate."""
    rule = {"column": "ICD", "values": {"44054006": "E11.9"}}
    assert value("diagnosis_code", {"ICD": 44054006}, diagnosis_code=rule) == "E11.9"
    assert value("diagnosis_code", {"ICD": "1"}, diagnosis_code=rule) == ("unmapped_system", "diagnosis_code")


def test_several_columns_give_several_records_of_one_visit():
    """Each with an id of the row's id and the code, so that sending twice changes nothing."""
    rule = {"columns": ["ICD", "ICD2", "ICD3"]}
    found = decode({"ICD2": "i10", "ICD3": "E11.9", "Nr": "7"}, diagnosis_code=rule, record_id="Nr")
    assert [record.diagnosis_code for record in found] == ["E11.9", "I10"]
    assert len({record.record_id for record in found}) == 2
    assert {record.visit_id for record in found} == {"7"}
    again = decode({"ICD": "I10", "ICD2": "e119", "Nr": "7"}, diagnosis_code=rule, record_id="Nr")
    assert {record.record_id for record in again} == {record.record_id for record in found}


def test_a_list_of_codes_in_one_cell():
    """Parted by a text; a wrong one is a rejected part, and the others count."""
    rule = {"column": "ICD", "split": ";"}
    found = decode({"ICD": "E11.9; nonsense ;;I10"}, diagnosis_code=rule)
    assert [getattr(part, "diagnosis_code", None) for part in found] == ["E11.9", None, "I10"]
    assert (found[1].reason.value, found[1].part) == ("bad_diagnosis_code", "ICD[2]")
    assert isinstance(decode({"ICD": "nonsense;?"}, diagnosis_code=rule), Rejection)
    assert value("diagnosis_code", {"ICD": " ; "}, diagnosis_code=rule) == ("null_field", "diagnosis_code")


def test_a_row_without_an_id_gets_one_from_its_content():
    """The same row again is the same record; another row is another."""
    first, again, other = fields({}), fields({}), fields({"Zimmer": "3"})
    assert first["record_id"] == again["record_id"] != other["record_id"]
    assert fields({"Nr": "7"}, record_id="Nr")["record_id"] == "7"


def test_a_cancelled_row_needs_no_diagnosis():
    """Its record goes, whatever the other cells hold."""
    rule = {"column": "Storno", "values": {"1": "cancelled"}, "default": "active"}
    found = decode({"Storno": "1", "ICD": "", "Alter": "x", "Nr": "7"}, status=rule, record_id="Nr")
    assert isinstance(found[0], Cancellation)
    assert value("status", {"Storno": "", "Nr": "7"}, status=rule, record_id="Nr") is None


def test_patients_of_a_rejected_row_are_named_by_their_column():
    """So that an opted-out patient is found in a row that breaks a rule, or is no JSON."""
    from tests.unit.mapped.mapping import decoder

    read = decoder(patient_id={"column": ["PatNr", "Alt"]})
    assert read.patients(b'{"PatNr": "P-1", "Alter": "x"}') == {"P-1"}
    assert read.patients(b'{"Alt": 17, broken') == {"17"}
