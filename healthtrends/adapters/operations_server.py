"""The HTTP server of a long process: a few pages for monitors, each made when it is asked for."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, cast

_REQUEST_SECONDS = 10.0
_LOOK_SECONDS = 0.1


class Page(NamedTuple):
    """An answer."""

    content: bytes
    kind: str
    """Media type."""
    status: HTTPStatus = HTTPStatus.OK


Pages = Mapping[str, Callable[[], Page]]
"""By path. A page is made in a thread of its own, so it must not wait for a server."""


class _Server(ThreadingHTTPServer):
    """On a socket that listens already."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listening: socket.socket, pages: Pages) -> None:
        self.pages = pages
        self.address_family = listening.family
        super().__init__(listening.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()  # the one that it made
        self.socket = listening

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that went away is none of our business."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _REQUEST_SECONDS
    server_version = "healthtrends"
    sys_version = ""

    def do_GET(self) -> None:
        page = cast("_Server", self.server).pages.get(self.path.partition("?")[0])
        found = page() if page else Page(b"not found\n", "text/plain", HTTPStatus.NOT_FOUND)
        self.send_response(found.status)
        self.send_header("Content-Type", found.kind)
        self.send_header("Content-Length", str(len(found.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.content)

    do_HEAD = do_GET  # noqa: N815  the name that the base class calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base class
        """Nothing: a scrape every few seconds would fill the log."""


@contextlib.contextmanager
def serving(listening: socket.socket, pages: Pages) -> Iterator[None]:
    """Answer on a socket that listens, until the block ends; closes the socket."""
    server = _Server(listening, pages)
    thread = threading.Thread(
        target=server.serve_forever, args=(_LOOK_SECONDS,), name="operations", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
