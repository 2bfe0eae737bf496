"""`binance-nb lab`: the README's first command leaves a person in JupyterLab with the quickstart ready to run."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.page import NotebookPage
from tests.browser.server import free_port

START_TIMEOUT_S = 60
ADDRESS = re.compile(
    r"(http://127\.0\.0\.1:\d+/lab)/tree/(\S+?)\?token=(\w+)|(http://127\.0\.0\.1:\d+/lab)\?token=(\w+)"
)


class Lab:
    """What the command started, as NotebookPage wants to know it."""

    def __init__(self, log: Path, process: subprocess.Popen[bytes]) -> None:
        self.log = log
        self.process = process

    def url_of(self, name: str) -> str:
        """The address of a notebook, with its token."""
        found = ADDRESS.search(self.log.read_text(encoding="utf-8"))
        assert found is not None
        base, token = (found[1], found[3]) if found[1] else (found[4], found[5])
        return f"{base}/tree/{name}?token={token}&reset"

    def log_tail(self, length: int) -> str:
        """The end of what it said."""
        return self.log.read_text(encoding="utf-8")[-length:]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """The command, running with Jupyter settings of its own."""
    settings = tmp_path / "config"
    settings.mkdir()
    (settings / "jupyter_server_config.py").write_text("c.LabApp.expose_app_in_browser = True\n", encoding="utf-8")
    environ = dict(
        os.environ, HOME=str(tmp_path), JUPYTER_CONFIG_DIR=str(settings), IPYTHONDIR=str(tmp_path / "ipython")
    )
    log = tmp_path / "lab.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "binance_nb.cli", "lab", "--no-browser", "--port", str(free_port())],
            stdout=out,
            stderr=out,
            env=environ,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,
        )
    started = Lab(log, process)
    try:
        give_up = time.monotonic() + START_TIMEOUT_S
        while not ADDRESS.search(log.read_text(encoding="utf-8")):
            assert process.poll() is None, started.log_tail(2000)
            assert time.monotonic() < give_up, started.log_tail(2000)
            time.sleep(0.1)
        yield started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def test_the_quickstart_runs_from_top_to_bottom_in_the_lab_that_the_command_opens(
    lab: Lab, browser: BrowserContext, outside_requests: list[str]
) -> None:
    page = NotebookPage(browser.new_page(), lab, "01_quickstart.ipynb").open()
    page.run_all()
    assert "A sandbox runs at http://127.0.0.1:" in lab.log_tail(100_000)
    sandbox = re.search(r"A sandbox runs at (http://[\d.:]+)", lab.log_tail(100_000))[1]
    expect(
        page.page.locator(".jp-OutputArea-output").filter(has_text=f"BinanceClient sandbox {sandbox}")
    ).to_be_visible()
    expect(page.page.locator(".jp-OutputArea").get_by_text("Order ticket")).to_be_visible()
    page.picture("quickstart_in_the_lab")
    page.page.close()
