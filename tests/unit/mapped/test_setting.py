"""The tables `[source.mapping]` and `[source.file]` of the configuration."""

import pickle

import pytest

from healthtrends.config import Settings, load, printed
from healthtrends.config.intake import Privacy
from healthtrends.errors import ConfigError
from healthtrends.formats import open_decoder
from healthtrends.model.decoder import DecoderOptions
from healthtrends.orchestrate.wiring.ingest_settings import ingest_settings
from tests.unit.mapped.mapping import LATEST, source

MAPPING = """
[source.file]
delimiter = ";"
charset = "cp1252"
[source.mapping]
patient_id = "PatNr"
age = { birth_date = "Geb", format = "%d.%m.%Y" }
gender = { column = "Sex", values = { w = "F" }, default = "U" }
diagnosis_code = { columns = ["ICD1", "ICD2"] }
visit_date = "Tag"
treatment_code = { constant = "NONE" }
outcome = { constant = "unknown" }
"""


def loaded(folder, text, **environ):
    file = folder / "healthtrends.toml"
    file.write_text(text)
    return load(file, {}, environ).source


def test_a_mapping_makes_the_format_one_of_its_own(tmp_path):
    """What is written as `record` with a mapping is `mapped` in the log."""
    found = loaded(tmp_path, MAPPING)
    assert (found.format, found.mapping.gender.values, found.file.delimiter) == ("mapped", {"w": "F"}, ";")


def test_the_mapping_may_come_from_the_environment(tmp_path):
    """As one JSON object."""
    found = loaded(tmp_path, "", HEALTHTRENDS_SOURCE__MAPPING='{"patient_id": "PatNr"}')
    assert found.mapping.patient_id == "PatNr"


@pytest.mark.parametrize(
    ("before", "after", "match"),
    [
        ("format =", "formt =", r"unknown setting source\.mapping\.age\.formt .*nearest .*age\.format"),
        ("patient_id =", "patientid =", r"unknown setting source\.mapping\.patientid .*mapping\.patient_id"),
        ("delimiter =", "delimeter =", r"unknown setting source\.file\.delimeter .*file\.delimiter"),
        ('"Tag"', "5", r"source\.mapping\.visit_date is not allowed"),
        ('format = "%d.%m.%Y"', 'unit = "hours"', r"source\.mapping\.age\.unit is not allowed"),
        ("[source.file]", '[source]\nformat = "hl7v2"\n[source.file]', "does not go with source.format"),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path, before, after, match):
    """With its place inside the table, and the nearest known key."""
    with pytest.raises(ConfigError, match=match):
        loaded(tmp_path, MAPPING.replace(before, after))


@pytest.mark.parametrize(
    ("rules", "match"),
    [
        ({"outcome": None}, "no rule for outcome"),
        ({"gender": {"column": "Sex", "values": {"w": "W"}}}, r"gender\.values = 'W' is no gender"),
        ({"outcome": {"constant": "dead"}}, r"outcome\.constant = 'dead' is no outcome"),
        ({"age": {"column": "A", "default": 200}}, r"age\.default = 200 is no age"),
        ({"visit_date": {"column": "T", "format": "%d.%m."}}, r"'%d\.%m\.' is no format"),
        ({"visit_date": {"column": "T", "format": "%m.%Y"}}, "leaves the day open|is no format"),
        ({"region": {"column": "R", "split": ";"}}, "region: split does not go with this field"),
        ({"region": {"values": {"a": "b"}}}, "region: no column is named"),
        ({"age": {"birth_date": "G", "column": "A"}}, "birth_date goes with format alone"),
        ({"age": {"column": "A", "unit_column": "E"}}, "unit_column and units go together"),
        ({"region": {"column": "R", "format": "%d"}}, "format is for dates"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(rules, match):
    """Before the first row is read."""
    with pytest.raises(ConfigError, match=match):
        open_decoder(DecoderOptions(LATEST, source=source(**rules)))


def test_a_mapping_is_checked_before_servers_are_asked():
    """With the other settings of the ingest."""
    settings = Settings(source=source(outcome=None), privacy=Privacy(pseudonymise=False))
    with pytest.raises(ConfigError, match="no rule for outcome"):
        ingest_settings(settings, None)


def test_a_lookup_table_is_loaded_at_the_start(tmp_path):
    """Its words go with the settings to every process; a relative path begins beside the configuration."""
    (tmp_path / "snomed.csv").write_text("snomed,icd10\n44054006,E11.9\n")
    text = MAPPING.replace('columns = ["ICD1", "ICD2"]', 'column = "S", lookup = "snomed.csv"')
    found = loaded(tmp_path, text)
    assert found.mapping.diagnosis_code.values == {"44054006": "E11.9"}
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  of our own, as executors take it
    shown = printed(Settings(source=found))["source.mapping.diagnosis_code"]
    assert shown == {"column": "S", "lookup": "snomed.csv", "values": "1 words"}


@pytest.mark.parametrize(
    ("table", "match"),
    [
        ("a,b\n1,E11\n1,E12\n", r"sha256 [0-9a-f]{16}\), line 3: .*another meaning"),
        ("a,b\n1\n", "line 2: not two cells"),
        ("a,b\n", "has no rows"),
        ("a,b\n\udcff,E11\n", "not CSV in UTF-8"),
    ],
)
def test_a_damaged_lookup_table_is_refused(tmp_path, table, match):
    """By its digest and line."""
    (tmp_path / "t.csv").write_bytes(table.encode("utf-8", "surrogateescape"))
    text = MAPPING.replace('columns = ["ICD1", "ICD2"]', 'column = "S", lookup = "t.csv"')
    with pytest.raises(ConfigError, match=match):
        loaded(tmp_path, text)
