"""What another user of the machine reaches of a secured stack; run as a program, it becomes user nobody.

Stdin holds an `Asked` as JSON: all that an attacker could know, and the secrets, which are only looked for.
Stdout is a JSON object of lists of what was reached; all of them should be empty.
"""

import json
import os
import pwd
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from healthtrends.devstack.hdfs_kerberos import CLIENT
from healthtrends.devstack.kerberos import REALM, client_conf
from tests.real import second_user
from tests.secured import block_probe, ticket_probe
from tests.secured.block_probe import Block

_BLIND = {"enable.ssl.certificate.verification": "false"}
_GUESS = {"sasl.mechanism": "PLAIN", "sasl.username": CLIENT, "sasl.password": CLIENT}
# By default the client tries a server that hangs up for minutes.
_ONCE = {"dfs.client.failover.max.attempts": "1", "dfs.client.failover.sleep.max.millis": "100"}
LOGINS = (
    {},
    {"security.protocol": "SASL_PLAINTEXT", **_GUESS},
    {"security.protocol": "SSL", **_BLIND},
    {"security.protocol": "SASL_SSL", **_BLIND, **_GUESS},
)


class Asked(msgspec.Struct, kw_only=True):
    """Where the stack is; `ports` are all of NameNode and DataNode, `kafka` all of Kafka."""

    home: str
    owner: str
    secrets: list[str]
    broker: str
    kafka: list[int]
    ports: list[int]
    hdfs: str
    hdfs_client: dict[str, str]
    kdc: int
    datanode: int
    block: Block
    content: str


def probes(asked: Asked) -> dict[str, Callable[[], list[str]]]:
    """What is tried, by name."""
    return {
        "files": lambda: second_user.files(asked.home),
        "command lines": lambda: [p for s in asked.secrets for p in second_user.command_lines(s)],
        **{
            f"topics {number}": lambda login=login: second_user.topics(asked.broker, login)
            for number, login in enumerate(LOGINS)
        },
        "answers of Kafka": lambda: [a for port in asked.kafka for a in second_user.answers(port)],
        "answers of Kafka over TLS": lambda: [
            a for port in asked.kafka for a in second_user.answers(port, secure=True)
        ],
        "pages": lambda: [page for port in asked.ports for page in second_user.pages(port)],
        "calls": lambda: list(_calls(asked)),
        "blocks": lambda: _blocks(asked),
        "tickets": lambda: _tickets(asked),
    }


def _calls(asked: Asked) -> Iterator[str]:
    """HDFS calls under every name that has rights there; then as Kerberos wants it, without a ticket."""
    for name in ("nobody", asked.owner, CLIENT):
        os.environ["HADOOP_USER_NAME"] = name
        for call in second_user.calls(asked.hdfs, _ONCE, "RPC listener disconnected"):
            yield f"as {name}: {call}"
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
        conf.write(client_conf(asked.kdc))
        conf.flush()
        os.environ["KRB5_CONFIG"] = conf.name
        for call in second_user.calls(asked.hdfs, {**asked.hdfs_client, **_ONCE}, "No Kerberos credentials"):
            yield f"by Kerberos: {call}"


def _blocks(asked: Asked) -> list[str]:
    found = block_probe.reply(asked.datanode, asked.block)
    return ["content of a block"] if asked.content.encode() in found else []


def _tickets(asked: Asked) -> list[str]:
    return [
        name
        for name in (CLIENT, "nn/localhost", "dn/localhost", asked.owner)
        if ticket_probe.answer(asked.kdc, name, REALM)[0] != ticket_probe.ERROR
    ]


def main() -> None:
    """Become nobody, look, tell."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    for name in [name for name in os.environ if name.startswith("KRB5")]:
        del os.environ[name]
    tried = probes(asked)
    with ThreadPoolExecutor(len(tried)) as pool:
        found = dict(zip(tried, pool.map(lambda probe: probe(), tried.values()), strict=True))
    found["user"] = [Path(f"/proc/{os.getpid()}").owner()]
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main()
