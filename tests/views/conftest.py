"""A real browser for the pages and pictures that the tool makes."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


class Browser:
    """A window of a headless Chromium."""

    def __init__(self, driver: webdriver.Chrome, logs: Sequence[str]) -> None:
        self.driver = driver
        self.logs = logs

    def show(self, width: int = 1400, scheme: str = "light") -> None:
        """Set the window's width and the colour scheme that the reader prefers."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a file anew; logs begin with it."""
        if self.driver.current_url.startswith(path.as_uri()):
            self.driver.get("about:blank")  # from one fragment to another nothing would be loaded
        for kind in self.logs:
            self.driver.get_log(kind)
        self.driver.get(path.as_uri() + fragment)

    def js(self, script: str, *args: Any) -> Any:
        """Return what a script returns."""
        return self.driver.execute_script(script, *args)

    def find(self, selector: str) -> WebElement:
        """Return the first element that a CSS selector names."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """Return an element's text, line breaks as they show."""
        return self.find(selector).text

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression is true."""
        WebDriverWait(self.driver, 10, poll_frequency=0.02).until(lambda _: self.js(f"return {condition}"))

    def console(self) -> list[str]:
        """Return what the console complained about since the page was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that a `watched` window asked for since the page was opened."""
        entries = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [entry["params"] for entry in entries if entry["method"] == "Network.requestWillBeSent"]
        return [params["request"]["url"] for params in sent]


@contextmanager
def start_chromium(folder: Path, *logs: str) -> Iterator[Browser]:
    """Start a Chromium that keeps some logs, or skip the test where there is none."""
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("no browser here: install chromium and chromium-driver to run this test")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", dict.fromkeys(logs, "ALL"))
    window = webdriver.Chrome(options=options, service=Service(driver))
    yield Browser(window, logs)
    window.quit()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start one Chromium for nearly all tests."""
    with start_chromium(tmp_path_factory.mktemp("chromium"), "browser") as browser:
        yield browser


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start a Chromium that says what it asks for, which makes every page slower."""
    with start_chromium(tmp_path_factory.mktemp("chromium"), "browser", "performance") as browser:
        browser.show()
        yield browser


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """Return a wide, light window."""
    chromium.show()
    return chromium


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> str:
    """Return the source of axe-core, which judges accessibility; npm fetches it once."""
    assert request.config.cache is not None
    folder = request.config.cache.mkdir("axe-core")
    source = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not source.exists():
        if not (npm := shutil.which("npm")):
            pytest.skip("no npm here: install it to judge the page's accessibility")
        command = [
            npm,
            "install",
            "--prefix",
            str(folder),
            "--no-save",
            "--no-audit",
            "--no-fund",
            "axe-core@4",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            pytest.skip(f"npm could not fetch axe-core: {done.stderr[-200:]}")
    return source.read_text(encoding="utf-8")
