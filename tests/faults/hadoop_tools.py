"""Hadoop's own commands for administrators, from the jars of a cluster."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from healthtrends.devstack.java import find_java
from healthtrends.devstack.process import environment

DFSADMIN = "org.apache.hadoop.hdfs.tools.DFSAdmin"
CRYPTOADMIN = "org.apache.hadoop.hdfs.tools.CryptoAdmin"
ECADMIN = "org.apache.hadoop.hdfs.tools.ECAdmin"
HAADMIN = "org.apache.hadoop.hdfs.tools.DFSHAAdmin"
_LONGEST = 120.0  # seconds, on a busy machine


def run_hadoop(conf: Path, jars: Sequence[Path], main: str, *arguments: str) -> str:
    """Run one class with a configuration folder; what it prints. Fails when the command does."""
    java, path = find_java(), ":".join(map(str, [conf, *jars]))
    command = [str(java.java), *java.options, "-XX:TieredStopAtLevel=1", "-cp", path, main, *arguments]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=_LONGEST, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
