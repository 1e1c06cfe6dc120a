"""Whether a cluster answers at all, asked before anything starts.

Spark itself waits a minute for a standalone master that is not there, and its client ten.
"""

import re
import socket

from healthtrends.errors import ConfigError, DependencyDown

_CONNECT_PORT = 15002
_SECONDS = 5.0
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:/;,]+)(?::(?P<port>\d{1,5}))?$")


def must_answer(url: str, what: str) -> None:
    """Connect to one of `scheme://host:port[,host:port][/;...]`, and let go again.

    Raises DependencyDown that names host and port, never what follows them: it may be a token.
    Raises ConfigError when no address can be read from the URL.
    """
    causes = []
    for address in url.partition("://")[2].partition("/")[0].split(","):
        found = _ADDRESS.match(address)
        if found is None:
            raise ConfigError(f"the address of {what} cannot be read", "", "write it as scheme://host:port")
        host, port = found["host"].strip("[]"), int(found["port"] or _CONNECT_PORT)
        try:
            socket.create_connection((host, port), _SECONDS).close()
        except OSError as error:
            causes.append(f"{host}:{port}: {error.strerror or error}")
        else:
            return
    raise DependencyDown(
        f"{what} does not answer", "; ".join(causes), "check `engine.master` and the cluster"
    )
