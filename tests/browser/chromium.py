"""A real Chromium, driven by selenium over loopback.

chromedriver comes with Chromium (Debian: chromium, chromium-driver); both are named, so nothing is looked for
on the network. Console messages and network requests are read from its logs.
"""

import base64
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

BINARIES = ("chromium", "chromium-browser", "google-chrome", "chrome")
DRIVERS = ("chromedriver", "chromium.chromedriver")
PATIENCE = 30.0
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)
KEYS = {"Enter": Keys.ENTER, "Tab": Keys.TAB, "Down": Keys.DOWN, "Space": " ", "Home": Keys.HOME}


class Chromium:
    """One window."""

    def __init__(self, driver: Chrome) -> None:
        self._driver = driver

    def open(self, address: str) -> None:
        """Go to an address, and wait until it is loaded."""
        self._driver.get(address)

    def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401  any JSON
        """Run the body of a function in the page, and give what it returns."""
        return self._driver.execute_script(script, *arguments)

    def run_async(self, script: str, *arguments: object) -> Any:  # noqa: ANN401  any JSON
        """Run a body that calls its last argument with the answer."""
        return self._driver.execute_async_script(script, *arguments)

    def wait(self, script: str, *arguments: object) -> Any:  # noqa: ANN401  any JSON
        """Wait until the body returns something true, and give it."""
        return until(lambda: self.run(script, *arguments), script)

    def click(self, selector: str) -> None:
        """Click an element as a person does: it must be in sight."""
        self._driver.find_element(By.CSS_SELECTOR, selector).click()

    def type(self, selector: str, text: str) -> None:
        """Type into an element."""
        self._driver.find_element(By.CSS_SELECTOR, selector).send_keys(text)

    def press(self, *keys: str) -> None:
        """Press keys wherever the focus is."""
        ActionChains(self._driver).send_keys(*(KEYS.get(key, key) for key in keys)).perform()

    def devtools(self, command: str, **values: object) -> Any:  # noqa: ANN401  any JSON
        """Call Chromium's own protocol."""
        return self._driver.execute_cdp_cmd(command, values)

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
            for line in self._driver.get_log("browser")
            if line["level"] in ("SEVERE", "WARNING")
        ]

    def requests(self) -> list[str]:
        """Addresses asked for since the last call."""
        lines = self._driver.get_log("performance")
        events = (json.loads(line["message"])["message"] for line in lines)
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Start a driver on a free port and a window; both end with the block. Raises when there is none."""
    service = ChromeService(_program(DRIVERS, "chromium-driver"))
    with tempfile.TemporaryDirectory(prefix="ht-", ignore_cleanup_errors=True) as profile:
        driver = Chrome(_options(Path(profile)), service)
        driver.set_script_timeout(PATIENCE)
        try:
            yield Chromium(driver)
        finally:
            driver.quit()


def _options(profile: Path) -> ChromeOptions:
    """Nothing is remembered from before, and downloads go into the profile."""
    options = ChromeOptions()
    options.binary_location = _program(BINARIES, "chromium")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(profile / "downloads")})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return options


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
