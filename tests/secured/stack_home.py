"""The home of a local stack, and commands for it as a user types them: without any setting of Kerberos."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from healthtrends.config import cache
from healthtrends.devstack.stack import LocalStack, StackAddresses
from tests.faults.sandbox import Run


class Home:
    """The home of one stack below a folder, which need not be started."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "home"
        self.stack = LocalStack(self.path, cache())

    def __call__(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command under a mask that hides nothing."""
        return subprocess.run(
            _command(arguments),
            env=self._environ | environ,
            cwd=self.path.parent,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            umask=0o000,
        )

    def start(self, *arguments: str, **environ: str) -> Run:
        """Start a command, and go on."""
        return Run(_command(arguments), self.path.parent, self._environ | environ)

    @property
    def addresses(self) -> StackAddresses:
        """Where it answers."""
        found = self.stack.status().addresses
        assert found is not None
        return found

    def listening(self, *names: str) -> list[int]:
        """Ports of these servers."""
        servers = self.stack.status().servers
        return sorted(
            each.laddr.port
            for name in names
            for each in psutil.Process(servers[name]).net_connections()
            if each.status == psutil.CONN_LISTEN
        )

    def kill(self, name: str) -> None:
        """End a server as a crash would; it is gone on return."""
        process = psutil.Process(self.stack.status().servers[name])
        process.kill()
        process.wait(30)

    @property
    def _environ(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KRB5")}
        return {**clean, "HEALTHTRENDS_HOME": str(self.path)}


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "healthtrends.cli", *arguments]
