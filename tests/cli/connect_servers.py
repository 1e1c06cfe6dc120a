"""Spark Connect servers for tests: one of another version, and one behind TLS."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from pathlib import Path

import grpc
from pyspark.sql.connect.proto import (
    AnalyzePlanRequest,
    AnalyzePlanResponse,
    ConfigRequest,
    ConfigResponse,
    SparkConnectServiceServicer,
    add_SparkConnectServiceServicer_to_server,
)

from healthtrends.adapters.engines.embedded import SailServer

_PIECE = 65_536
_LOOKS = 5
_STARTER = Path(__file__).parent / "start_connect.py"


class _OtherVersion(SparkConnectServiceServicer):  # type: ignore[misc]  generated, without types
    """Answers settings, and that it is Spark `version`; nothing else."""

    def __init__(self, version: str) -> None:
        self._version = version

    def Config(self, request: ConfigRequest, _: object) -> ConfigResponse:  # noqa: N802  its name there
        """Take any setting."""
        return ConfigResponse(session_id=request.session_id, server_side_session_id="1")

    def AnalyzePlan(self, request: AnalyzePlanRequest, _: object) -> AnalyzePlanResponse:  # noqa: N802
        """Tell the version."""
        answer = AnalyzePlanResponse(session_id=request.session_id, server_side_session_id="1")
        answer.spark_version.version = self._version
        return answer


@contextmanager
def apache_spark(folder: Path, token: str, **environ: str) -> Iterator[tuple[int, int]]:
    """Give port and Java's process of Apache Spark's own server; keywords go into its environment."""
    with subprocess.Popen(
        [sys.executable, _STARTER, folder],
        env=os.environ | {"TOKEN": token} | environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        port, java = child.stdout.readline().split()
        yield int(port), int(java)
        child.communicate()


@contextmanager
def server_of_version(version: str) -> Iterator[str]:
    """Give the address of a server that says it is of this version."""
    server = grpc.server(ThreadPoolExecutor(4))
    add_SparkConnectServiceServicer_to_server(_OtherVersion(version), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"sc://localhost:{port}"
    finally:
        server.stop(None).wait()


@contextmanager
def behind_tls(port: int, folder: Path) -> Iterator[tuple[int, Path]]:
    """Give the port of a TLS front of `localhost:port`, and the certificate to trust."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2"])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening, context, port), daemon=True).start()
        yield listening.getsockname()[1], certificate


@contextmanager
def sail_for_this_user(folder: Path) -> Iterator[int]:
    """Give the port of a Sail that lets in nobody else: each connection has a server of its own behind it."""
    servers: list[SailServer] = []
    ends = ExitStack()

    def serve() -> None:
        with suppress(OSError):  # the listening socket is closed
            while True:
                near = ends.enter_context(listening.accept()[0])
                if not _is_ours(near):
                    near.close()
                    continue
                servers.append(SailServer(folder))
                far = ends.enter_context(socket.socket(socket.AF_UNIX))
                with servers[-1].single_connection() as path:
                    far.connect(path)
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
    ends.close()
    for server in servers:
        server.stop()


def _is_ours(near: socket.socket) -> bool:
    """Whether the other end is a process of this user, as the kernel's table says."""
    try:
        ends = [f":{end[1]:04X}" for end in (near.getpeername(), near.getsockname())]
    except OSError:  # it is gone already, as after a look whether somebody is there
        return False
    # A table that changes while it is read may lack a row.
    return any(_owner(*ends) == os.getuid() for _ in range(_LOOKS))


def _owner(local: str, remote: str) -> int | None:
    """User id of the socket between two ports. A port alone may be that of several connections."""
    # gRPC's sockets are of IPv6, whatever they connect to.
    tables = [
        Path(f"/proc/net/{each}").read_text(encoding="ascii").splitlines()[1:] for each in ("tcp", "tcp6")
    ]
    rows = [line.split() for line in chain(*tables)]
    owners = [int(row[7]) for row in rows if row[1].endswith(local) and row[2].endswith(remote)]
    return owners[0] if len(owners) == 1 else None


def _accept(listening: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):  # the listening socket is closed
        while True:
            plain, _ = listening.accept()
            threading.Thread(target=_serve, args=(plain, context, port), daemon=True).start()


def _serve(plain: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with (
        suppress(OSError),
        context.wrap_socket(plain, server_side=True) as near,
        socket.create_connection(("127.0.0.1", port)) as far,
    ):
        threading.Thread(target=_pass_on, args=(far, near), daemon=True).start()
        _pass_on(near, far)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_RDWR)
