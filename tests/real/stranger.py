"""A second user of this machine: tries each port it is told of, and says what came of it.

Run as root, becomes nobody once everything is imported. Lines `port` in; a line of JSON out for each: what a
plain socket and PySpark were told there.
"""

import json
import os
import signal
import socket
import sys
from contextlib import suppress

from pyspark.sql.connect.session import SparkSession

NOBODY = 65_534
PATIENCE = 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""What a client of HTTP/2 says first."""


def by_socket(port: int) -> list[str]:
    """Give what answered, on either loopback."""
    answers = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as plain, suppress(OSError):
            plain.settimeout(2)
            plain.connect((host, port))
            plain.sendall(PREFACE)
            answers.append(f"{host}: {plain.recv(9)!r}")
    return answers


def by_pyspark(port: int) -> str | None:
    """Give the version of whatever lets it in."""
    signal.alarm(PATIENCE)
    try:
        return SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create().version
    except Exception:  # noqa: BLE001  whatever it is, it was not let in
        return None
    finally:
        signal.alarm(0)


def give_up(*_: object) -> None:
    """PySpark alone would try for ten minutes."""
    raise TimeoutError


def say(what: dict[str, object]) -> None:
    """Tell the test."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Try until nothing more comes."""
    signal.signal(signal.SIGALRM, give_up)
    by_pyspark(1)  # so that all is imported that the attempts need
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    say({"user": os.getuid()})
    for line in sys.stdin:
        port = int(line)
        say({"socket": by_socket(port), "pyspark": by_pyspark(port)})
    os._exit(0)  # else PySpark's sessions would try their servers again


if __name__ == "__main__":
    main()
