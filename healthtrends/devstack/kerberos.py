"""A Kerberos realm on loopback: the key distribution center of Apache Kerby, no system package.

It keeps its keys in memory: each start makes new ones, writes them to keytabs, and who has an older ticket
asks for another. Keytabs are passwords, one file for each principal, for the owner's eyes only.
"""

import struct
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from healthtrends.devstack.atomic_files import write_whole
from healthtrends.devstack.free_ports import LOOPBACK, is_listening
from healthtrends.devstack.process import Server

REALM = "HT.TEST"
MAIN = "org.apache.hadoop.minikdc.MiniKdc"
JVM = (
    "-Xms32m",
    "-Xmx128m",
    "-XX:+UseSerialGC",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
)
LOG4J = """\
log4j.rootLogger=WARN, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
"""
TICKET_SECONDS = 24 * 3600
_KEYTAB_VERSION = b"\x05\x02"


class Kdc:
    """Configuration, arguments and checks of one center; its files lie in `folder`/kerberos."""

    def __init__(
        self, folder: Path, port: int, principals: Sequence[str], ticket_seconds: int = TICKET_SECONDS
    ) -> None:
        """Principals without a realm, as `nn/localhost`; no ticket lives longer than `ticket_seconds`."""
        self.server = Server("kdc", folder)
        self.krb5_conf = folder / "kerberos" / "krb5.conf"
        """For clients: C libraries by KRB5_CONFIG, Java by `java.security.krb5.conf`."""
        self._home = folder / "kerberos"
        self._port = port
        self._principals = tuple(principals)
        self._ticket_seconds = ticket_seconds

    def configure(self) -> None:
        """Write its configuration and that of its clients; what a center before it left is removed."""
        self._all_keys.unlink(missing_ok=True)
        for principal in self._principals:
            self.keytab(principal).unlink(missing_ok=True)
        write_whole(self.krb5_conf, client_conf(self._port, self._ticket_seconds).encode())
        write_whole(self._home / "conf" / "log4j.properties", LOG4J.encode())
        write_whole(self._properties, _lines(self._settings()))

    def arguments(self, class_path: Sequence[Path]) -> list[str]:
        """Arguments for java to run it."""
        path = ":".join(map(str, [self._home / "conf", *class_path]))
        work = self.server.temp  # its own folder of the day; `krb5.conf` there is not ours
        files = (str(work), str(self._properties), str(self._all_keys))
        return [*JVM, *self.server.temp_options, "-cp", path, MAIN, *files, *self._principals]

    def not_ready(self) -> str:
        """The reason why no ticket can be had yet, "" when every principal has its keytab."""
        if not is_listening(self._port):
            return f"nothing listens on {LOOPBACK}:{self._port}"
        try:
            keys = split_keytab(self._all_keys.read_bytes())
        except (FileNotFoundError, struct.error):
            return "it still makes keys"
        if missing := [name for name in self._principals if name not in keys]:
            return f"no key yet for {missing[0]}"
        for name in self._principals:
            write_whole(self.keytab(name), keys[name])
        return ""

    def keytab(self, principal: str) -> Path:
        """The keytab of one principal, there once the center is ready."""
        return self._home / "keytabs" / f"{principal.partition('/')[0]}.keytab"

    @property
    def _all_keys(self) -> Path:
        return self._home / "all.keytab"

    @property
    def _properties(self) -> Path:
        return self._home / "kdc.properties"

    def _settings(self) -> dict[str, str | int]:
        name, _, domain = REALM.partition(".")
        return {
            "org.name": name,
            "org.domain": domain,
            "instance": "DefaultKrbServer",
            "kdc.bind.address": LOOPBACK,
            "kdc.port": self._port,
            "transport": "TCP",
            "max.ticket.lifetime": self._ticket_seconds * 1000,
            "min.ticket.lifetime": 1,
        }


def client_conf(port: int, ticket_seconds: int = TICKET_SECONDS) -> str:
    """Text of a `krb5.conf` that leads to a center on this port and asks no name server anything."""
    return f"""\
[libdefaults]
  default_realm = {REALM}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
  ticket_lifetime = {ticket_seconds}s
[realms]
  {REALM} = {{
    kdc = {LOOPBACK}:{port}
  }}
[domain_realm]
  localhost = {REALM}
"""


def split_keytab(data: bytes) -> dict[str, bytes]:
    """Keytab of each principal, by its name without the realm, from one that holds several.

    An entry is its length, then the number of name parts, the realm and the parts, each with its length.
    """
    entries: dict[str, list[bytes]] = defaultdict(list)
    at = len(_KEYTAB_VERSION)
    while at < len(data):
        (length,) = struct.unpack_from(">i", data, at)
        entry = data[at : at + 4 + length]
        if len(entry) < 4 + length:
            raise struct.error("cut off")
        entries["/".join(_name_parts(entry))].append(entry)
        at += 4 + length
    return {name: _KEYTAB_VERSION + b"".join(found) for name, found in entries.items()}


def _name_parts(entry: bytes) -> list[str]:
    (count,) = struct.unpack_from(">H", entry, 4)
    at, texts = 6, []
    for _ in range(count + 1):  # the realm is the first
        (length,) = struct.unpack_from(">H", entry, at)
        texts.append(entry[at + 2 : at + 2 + length].decode())
        at += 2 + length
    return texts[1:]


def _lines(settings: Mapping[str, str | int]) -> bytes:
    return "".join(f"{key}={value}\n" for key, value in settings.items()).encode()
