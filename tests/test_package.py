"""What importing the package does and does not do, what it exports, and that its version and its pins stand once."""

import importlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import binance_nb

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TOO_HEAVY = ("jupyterlab", "ipywidgets", "anywidget", "IPython", "ipykernel", "matplotlib", "nest_asyncio")
TOO_HEAVY += ("nest_asyncio2", "vcr", "notebook", "playwright")

PROBE = """
import asyncio, json, socket, sys, threading

opened = []
class NoSocket(socket.socket):
    def __init__(self, *arguments, **keywords):
        opened.append(repr(arguments))
        raise RuntimeError("a socket was opened")
plain = socket.socket
socket.socket = NoSocket
tasks = (asyncio.Task, asyncio.run, asyncio.get_event_loop, asyncio.BaseEventLoop.run_until_complete)

import binance_nb

# The names are resolved on first use: what stands behind them must be as quiet as the package itself.
for name in binance_nb.__all__:
    getattr(binance_nb, name)

same = tasks == (asyncio.Task, asyncio.run, asyncio.get_event_loop, asyncio.BaseEventLoop.run_until_complete)
print(json.dumps({
    "opened": opened,
    "threads": [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()],
    "asyncio_untouched": same,
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
}))
"""


@pytest.fixture(scope="module")
def bare_import():
    """What a fresh interpreter reports after `import binance_nb` and a look at every exported name."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("module", TOO_HEAVY)
def test_importing_the_package_leaves_out(bare_import, module):
    assert module not in bare_import["modules"]


def test_importing_the_package_opens_no_socket(bare_import):
    assert bare_import["opened"] == []


def test_importing_the_package_starts_no_thread(bare_import):
    assert bare_import["threads"] == []


def test_importing_the_package_leaves_asyncio_as_it_was(bare_import):
    assert bare_import["asyncio_untouched"]


def test_every_exported_name_resolves_once():
    assert len(set(binance_nb.__all__)) == len(binance_nb.__all__)
    for name in binance_nb.__all__:
        assert getattr(binance_nb, name) is not None, name


def test_every_exported_class_and_function_says_what_it_is():
    silent = [
        name
        for name in binance_nb.__all__
        if (inspect.isclass(thing := getattr(binance_nb, name)) or inspect.isroutine(thing))
        and not (vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__)
    ]
    assert not silent, silent


def test_completion_in_a_cell_offers_every_exported_name():
    assert set(binance_nb.__all__) <= set(dir(binance_nb))


def test_every_module_says_in_its_first_line_what_it_holds():
    silent = []
    for path in sorted((ROOT / "binance_nb").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if text.strip() and not text.startswith('"""'):
            silent.append(str(path.relative_to(ROOT)))
    assert not silent, silent


def test_the_version_is_that_of_pyproject():
    assert binance_nb.__version__ == PROJECT["version"]


def test_the_version_is_the_top_one_of_the_changelog():
    headings = re.findall(
        r"^## \[?v?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert headings[:1] == [PROJECT["version"]]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError):
        importlib.import_module("binance_nb").no_such_name  # noqa: B018  (the access is the claim)


# conda-forge's name of a package where it is not that of the Python index.
CONDA_NAMES = {"msgspec": "msgspec-python", "duckdb": "python-duckdb", "matplotlib": "matplotlib-base"}


def test_the_conda_environment_pins_what_pyproject_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = dict(
        entry.partition(" ")[::2] for entry in environment["dependencies"] if isinstance(entry, str) and " " in entry
    )
    wanted = {"python": PROJECT["requires-python"]}
    for requirement in [
        *PROJECT["dependencies"],
        *PROJECT["optional-dependencies"]["lab"],
        *PROJECT["optional-dependencies"]["analysis"],
    ]:
        if ";" in requirement:
            continue  # depends on the Python version, which conda's list cannot say: pip decides
        name, bounds = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()
        wanted[CONDA_NAMES.get(name, name)] = bounds
    assert conda == wanted


def test_the_conda_environment_installs_the_project_itself():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == "binance_nb"
    assert environment["channels"] == ["conda-forge"]
    assert {"pip": ["-e .[lab,analysis]"]} in environment["dependencies"]
