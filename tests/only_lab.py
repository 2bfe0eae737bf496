"""What `pip install binance-nb[lab]` does not bring, hidden from a kernel in which the developer's packages lie too."""

import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent

HIDING = """
import sys
from importlib.abc import MetaPathFinder

class Hidden(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"the extra `lab` does not bring {{name}}", name=name)

sys.meta_path.insert(0, Hidden())
"""


def brought_by(lines: list[str]) -> set[str]:
    """Return the names of all distributions that requirements bring, those of the requirements' own with them."""
    brought: set[tuple[str, frozenset[str]]] = set()
    waiting = [(Requirement(line), frozenset({""})) for line in lines]
    while waiting:
        wanted, asked = waiting.pop()
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in asked):
            continue
        here = (canonicalize_name(wanted.name), frozenset({"", *wanted.extras}))
        if here in brought:
            continue
        brought.add(here)
        try:
            waiting += [(Requirement(line), here[1]) for line in requires(wanted.name) or ()]
        except PackageNotFoundError:
            continue  # for another system
    return {name for name, _ in brought}


def hidden_modules() -> set[str]:
    """Return the top-level modules here that only the other extras bring."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = dict(project["optional-dependencies"])
    lab = brought_by([*project["dependencies"], *extras.pop("lab")])
    others = brought_by([line for lines in extras.values() for line in lines if not line.startswith("binance-nb")])
    return {
        module
        for module, distributions in packages_distributions().items()
        if {canonicalize_name(name) for name in distributions} <= others - lab
    }


def hide_in(folder: Path) -> None:
    """Write a `sitecustomize` into a folder for PYTHONPATH that hides them."""
    (folder / "sitecustomize.py").write_text(HIDING.format(names=sorted(hidden_modules())), encoding="utf-8")
