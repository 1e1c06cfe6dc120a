"""`make bench`: every script beside this one, its table into results.md with the machine it ran on.

A script prints its result as Markdown on stdout and talks on stderr; its docstring begins with the question.
"""

import ast
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

from healthtrends import __version__, clock
from healthtrends.devstack.java import find_java

FOLDER = Path(__file__).parent
PACKAGES = ("confluent-kafka", "hdfs-native", "msgspec", "pyarrow", "pysail", "pyspark")


def main() -> None:
    """Run all, then write the page; a script that fails ends it without a page."""
    sections = [section(script) for script in sorted(FOLDER.glob("*.py")) if script != Path(__file__)]
    text = "\n\n".join(["# Benchmarks", preface(), *sections]) + "\n"
    (FOLDER / "results.md").write_text(text, encoding="utf-8")


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


def section(script: Path) -> str:
    """The script's name, its question, its table."""
    question = (ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or "").strip()
    print(f"--- {script.stem}", file=sys.stderr)
    done = subprocess.run([sys.executable, script], stdout=subprocess.PIPE, check=True)
    return f"## {script.stem}\n\n{question.split(chr(10) * 2)[0]}\n\n{done.stdout.decode().strip()}"


if __name__ == "__main__":
    main()
