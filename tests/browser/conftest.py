"""Fixtures of the browser tests: one Chromium and one server of each front end for the run, a page for each test."""

import itertools
import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Route, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.kernels import kernel_version
from tests.browser.page import ARTIFACTS, NotebookPage, write_notebook
from tests.browser.server import FrontEnd, JupyterServer

CHROMIUM_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
]
LOCAL_HOSTS = ("127.0.0.1", "localhost")
WINDOW = {"width": 1400, "height": 1000}

OpenNotebook = Callable[..., NotebookPage]


def pytest_report_header() -> list[str]:
    """Say which browser is used and where the pictures go."""
    return [f"browser: {find_chromium()}", f"kernel: ipykernel {kernel_version()}", f"pictures: {ARTIFACTS}"]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's synchronous face; pytest-asyncio must not run in the same process."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[BrowserContext]:
    """The system's Chromium with an empty profile; requests that leave the machine are refused and kept in a list."""
    arguments = list(CHROMIUM_ARGUMENTS)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to run as root with its sandbox
    with tempfile.TemporaryDirectory(prefix="binance_nb_chromium_", ignore_cleanup_errors=True) as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=find_chromium(), headless=True, args=arguments, viewport=WINDOW
        )
        yield context
        context.close()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[FrontEnd], JupyterServer]]:
    """A function that gives the server of a front end, started when first asked for."""
    running: dict[FrontEnd, JupyterServer] = {}

    def server_of(front_end: FrontEnd) -> JupyterServer:
        if front_end not in running:
            folder = tmp_path_factory.mktemp(f"{front_end}_server")
            running[front_end] = JupyterServer(front_end, folder)
        return running[front_end]

    yield server_of
    for server in running.values():
        server.close()


@pytest.fixture
def outside_requests(browser: BrowserContext) -> Iterator[list[str]]:
    """The addresses outside this machine that pages asked for; a test that leaves any here fails."""
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    def is_outside(url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL_HOSTS

    browser.route(is_outside, refuse)
    yield asked
    browser.unroute(is_outside, refuse)
    assert not asked, f"the page asked for addresses outside this machine: {asked}"


class LabPage:
    """The page in which JupyterLab stays open over the run: a new tab in it costs a second, a new page five."""

    def __init__(self, browser: BrowserContext) -> None:
        self._browser = browser
        self._page: Page | None = None

    def get(self) -> Page:
        """The page, a new one if the last was thrown away."""
        if self._page is None or self._page.is_closed():
            self._page = self._browser.new_page()
        return self._page

    def throw_away(self) -> None:
        """Close the page: a test failed in it, and the next one shall not inherit what it left."""
        if self._page is not None:
            self._page.close()
            self._page = None


@pytest.fixture(scope="session")
def lab_page(browser: BrowserContext) -> LabPage:
    """The page of JupyterLab for the run."""
    return LabPage(browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Leave on the test how each of its phases ended, for fixtures that clean up after a failure."""
    report = yield
    setattr(item, f"report_{report.when}", report)
    return report


@pytest.fixture
def open_notebook(
    browser: BrowserContext,
    lab_page: LabPage,
    servers: Callable[[FrontEnd], JupyterServer],
    outside_requests: list[str],
    request: pytest.FixtureRequest,
) -> Iterator[OpenNotebook]:
    """A function that opens a notebook of the given code cells, in JupyterLab unless told otherwise."""
    opened: list[NotebookPage] = []
    numbers = itertools.count(1)

    def open_it(*cells: str, front_end: FrontEnd = "lab") -> NotebookPage:
        server = servers(front_end)
        stem = "".join(letter if letter.isalnum() else "_" for letter in request.node.name)[:60]
        name = write_notebook(server, f"{stem}_{next(numbers)}.ipynb", list(cells))
        notebook = NotebookPage(lab_page.get() if front_end == "lab" else browser.new_page(), server, name)
        opened.append(notebook)
        return notebook.open()

    yield open_it
    passed = getattr(getattr(request.node, "report_call", None), "passed", False)
    for notebook in opened:
        notebook.close()
        if notebook.server.front_end != "lab":
            notebook.page.close()
    if not passed:
        lab_page.throw_away()


@pytest.fixture
def artifacts() -> Path:
    """The folder of the pictures."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS
