"""A Spark Connect server that is older than the client, from locked jars that only these tests fetch."""

from pathlib import Path

import msgspec

from healthtrends.config import cache
from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack.free_ports import LOOPBACK, free_ports, is_listening
from healthtrends.devstack.java import JavaHome
from healthtrends.devstack.process import Server, wait_ready

START = 120.0
_LOCK = Path(__file__).with_name("connect.lock.json")
_OPENS = (
    "java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.util",
    "java.util.concurrent", "java.util.concurrent.atomic", "sun.nio.ch", "sun.nio.cs", "sun.security.action",
    "sun.util.calendar",
)  # fmt: skip
JVM = (
    "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true",
    *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENS),
)  # fmt: skip


class OldConnect:
    """A server on loopback whose driver computes by itself."""

    def __init__(self, folder: Path, java: JavaHome) -> None:
        self._folder, self._java = folder, java
        self._port = free_ports(1)[0]
        self._server = Server("connect", folder)

    @property
    def url(self) -> str:
        """For `--master`."""
        return f"sc://localhost:{self._port}"

    def start(self) -> None:
        """Fetch what is missing, and return when it listens."""
        jars = msgspec.json.decode(_LOCK.read_bytes(), type=artifacts.Lock)["connect"]
        jar_download.fetch(cache(), {"connect": jars})
        path = ":".join(map(str, artifacts.class_path(cache(), jars)))
        settings = {
            "spark.master": "local[2]",
            "spark.driver.host": LOOPBACK,
            "spark.driver.bindAddress": LOOPBACK,
            "spark.ui.enabled": "false",
            "spark.connect.grpc.binding.address": LOOPBACK,
            "spark.connect.grpc.binding.port": str(self._port),
            "spark.local.dir": str(self._folder / "work"),
            "spark.sql.warehouse.dir": str(self._folder / "warehouse"),
        }
        options = [f"-D{key}={value}" for key, value in settings.items()]
        main = "org.apache.spark.sql.connect.service.SparkConnectServer"
        self._server.start(self._java, [*JVM, *self._server.temp_options, *options, "-cp", path, main])
        wait_ready([self._server], lambda: "" if is_listening(self._port) else "it does not listen", START)

    def stop(self) -> None:
        """End it."""
        self._server.stop()
