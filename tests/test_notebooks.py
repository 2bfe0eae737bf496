"""Every notebook runs from top to bottom in a real kernel, and is committed with outputs that hold no key."""

import math
import os
import re
import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from tests.only_lab import hidden_modules, hide_in

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CELL_TIMEOUT_S = 120

# A key of the exchange is 64 letters and digits, a listen key may be 60, evenly spread: entropy tells a hash from them,
# or a run of one letter.
LONG_WORD = re.compile(r"[A-Za-z0-9]{60,}")
KEY_ENTROPY_BITS = (
    3.3  # a hex digest has about 3.8 bits a character, a base-62 key about 5.4, prose run together about 4
)
FORBIDDEN = (
    (re.compile(r"X-MBX-APIKEY", re.IGNORECASE), "the header of an API key"),
    (re.compile(r"-----BEGIN [A-Z ]+-----"), "a PEM block"),
    (re.compile(r"signature=[0-9a-fA-F%]{16,}"), "a signed query"),
)


def entropy_bits(text: str) -> float:
    """Shannon entropy of a text in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def secrets_in(text: str) -> list[str]:
    """What in a text looks like a secret, named and shortened."""
    found = [what for pattern, what in FORBIDDEN if pattern.search(text)]
    found += [
        f"a key-like word {word[:6]}… of {len(word)} characters"
        for word in LONG_WORD.findall(text)
        if entropy_bits(word) > KEY_ENTROPY_BITS
    ]
    return found


def text_of(path: Path) -> str:
    """All of a notebook but its pictures, whose base64 is full of key-like words."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for kind in [kind for kind in output.get("data", {}) if kind.startswith("image/")]:
                del output["data"][kind]
            if "text/html" in output.get("data", {}):
                output["data"]["text/html"] = re.sub(r"data:image/\w+;base64,[^\"]+", "", output["data"]["text/html"])
    return nbformat.writes(notebook)


def by_name(path: Path) -> str:
    """The name of a notebook, as pytest shows it."""
    return path.stem


def test_there_are_notebooks():
    assert NOTEBOOKS, "notebooks/ is what a person opens first, and it is empty"


@pytest.fixture
def kernel_environment(tmp_path, monkeypatch):
    """Fresh Jupyter folders, and no key or address of the exchange from the environment of whoever runs the tests."""
    for variable in list(os.environ):
        if variable.startswith("BINANCE_"):
            monkeypatch.delenv(variable)
    for variable in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        place = tmp_path / variable.lower()
        place.mkdir()
        monkeypatch.setenv(variable, str(place))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    hide_in(tmp_path)  # a notebook may need no more than the README's first command installs
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT))), prepend=os.pathsep)


def test_the_kernel_has_what_lab_brings_and_no_more():
    hidden = hidden_modules()
    assert {"distributed", "hypothesis", "mypy"} <= hidden
    assert not hidden & {"pandas", "matplotlib", "anywidget", "IPython", "yaml"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_every_cell_runs(path, tmp_path, kernel_environment):
    folder = tmp_path / "work"
    folder.mkdir()
    shutil.copy(path, folder)
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    client = NotebookClient(
        notebook, timeout=CELL_TIMEOUT_S, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    problem = ""
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError) as error:
        problem = str(error)
    if (
        problem
    ):  # outside the except block, so that the report is the cell's traceback and not that of the kernel client
        pytest.fail(f"{path.name}: {problem}", pytrace=False)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_it_is_committed_with_its_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    assert all(cell.execution_count for cell in code), "a cell was committed without having been run"
    assert any(cell.outputs for cell in code), "no cell has an output"
    errors = [output.evalue for cell in code for output in cell.outputs if output.output_type == "error"]
    assert not errors, errors


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_it_holds_nothing_that_looks_like_a_secret(path):
    assert secrets_in(text_of(path)) == []


@pytest.mark.parametrize(
    "text",
    [
        "api key vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
        "signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
        "{'X-MBX-APIKEY': '…'}",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_a_secret_is_recognised(text):
    assert secrets_in(text)


@pytest.mark.parametrize("text", ["=" * 80, "a" * 70, "order 28 of BTCUSDT at 64000.00", '"id": "3f1c9a52"'])
def test_ordinary_output_is_not_taken_for_a_secret(text):
    assert not secrets_in(text)
