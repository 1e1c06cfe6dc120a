"""What another user of the machine reaches of a local stack; run as a program, it becomes user nobody.

Stdin holds a JSON object: home, secret, broker, controller, ports (all that the servers listen on), hdfs.
Stdout is a JSON object of lists of what was reached; all of them should be empty.
"""

import contextlib
import encodings.idna  # noqa: F401  loaded by the first connection, when this user may not read it any more
import http.client
import json
import os
import pwd
import socket
import ssl
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from hdfs_native import Client, WriteOptions

WAIT = 5.0
PAGES = (
    "/",
    "/jmx",
    "/conf",
    "/logs/",
    "/stacks",
    "/dfshealth.html",
    "/static/hadoop.css",
    "/logLevel?log=a",
    "/fsck?path=/",
)
TLS_ALERT = b"\x15"
"""First byte of what a server of TLS says to who speaks none; an answer of Kafka begins with its length."""
WEBHDFS = "/webhdfs/v1/?user.name=root&op="
FORM = {"Host": "attacker.example", "Origin": "http://attacker.example", "Content-Type": "text/plain"}
# Each is a whole request: api key, version, correlation id, no client id, body.
METADATA = struct.pack(">hhihi", 3, 1, 1, -1, -1)
DESCRIBE_CLUSTER = struct.pack(">hhih", 60, 1, 1, -1) + b"\0\0\2\0"


def files(home: str) -> list[str]:
    """Files and folders below the home that can be listed or opened."""
    found = []
    for place, folders, names in os.walk(home):
        found += [str(Path(place, name)) for name in folders]
        for name in names:
            with contextlib.suppress(PermissionError), Path(place, name).open("rb"):
                found.append(str(Path(place, name)))
    return found


def command_lines(secret: str) -> list[str]:
    """Processes whose arguments or environment show the password."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                if secret.encode() in (process / name).read_bytes():
                    found.append(str(process / name))
    return found


def topics(broker: str, login: dict[str, str]) -> list[str]:
    """Topics of the broker that a client with this login sees."""
    admin = AdminClient({"bootstrap.servers": broker, "log_level": "0", **login})
    with contextlib.suppress(KafkaException):
        return list(admin.list_topics(timeout=WAIT).topics)
    return []


def answers(port: int, *, secure: bool = False) -> Iterator[str]:
    """Requests that a listener of Kafka answers without a login; `secure`: asked over TLS."""
    for name, request in (("metadata", METADATA), ("describe cluster", DESCRIBE_CLUSTER)):
        with socket.create_connection(("127.0.0.1", port), WAIT) as plain:
            plain.settimeout(WAIT)
            connection = _any_server().wrap_socket(plain) if secure else plain
            connection.sendall(struct.pack(">i", len(request)) + request)
            with contextlib.suppress(OSError):
                if connection.recv(1) not in (b"", TLS_ALERT):
                    yield f"{name} at {port}"


def pages(port: int) -> Iterator[str]:
    """What is served over HTTP on a port, with and without TLS; a refusal (403, 404) is no content."""
    requests = [("GET", path) for path in PAGES]
    requests += [("GET", WEBHDFS + "LISTSTATUS"), ("PUT", WEBHDFS + "MKDIRS"), ("POST", WEBHDFS + "TRUNCATE")]
    for secure in (False, True):
        for method, path in requests:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status = _ask(port, method, path, secure=secure)
                if status not in (403, 404):
                    yield f"{method} {path} at {port}: {status}"


def _ask(port: int, method: str, path: str, *, secure: bool) -> int:
    place: http.client.HTTPConnection
    if secure:
        place = http.client.HTTPSConnection("127.0.0.1", port, timeout=WAIT, context=_any_server())
    else:
        place = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
    with contextlib.closing(place):
        place.request(method, path, headers=FORM)
        return place.getresponse().status


def _any_server() -> ssl.SSLContext:
    """TLS with whoever answers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:aNULL:@SECLEVEL=0")
    return context


def calls(
    url: str, conf: dict[str, str] | None = None, refusal: str = "AccessControlException"
) -> Iterator[str]:
    """HDFS calls that are not refused, in these words, under the name that HADOOP_USER_NAME claims."""
    client = Client(url, conf or {})
    tried: dict[str, Callable[[], object]] = {
        "list /": lambda: list(client.list_status("/")),
        "list records": lambda: list(client.list_status("/healthTrend/patient_json")),
        "list rejects": lambda: list(client.list_status("/healthTrend/rejects")),
        "list state": lambda: list(client.list_status("/healthTrend/_ht")),
        "sum up": lambda: client.get_content_summary("/healthTrend"),
        "create": lambda: client.create("/tried", WriteOptions()),
        "make a folder": lambda: client.mkdirs("/tried-folder"),
        "delete": lambda: client.delete("/healthTrend", True),
        "open up": lambda: client.set_permission("/healthTrend/rejects", 0o777),
    }
    for name, call in tried.items():
        try:
            call()
        except Exception as error:  # noqa: BLE001  the client has no narrower class
            if refusal not in str(error):
                yield f"{name}: {error}"
        else:
            yield name


def main() -> None:
    """Become nobody, look, tell."""
    asked = json.load(sys.stdin)
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    os.environ["HADOOP_USER_NAME"] = "nobody"
    guess = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "healthtrends",
    }
    found = {
        "files": files(asked["home"]),
        "command lines": command_lines(asked["secret"]),
        "topics": topics(asked["broker"], {}),
        "topics by a guess": topics(asked["broker"], {**guess, "sasl.password": "healthtrends"}),
        "answers of Kafka": [each for port in asked["kafka"] for each in answers(port)],
        "pages": [each for port in asked["ports"] for each in pages(port)],
        "calls": list(calls(asked["hdfs"])),
    }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main()
