"""`binance-nb lab`: a sandbox, and JupyterLab on the quickstart with everything set to use it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from binance_nb.errors import ConfigError

QUICKSTART = "01_quickstart.ipynb"
COPY_TO = "binance-notebooks"


def notebooks_folder() -> Path:
    """Return where the notebooks are: in a clone beside the package, else a copy in the working folder."""
    in_clone = Path(__file__).resolve().parents[2] / "notebooks"
    if (in_clone / QUICKSTART).exists():
        return in_clone
    shipped = Path(sys.prefix) / "share" / "binance-nb" / "notebooks"
    if not (shipped / QUICKSTART).exists():
        raise ConfigError(f"the notebooks are not where they belong, in {shipped}; install binance-nb again")
    copy = Path.cwd() / COPY_TO
    if not copy.exists():
        shutil.copytree(shipped, copy)
    return copy


def lab(*, seed: int = 7, port: int = 8888, browser: bool = True) -> int:
    """Start a sandbox and JupyterLab; return JupyterLab's exit code. Ctrl-C ends both."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise ConfigError('JupyterLab is not installed: pip install "binance-nb[lab]"')
    from binance_nb.sandbox import Sandbox

    folder = notebooks_folder()
    with Sandbox.start(seed=seed) as sandbox:
        environ = {
            **os.environ,
            "BINANCE_SANDBOX_URL": sandbox.rest_url,
            "BINANCE_SANDBOX_API_KEY": sandbox.api_key.get_secret_value(),
            "BINANCE_SANDBOX_API_SECRET": sandbox.api_secret.get_secret_value(),
        }
        print(f"A sandbox runs at {sandbox.rest_url}; `BinanceClient.sandbox()` in a notebook joins it.", flush=True)
        command = [sys.executable, "-m", "jupyterlab", str(folder / QUICKSTART), f"--ServerApp.port={port}"]
        if not browser:
            command.append("--no-browser")
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        process = subprocess.Popen(command, env=environ)  # noqa: S603 - our own interpreter and arguments
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            return process.wait()
