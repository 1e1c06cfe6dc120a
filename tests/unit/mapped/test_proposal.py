"""What `map` guesses of a table, and why; all data is synthetic."""

import json
import tomllib

import msgspec
import pytest

from healthtrends.config.source import Source
from healthtrends.sources.proposal.columns import Columns
from healthtrends.sources.proposal.file_form import guess_form
from healthtrends.sources.proposal.guesses import guess_rules
from healthtrends.sources.proposal.preview import preview
from healthtrends.sources.proposal.render import proposal
from tests.unit.mapped.mapping import decoder

ROW = {
    "PatNr": "P-1", "GebDatum": "01.02.1984", "Sex": "w", "ICD1": "E11.9", "Aufnahme": "20.12.2025 08:30",
    "OPS": "5-470", "Entl": "01",
}  # fmt: skip


def guessed(*rows) -> dict:
    """Rules by field."""
    found = guess_rules(Columns(json.dumps(row).encode() for row in rows))
    return {guess.field: guess.rule for guess in found}


def test_a_german_export_is_recognised():
    """Names, formats of dates, words and codes."""
    found = guessed(ROW, {**ROW, "Sex": "m", "Entl": "07", "OPS": ""})
    assert found == {
        "patient_id": "PatNr",
        "age": {"birth_date": "GebDatum", "format": "%d.%m.%Y"},
        "gender": {"column": "Sex", "values": {"m": "M", "w": "F"}, "default": "U"},
        "diagnosis_code": "ICD1",
        "visit_date": {"column": "Aufnahme", "format": "%d.%m.%Y %H:%M"},
        "treatment_code": {"column": "OPS", "default": "unknown"},
        "outcome": {
            "column": "Entl", "values": {"01": "recovered", "07": "deceased"}, "default": "unknown",
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "field", "expected"),
    [
        ({"ICD1": "E11.9", "ICD2": "I10"}, "diagnosis_code", {"columns": ["ICD1", "ICD2"]}),
        ({"ICD1": "E11.9;I10"}, "diagnosis_code", {"column": "ICD1", "split": ";"}),
        ({"ICD1": "J06.9 G"}, "diagnosis_code", {"column": "ICD1", "code_rule": "icd10gm"}),
        ({"ICD1": "U07.1!"}, "diagnosis_code", {"column": "ICD1", "code_rule": "icd10"}),
        ({"Sex": 1}, "gender", {"column": "Sex", "values": {"1": "M"}, "default": "U"}),
        ({"GebDatum": None, "Alter": 480}, "age", {"column": "Alter", "unit": "months"}),
        ({"GebDatum": None, "Alter": 48}, "age", "Alter"),
        ({"Entl": "verstorben"}, "outcome",
         {"column": "Entl", "values": {"verstorben": "deceased"}, "default": "unknown"}),
        ({"Aufnahme": "12/20/2025"}, "visit_date", {"column": "Aufnahme", "format": "%m/%d/%Y"}),
        ({"Aufnahme": "2025-12-20"}, "visit_date", "Aufnahme"),
        ({"ICD1": None, "dx": [{"code": "E11"}]}, "diagnosis_code", "dx.0.code"),
        ({"ICD1": None, "dx": [{"code": "E11"}, {"code": "I10"}]}, "diagnosis_code",
         {"columns": ["dx.0.code", "dx.1.code"]}),
        ({"visit": {"id": "7"}}, "visit_id", "visit.id"),
        ({"Haus": "Süd"}, "facility_id", "Haus"),
        ({"PatNr": None, "Person": {"id": "7", "Patient": {"MRN": "3"}}}, "patient_id", "Person.Patient.MRN"),
    ],
)  # fmt: skip
def test_a_rule_follows_from_names_and_cells(cells, field, expected):
    """Of what is plainly so."""
    assert guessed({**ROW, **cells})[field] == expected


def test_what_is_not_found_is_asked_for():
    """As a comment: nothing is made up. What a record can do without gets the word for unknown."""
    columns = Columns([b'{"x": "y"}'])
    text = proposal("x.csv", columns.rows, None, guess_rules(columns), "UTC")
    assert '# patient_id = "?"   needed: name the column' in text
    mapping = tomllib.loads(text)["source"]["mapping"]
    assert mapping == {
        "gender": {"constant": "U"}, "treatment_code": {"constant": "unknown"},
        "outcome": {"constant": "unknown"},
    }  # fmt: skip


def test_the_proposal_is_a_configuration():
    """Also with names and words that need escapes, and line ends in a comment."""
    columns = Columns([json.dumps({**ROW, 'Pat"Nr\n\x7f': "1", "Entl": "a\nb\x7f"}).encode()])
    text = proposal("x.csv", columns.rows, guess_form(b"a;b\n1;2\n"), guess_rules(columns), "UTC")
    source = msgspec.convert(tomllib.loads(text)["source"], Source)
    assert source.mapping.gender.values == {"w": "F"}


@pytest.mark.parametrize(
    ("content", "charset", "delimiter", "decimal"),
    [
        ("a;b\n1,5;ä\n".encode("cp1252"), "cp1252", ";", ","),
        ("a;b\n1,5;ä\n".encode("utf-8-sig"), "utf-8", ";", ","),
        ("a\tb\n1.5\tä\n".encode("utf-16"), "utf-16", "\t", "."),
        ("a\tb\n1.5\tä\n".encode("utf-16-le"), "utf-16-le", "\t", "."),
        (b'a,b\n"x;y",2\n', "utf-8", ",", "."),
        (b"a|b\n1|2\n", "utf-8", "|", "."),
        (b"", "utf-8", ",", "."),
    ],
)
def test_the_form_of_a_file_is_recognised(content, charset, delimiter, decimal):
    """And the proposal says why."""
    form = guess_form(content).form
    assert (form.charset, form.delimiter, form.decimal) == (charset, delimiter, decimal)


def test_a_preview_counts_by_reason():
    """Of the first 10,000 rows; five are shown as records."""
    good = {"PatNr": "P-1", "Alter": 4, "Sex": "w", "ICD": "E11", "Aufnahme": "20.12.2025 08:30", "OPS": "x"}
    rows = [json.dumps({**good, **more}).encode() for more in ({}, {"Alter": "x"}, {"ICD": "?"}, {}, {}, {})]
    found = preview(decoder(), rows * 2_000)
    assert (found.rows, found.rejected) == (10_000, 3_334)
    assert found.reasons["wrong_type age"] == 1_667
    assert [line[:15] for line in found.shown] == [
        '{"patient_id":"',
        "rejected: wrong",
        "rejected: bad_d",
    ] + ['{"patient_id":"'] * 2
