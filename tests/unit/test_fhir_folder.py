"""A folder of a FHIR bulk export becomes messages: one resource each, of persons, visits and diagnoses."""

import gzip
import json

import pytest

from healthtrends.cli.commands.produce import ProduceFlags, _check
from healthtrends.errors import UsageError
from healthtrends.sources.fhir_folder import find_files
from healthtrends.sources.input_files import read_files
from tests.unit.fhir.samples import bundle, condition, deletion, encounter, patient


@pytest.fixture
def folder(tmp_path):
    """An export as servers make it: numbered, packed, with other types and a subfolder of deletions."""

    def write(name, *resources):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        content = "".join(json.dumps(each) + "\n" for each in resources).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    write("1.Condition.ndjson", condition("c1"), condition("c2"))
    write("Encounter.000.ndjson.gz", encounter())
    write("patients.NDJSON", patient())
    write("deleted/Condition.ndjson", bundle(deletion("Condition/c2")))
    write("Observation.ndjson", {"resourceType": "Observation"})
    write("empty.ndjson")
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "broken.ndjson").write_text("no json\n")
    return tmp_path


def test_persons_come_first_and_deletions_last(folder):
    """By what the files hold, whatever their names are."""
    found = find_files(folder)
    records = list(read_files(found.files))
    assert [json.loads(record.value)["resourceType"] for record in records] == [
        "Patient", "Encounter", "Condition", "Condition", "Bundle",
    ]  # fmt: skip
    assert [name.rpartition("/")[2] for name in found.others] == [
        "Observation.ndjson", "broken.ndjson", "empty.ndjson",
    ]  # fmt: skip


def test_resources_of_one_patient_have_one_key(folder):
    """So that they stay in order in one partition; a bundle of deletions has none."""
    keys = [record.key for record in read_files(find_files(folder).files)]
    assert keys == [b"Patient/p1"] * 4 + [None]


def test_the_lines_are_sent_as_they_are(folder):
    """Byte for byte."""
    (first, *_) = read_files(find_files(folder).files)
    assert first.value == json.dumps(patient()).encode()


def test_a_folder_without_resources_is_refused(tmp_path):
    """So is a file."""
    with pytest.raises(UsageError, match="holds no FHIR resources to send"):
        find_files(tmp_path)
    (tmp_path / "x").write_text("")
    with pytest.raises(UsageError, match="is no folder"):
        find_files(tmp_path / "x")


def test_a_packed_file_that_is_none_is_refused(tmp_path):
    """With its name."""
    (tmp_path / "Patient.ndjson.gz").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"Patient\.ndjson\.gz, line 1: cannot be read on"):
        find_files(tmp_path)


def test_a_resource_of_odd_types_is_sent_without_a_key(tmp_path):
    """The ingest says what is wrong with it."""
    (tmp_path / "Condition.ndjson").write_text('{"resourceType":"Condition","id":7}\n')
    assert [record.key for record in read_files(find_files(tmp_path).files)] == [None]


def test_a_folder_is_sent_alone(tmp_path):
    """Not together with files."""
    flags = ProduceFlags(
        files=("a.csv",), map_file=None, fhir=tmp_path, synthetic=None, save=None, check=False, force=False
    )
    with pytest.raises(UsageError, match="--fhir is for one folder"):
        _check(flags)
