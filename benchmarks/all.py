"""`make bench`: every script beside this one, its table into results.md with the machine it ran on.

A section says when and on what it was measured, as sections may be of different days.

A script prints its result as Markdown on stdout and talks on stderr; its docstring begins with the question.

    python benchmarks/all.py [NAME ...] [--with="--runs 1"]

With names only these are run, and only their sections are written anew: the page's head stays.
"""

import argparse
import ast
import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from healthtrends import __version__, clock
from healthtrends.devstack.java import find_java

FOLDER = Path(__file__).parent
PACKAGES = ("confluent-kafka", "duckdb", "hdfs-native", "msgspec", "pandas", "pyarrow", "pysail", "pyspark")


def main() -> None:
    """Run all or some, then write the page; a script that fails ends it without a page."""
    scripts = {script.stem: script for script in sorted(FOLDER.glob("*.py")) if script != Path(__file__)}
    parser = argparse.ArgumentParser(description="Run benchmarks and write results.md.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(scripts)}; default: all")
    parser.add_argument("--with", default="", dest="arguments", help="arguments of these scripts")
    given = parser.parse_args()
    asked, arguments = given.names, given.arguments.split()
    names = asked or list(scripts)
    if unknown := set(names) - set(scripts):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    page = FOLDER / "results.md"
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    head, *parts = old.split("\n## ")
    kept = {part.partition("\n")[0]: part.strip() for part in parts}
    new = {name: section(scripts[name], arguments) for name in names}
    found = {name: f"## {text}" for name, text in kept.items() if name in scripts} | new
    first = head.strip() if asked and head else f"# Benchmarks\n\n{preface()}"
    text = "\n\n".join([first, *(found[name] for name in sorted(found))]) + "\n"
    page.write_text(text, encoding="utf-8")


def preface() -> str:
    """When, on what, with which versions."""
    rows = {
        "date": clock.today().isoformat(),
        "healthtrends": __version__,
        "processor": f"{processor()}, {len(os.sched_getaffinity(0))} cores for everything, the servers too",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Java": find_java().version,
        **{name: importlib.metadata.version(name) for name in PACKAGES},
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    return f"Made by `make bench`.\n\n| | |\n|---|---|\n{table}"


def processor() -> str:
    """Its name, where the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def section(script: Path, arguments: Sequence[str]) -> str:
    """The script's name, its question, its table, and what it ran on."""
    question = (ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or "").strip()
    print(f"--- {script.stem}", file=sys.stderr)
    before = os.getloadavg()[0]
    done = subprocess.run([sys.executable, script, *arguments], stdout=subprocess.PIPE, check=True)
    where = f"{processor()}, {len(os.sched_getaffinity(0))} cores"
    load = f"load of the machine {before:.1f} before it, {os.getloadavg()[0]:.1f} at its end"
    table = f"{done.stdout.decode().strip()}\n\nMeasured on {clock.today().isoformat()}: {where}, {load}."
    return f"## {script.stem}\n\n{question.split(chr(10) * 2)[0]}\n\n{table}"


if __name__ == "__main__":
    main()
