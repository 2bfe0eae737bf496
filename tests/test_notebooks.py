"""Every notebook runs from top to bottom in a real kernel, and is committed with outputs."""

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from tests.only_lab import hidden_modules, hide_in

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CELL_TIMEOUT_S = 120


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
