"""A real Chromium, spoken to by the WebDriver protocol over loopback: no library is needed for a dozen calls.

chromedriver comes with Chromium (Debian: chromium, chromium-driver). Console messages and network requests
are read from its performance log.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BINARIES = ("chromium", "chromium-browser", "google-chrome", "chrome")
DRIVERS = ("chromedriver", "chromium.chromedriver")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PATIENCE = 30.0
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)
KEYS = {"Enter": "\ue007", "Tab": "\ue004", "Down": "\ue015", "Space": " ", "Home": "\ue011"}


class Chromium:
    """One window."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = ""

    def begin(self, binary: str, profile: Path) -> None:
        """Open the window, nothing remembered from before, downloads into the profile."""
        arguments = [*FLAGS, f"--user-data-dir={profile}"]
        downloads = {"download.default_directory": str(profile / "downloads")}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": binary, "args": arguments, "prefs": downloads},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        self._session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def end(self) -> None:
        """Close the window."""
        self._call("DELETE", f"/session/{self._session}")

    def open(self, address: str) -> None:
        """Go to an address, and wait until it is loaded."""
        self._do("POST", "/url", {"url": address})

    def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401  any JSON
        """Run the body of a function in the page, and give what it returns."""
        return self._do("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script: str, *arguments: object) -> Any:  # noqa: ANN401  any JSON
        """Run a body that calls its last argument with the answer."""
        return self._do("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def wait(self, script: str, *arguments: object) -> Any:  # noqa: ANN401  any JSON
        """Wait until the body returns something true, and give it."""
        return until(lambda: self.run(script, *arguments), script)

    def click(self, selector: str) -> None:
        """Click an element as a person does: it must be in sight."""
        self._do("POST", f"/element/{self._found(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        """Type into an element."""
        self._do("POST", f"/element/{self._found(selector)}/value", {"text": text})

    def press(self, *keys: str) -> None:
        """Press keys wherever the focus is."""
        actions = [
            {"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")
        ]
        self._do("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def devtools(self, command: str, **values: object) -> Any:  # noqa: ANN401  any JSON
        """Call Chromium's own protocol."""
        return self._do("POST", "/goog/cdp/execute", {"cmd": command, "params": values})

    def resize(self, width: int, height: int) -> None:
        """Be a screen of this size in CSS pixels."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme: str, media: str = "") -> None:
        """Be dark or light; `media` may be print."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.devtools("Emulation.setEmulatedMedia", media=media, features=features)

    def picture(self, file: Path) -> None:
        """Save the whole page as a PNG."""
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self) -> list[str]:
        """Errors and warnings of the console since the last call."""
        return [
            line["message"]
            for line in self._do("POST", "/se/log", {"type": "browser"})
            if line["level"] in ("SEVERE", "WARNING")
        ]

    def requests(self) -> list[str]:
        """Addresses asked for since the last call."""
        lines = self._do("POST", "/se/log", {"type": "performance"})
        events = (json.loads(line["message"])["message"] for line in lines)
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def _found(self, selector: str) -> str:
        found: str = self._do("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]
        return found

    def _do(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401  any JSON
        return self._call(method, f"/session/{self._session}{path}", body)

    def _call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401  any JSON
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, content, method=method)  # noqa: S310  loopback
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE * 3) as answer:  # noqa: S310
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                value = json.load(error)["value"]
            raise AssertionError(f"{value['error']}: {value['message']}") from None


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Start a driver on a free port and a window; both end with the block. Raises when there is none."""
    driver, binary = _program(DRIVERS, "chromium-driver"), _program(BINARIES, "chromium")
    with tempfile.TemporaryDirectory(prefix="ht-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            window = Chromium(f"http://127.0.0.1:{_port(process)}")
            window.begin(binary, Path(profile))
            yield window
            window.end()
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def until(look: Callable[[], Any], what: str) -> Any:  # noqa: ANN401  whatever is looked for
    """Look until there is something to see."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE:g} s in vain for: {what}")
        time.sleep(0.02)
    return found


def _program(names: tuple[str, ...], package: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, f"no {' or '.join(names)} here: install it (Debian, Ubuntu: {package})"
    return os.path.realpath(found) if "driver" in found else found


def _port(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"started successfully on port (\d+)", line):
            return int(found[1])
    raise AssertionError("chromedriver ended at once")
