"""What the servers of a cluster tell programs over their web pages."""

import json
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any

from healthtrends.devstack.free_ports import LOOPBACK


def told(port: int, path: str) -> Any:  # noqa: ANN401  any JSON
    """The answer to a GET on loopback, None when there is none yet."""
    connection = HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return json.loads(answer.read()) if answer.status == HTTPStatus.OK else None
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
