"""Which ipykernel the notebooks of the browser tests run on: the installed one, or another put in a folder.

pip install --no-deps --target /tmp/k631 ipykernel==6.31.0
BINANCE_NB_IPYKERNEL=/tmp/k631 python -m pytest tests/browser/test_order_ticket.py
"""

import json
import os
import sys
from importlib import metadata
from pathlib import Path

VARIABLE = "BINANCE_NB_IPYKERNEL"


def other_kernel() -> Path | None:
    """The folder with the ipykernel to be used instead of the installed one."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    folder = Path(named).resolve()
    if not (folder / "ipykernel").is_dir():
        raise RuntimeError(f"{VARIABLE} names {named}, in which there is no ipykernel.")
    return folder


def kernel_version() -> str:
    """The version of the ipykernel that notebooks will run on."""
    folder = other_kernel()
    if folder is None:
        return metadata.version("ipykernel")
    return next(found.version for found in metadata.distributions(path=[str(folder)]) if found.name == "ipykernel")


def offer_kernel(place: Path, python_path: str) -> None:
    """Write the kernel `python3` below `place`, a folder for JUPYTER_PATH, if another than the installed is wanted."""
    folder = other_kernel()
    if folder is None:
        return
    entry = Path("kernels") / "python3" / "kernel.json"
    spec = json.loads((folder / "share" / "jupyter" / entry).read_text(encoding="utf-8"))
    spec["argv"][0] = sys.executable
    spec["env"] = {"PYTHONPATH": os.pathsep.join(filter(None, [str(folder), python_path]))}
    (place / entry).parent.mkdir(parents=True)
    (place / entry).write_text(json.dumps(spec), encoding="utf-8")
