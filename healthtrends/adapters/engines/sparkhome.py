"""The Spark of this machine: where its jars lie, and what its administrators have set."""

import os
import re
from importlib.util import find_spec
from pathlib import Path

_KEY = re.compile(r"^\s*([^\s=:#!]+)", re.MULTILINE)


def site_keys() -> set[str]:
    """Keys that `spark-defaults.conf` sets; Spark reads the file by itself. Empty when there is none."""
    home = os.environ.get("SPARK_HOME")
    folder = os.environ.get("SPARK_CONF_DIR") or (f"{home}/conf" if home else "")
    try:
        text = (Path(folder) / "spark-defaults.conf").read_text(encoding="utf-8") if folder else ""
    except OSError:
        return set()
    return set(_KEY.findall(text))


def jars_folder() -> Path:
    """Where the jars of the Spark lie that a driver is started from."""
    # Found, not imported: that takes a second, and may be under way in another thread.
    wheel = find_spec("pyspark")
    home = os.environ.get("SPARK_HOME") or (Path(wheel.origin).parent if wheel and wheel.origin else "")
    return Path(home) / "jars"
