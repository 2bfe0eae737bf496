"""Starts a JupyterLab or Notebook server with fresh folders, and asks it things over HTTP."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from tests.browser.kernels import offer_kernel

FrontEnd = Literal["lab", "notebook"]
START_TIMEOUT_S = 60
LAB_ARGUMENTS = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--LabApp.expose_app_in_browser=True",
)
NOTEBOOK_ARGUMENTS = ("--JupyterNotebookApp.expose_app_in_browser=True",)


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class JupyterServer:
    """A server process of one front end, with the notebooks it serves in `.notebooks`."""

    def __init__(self, front_end: FrontEnd, folder: Path, *, theme: str = "JupyterLab Light") -> None:
        self.front_end = front_end
        self.notebooks = folder / "notebooks"
        self.log = folder / "server.log"
        self._token = secrets.token_hex(16)
        self._port = free_port()
        environment = self._fresh_environment(folder, theme)
        command = [sys.executable, "-m", "jupyter", front_end, "--no-browser", "--allow-root"]
        command += [
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self._port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={self._token}",
            f"--ServerApp.root_dir={self.notebooks}",
            *(LAB_ARGUMENTS if front_end == "lab" else NOTEBOOK_ARGUMENTS),
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._wait_until_up()
        except BaseException:
            self.close()
            raise

    def _fresh_environment(self, folder: Path, theme: str) -> dict[str, str]:
        """The environment of the server: nothing of the user's own Jupyter settings reaches it."""
        self.notebooks.mkdir(parents=True)
        environment = dict(os.environ)
        for variable in (
            "HOME",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "IPYTHONDIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
        ):
            place = folder / variable.lower()
            place.mkdir()
            environment[variable] = str(place)
        settings = Path(environment["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))
        manager = Path(environment["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyter-widgets" / "jupyterlab-manager"
        manager.mkdir(parents=True)
        (manager / "plugin.jupyterlab-settings").write_text('{"saveState": true}')
        # The kernel must find the working copy that is under test, also where it is not installed.
        root = Path(__file__).resolve().parents[2]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), environment.get("PYTHONPATH", "")]))
        environment["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
        environment["JUPYTER_PATH"] = str(folder / "jupyter_path")
        offer_kernel(folder / "jupyter_path", environment["PYTHONPATH"])
        return environment

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                self.ask("/api/status")
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"the {self.front_end} server did not start; its log:\n{self.log_tail()}")

    def log_tail(self, characters: int = 4000) -> str:
        """The end of what the server wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-characters:] if self.log.exists() else ""

    def ask(self, path: str) -> Any:
        """The JSON answer of the server to a GET."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", headers={"Authorization": f"token {self._token}"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def url_of(self, notebook: str) -> str:
        """The address that opens a notebook in this front end."""
        place = f"lab/tree/{notebook}" if self.front_end == "lab" else f"notebooks/{notebook}"
        reset = "&reset" if self.front_end == "lab" else ""
        return f"http://127.0.0.1:{self._port}/{place}?token={self._token}{reset}"

    def close(self) -> None:
        """Stop the server; it takes its kernels along."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def __enter__(self) -> "JupyterServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
