"""State of a stack that it keeps from one start to the next: ports, cluster id and password of Kafka, kind.

Kafka may move to another port, its clients learn it from `up`. The NameNode may not once it
holds files: its port is part of the address that the pipeline's records of its files stand under.
"""

import secrets
from collections.abc import Collection
from pathlib import Path

import msgspec

from healthtrends.devstack import free_ports
from healthtrends.devstack.atomic_files import write_whole
from healthtrends.devstack.kafka import new_cluster_id
from healthtrends.errors import DependencyDown


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Chosen at the first start and kept; all ports are of loopback.

    `kafka_password` is empty in a home of a version whose Kafka asked for none.
    """

    broker_port: int
    controller_port: int
    namenode_port: int
    datanode_port: int = msgspec.field(name="http_port")
    """Stored under the name of the web server's port in older versions; there is no such server any more."""
    cluster_id: str
    kafka_password: str = ""
    kdc_port: int = 0
    """0 before the first start with Kerberos."""
    secure: bool = False
    """Kerberos for HDFS, TLS for Kafka; a stack stays so until it is told otherwise."""


OWNERS = {
    "broker_port": ("kafka", "Kafka"),
    "controller_port": ("kafka", "Kafka's controller"),
    "namenode_port": ("namenode", "HDFS"),
    "datanode_port": ("datanode", "the DataNode of HDFS"),
    "kdc_port": ("kdc", "Kerberos"),
}
"""Port -> the server that listens on it, and its name in messages."""
PATIENCE = 1.0  # seconds for the port of a server that has just ended
NONE = State(broker_port=0, controller_port=0, namenode_port=0, datanode_port=0, cluster_id="")


_STATE = msgspec.json.Decoder(State)


def load(folder: Path) -> State | None:
    """The state of the stack in this folder, None before its first start."""
    try:
        return _STATE.decode((folder / "state.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except msgspec.DecodeError as error:
        raise DependencyDown(
            f"{folder / 'state.json'} cannot be read",
            str(error),
            "restore it, or start anew with `healthtrends down --purge`, which removes the stack's data",
        ) from error


def save(folder: Path, state: State) -> State:
    """Keep it; gives it back."""
    write_whole(folder / "state.json", msgspec.json.format(msgspec.json.encode(state)))
    return state


def chosen(*, secure: bool) -> State:
    """Free ports and a new cluster id."""
    broker, controller, namenode, datanode, kdc = free_ports.free_ports(5)
    return State(
        broker_port=broker,
        controller_port=controller,
        namenode_port=namenode,
        datanode_port=datanode,
        cluster_id=new_cluster_id(),
        kafka_password=new_password(),
        kdc_port=kdc if secure else 0,
        secure=secure,
    )


def changed(state: State, *, secure: bool) -> State:
    """The same stack of another kind; with a new password, the old one was seen by another kind of client."""
    kdc = state.kdc_port or (free_ports.free_ports(1)[0] if secure else 0)
    return msgspec.structs.replace(state, secure=secure, kdc_port=kdc, kafka_password=new_password())


def new_password() -> str:
    """32 random bytes as hex: no character that a configuration file would have to escape."""
    return secrets.token_hex(32)


def moved(state: State, down: Collection[str], *, holds_files: bool) -> tuple[State, list[str]]:
    """The state with free ports for the servers to be started, and a line for each that changed.

    `down` names these servers, `holds_files` says whether HDFS was used before.
    Raises DependencyDown naming the port when the NameNode's is taken and must not change.
    """
    if "namenode" in down and holds_files and not free_ports.is_free(state.namenode_port, PATIENCE):
        raise DependencyDown(
            f"port {state.namenode_port} of the local HDFS is taken by another program",
            "files in HDFS are known under this port, so it cannot change",
            f"stop what listens on {free_ports.LOOPBACK}:{state.namenode_port}, then run the command again",
        )
    taken = [
        field
        for field, (server, _) in OWNERS.items()
        if server in down and not free_ports.is_free(getattr(state, field), PATIENCE)
    ]
    fresh = dict(zip(taken, free_ports.free_ports(len(taken)), strict=True))
    lines = [
        f"port {getattr(state, field)} is taken by another program: {OWNERS[field][1]} moves to {port}"
        for field, port in fresh.items()
    ]
    found = msgspec.structs.replace(state, **fresh)
    if "broker_port" in fresh:
        # Whoever has the port now may have been sent the password by a client that took them for Kafka.
        found = msgspec.structs.replace(found, kafka_password=new_password())
    return found, lines
