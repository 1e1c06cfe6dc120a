"""A Spark standalone cluster from the PySpark wheel's own scripts, on loopback, behind a secret.

Each daemon is a child of the tests with a log and a work folder of its own, and ends by its pid.
"""

import os
import secrets
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil

from healthtrends.devstack.free_ports import LOOPBACK, free_ports
from tests.cluster.web import told
from tests.faults.sandbox import wait_until

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Java's first compiler alone: for what lives a minute it halves the processor time."""
EXECUTOR = "CoarseGrainedExecutorBackend"


class Worker:
    """One worker of one core and one GiB, and the executors it started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def executors(self) -> list[psutil.Process]:
        """Java processes that run tasks for it now."""
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(self._process.pid).children(recursive=True)
            return [each for each in children if _runs(each, EXECUTOR)]
        return []

    def executor_numbers(self) -> set[str]:
        """The numbers by which the driver knows them."""
        return {_after("--executor-id", each.cmdline()) for each in self.executors()}

    def kill(self) -> None:
        """End it and its executors as a power cut would."""
        doomed = self.executors()
        self._process.kill()
        for each in doomed:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it in order; its executors end with it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


class Standalone:
    """A master and its workers; `folder` gets their logs and work."""

    def __init__(self, folder: Path, java_home: Path) -> None:
        self._folder = folder
        self._java_home = java_home
        self._port, self._web = free_ports(2)
        self.access = {"spark.authenticate": "true", "spark.authenticate.secret": secrets.token_hex(16)}
        """What a driver has to say to be let in."""
        self._access = folder / "access.conf"
        self._access.touch(mode=0o600)
        self._access.write_text("".join(f"{key} {value}\n" for key, value in self.access.items()))
        self.workers: list[Worker] = []
        self._master: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For `--master`."""
        return f"spark://{LOOPBACK}:{self._port}"

    def start(self, workers: int) -> None:
        """Return when this many workers are registered."""
        self._master = self._daemon("master.Master", "--port", self._port, "--webui-port", self._web)
        wait_until(lambda: self._alive() is not None)
        self.add(workers)

    def add(self, workers: int, host: str = LOOPBACK) -> None:
        """Start more workers, which call themselves `host`, and return when the master knows them."""
        wanted = (self._alive() or 0) + workers
        work = self._folder / "work"
        for _ in range(workers):
            daemon = self._daemon(
                "worker.Worker",
                "--host",
                host,
                "--webui-port",
                0,
                "--cores",
                1,
                "--memory",
                "1g",
                "--work-dir",
                work,
                self.url,
            )
            self.workers.append(Worker(daemon))
        wait_until(lambda: self._alive() == wanted)

    def stop(self) -> None:
        """End all daemons."""
        for worker in self.workers:
            worker.stop()
        if self._master is not None:
            self._master.terminate()
            self._master.wait(20)

    def _alive(self) -> int | None:
        """Workers that the master counts on; None when it does not answer yet."""
        state = told(self._web, "/json/")
        return None if state is None else int(state["aliveworkers"])

    def _daemon(self, name: str, *arguments: object) -> subprocess.Popen[bytes]:
        spec = find_spec("pyspark")
        assert spec is not None
        assert spec.origin is not None
        home = Path(spec.origin).parent
        script = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{name}", "--host", LOOPBACK]
        script += ["--properties-file", self._access]
        environ = {name: text for name, text in os.environ.items() if not name.startswith("SPARK_")} | {
            "SPARK_HOME": str(home),
            "JAVA_HOME": str(self._java_home),
            "SPARK_LOCAL_IP": LOOPBACK,
            "SPARK_LAUNCHER_OPTS": QUICK,
            "SPARK_DAEMON_MEMORY": "256m",
            # The master's second door, for submissions over HTTP, is on a fixed port.
            "SPARK_DAEMON_JAVA_OPTS": f"{QUICK} -Dspark.master.rest.enabled=false",
        }
        with (self._folder / f"{name}-{len(self.workers)}.log").open("wb") as log:
            return subprocess.Popen(
                [*map(str, script), *map(str, arguments)],
                cwd=self._folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def _runs(process: psutil.Process, name: str) -> bool:
    try:
        return any(name in word for word in process.cmdline())
    except psutil.Error:
        return False


def _after(option: str, words: list[str]) -> str:
    return words[words.index(option) + 1]
