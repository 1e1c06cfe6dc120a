"""All engines in one process: Sail, Spark in one Java, and a Connect client of that Java.

A driver of Spark offers Connect to whoever has its token, so the server that `connect` needs is there when
`spark` is; a second Java would cost these tests a third of their time. So that it is a server of somebody
else all the same, its session is set up differently, and it keeps no frames.
"""

from pathlib import Path

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.adapters.engines.spark import SparkEngine
from healthtrends.analyze.ports import Engine
from healthtrends.devstack.java import find_java, spark_java_home

NAMES = ("embedded", "spark", "connect")
ZONE = "America/St_Johns"
"""Where Spark's machine believes to be: 3.5 hours from UTC."""
JAVA = f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Duser.timezone={ZONE}"
"""Java's quick compiler halves the time of short work."""
MEMORY = 2 * 1024**3
"""Bytes for the embedded engine's queries, on whatever machine this is."""
THEIRS = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""How the sessions of `connect` differ: no plan is changed while it runs, and no code is compiled."""


class Engines:
    """Opens each engine when it is first asked for; close it when done."""

    def __init__(self, folder: Path) -> None:
        """Work in `folder`."""
        self._folder = folder
        self._open: dict[str, Engine] = {}

    def __getitem__(self, name: str) -> Engine:
        """One of NAMES, started."""
        if name not in self._open:
            self._open[name] = open_engine(self._options(name))
            session = self._open[name].session()
            for key, value in THEIRS.items() if name == "connect" else ():
                session.conf.set(key, value)
        return self._open[name]

    def close(self) -> None:
        """End all; the client of a server before the server."""
        for name in reversed(NAMES):
            if name in self._open:
                self._open.pop(name).close()

    def _options(self, name: str) -> EngineOptions:
        work = self._folder / name
        if name == "embedded":
            return EngineOptions(work=work, memory=MEMORY)
        if name == "connect":
            return EngineOptions(name=name, master=self._address(), work=work)
        java = spark_java_home(find_java(), self._folder / "java")
        conf = {"spark.driver.extraJavaOptions": JAVA}
        return EngineOptions(name=name, java_home=java, work=work, spark_conf=conf)

    def _address(self) -> str:
        spark = self["spark"]
        assert isinstance(spark, SparkEngine)
        assert spark._driver is not None
        return f"sc://localhost:{spark._driver.port}/;token={spark.session().client.token}"
