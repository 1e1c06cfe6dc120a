"""A certificate authority of the tests, with certificates that live for a day."""

import ssl
import subprocess
from pathlib import Path


class Authority:
    """Makes certificates in a folder; `path` is its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self.path = folder / f"{name}.pem"
        self._make(self.path, name)

    def _make(self, path: Path, name: str, *options: str | Path) -> Path:
        key = self._folder / f"{name}.key"
        command: list[str | Path] = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
        command += ["ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", *options]
        subprocess.run([*command, "-keyout", key, "-out", path], check=True, capture_output=True)
        key.chmod(0o600)
        return key

    def issue(self, name: str, days: int = 1) -> tuple[Path, Path]:
        """Certificate and key for a name."""
        path = self._folder / f"{name}.pem"
        signed = ("-CA", self.path, "-CAkey", self._folder / f"{self._name}.key", "-days", str(days))
        extension = ("-addext", f"subjectAltName=DNS:{name}", "-addext", "basicConstraints=critical,CA:FALSE")
        return path, self._make(path, name, *signed, *extension)

    def client(self, identity: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        """The TLS of a sender who trusts this authority; `identity`: its own certificate and key."""
        context = ssl.create_default_context(cafile=self.path)
        if identity is not None:
            context.load_cert_chain(*identity)
        return context
