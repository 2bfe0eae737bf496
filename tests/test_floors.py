"""The floors of the design, held from the imports: none upward, none in a circle, none that its room must not know."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "binance_nb"

# Floor of each room: the first part of a module's name below the package. A new room must be given a floor here.
FLOORS = {
    "__init__": 7,  # the public face: it only hands names on
    "__main__": 7,
    "cli": 6,
    "commands": 6,
    "widgets": 6,
    "client": 5,
    "notebook": 5,
    "verbs": 5,
    "nested": 1,
    "stream": 4,
    "analysis": 4,
    "api": 3,
    "transport": 2,
    "frames": 2,
    "schemas": 2,
    "single_rows": 2,
    "trade_rows": 2,
    "futures_frames": 2,
    "futures_schemas": 2,
    "cassettes": 2,
    "models": 1,
    "config": 1,
    "credentials": 1,
    "errors": 1,
    "sandbox": 0,  # beside the floors: only its launcher is met, and only from above
}

NETWORK = ("socket", "ssl", "http", "urllib.request", "aiohttp", "requests", "websockets")

# What a room must not import although its floor would let it. Names of the package are written without its prefix.
FORBIDDEN = {
    "analysis": (*NETWORK, "asyncio", ".transport", ".api", ".stream", ".client", ".notebook", ".config"),
    "api": ("pandas", "numpy", "pyarrow", ".frames", ".schemas", "aiohttp"),
    "frames": (*NETWORK, "asyncio", ".transport"),
    "schemas": (*NETWORK, "asyncio", ".transport"),
    "single_rows": (*NETWORK, "asyncio", ".transport"),
    "trade_rows": (*NETWORK, "asyncio", ".transport"),
    "futures_frames": (*NETWORK, "asyncio", ".transport"),
    "futures_schemas": (*NETWORK, "asyncio", ".transport"),
    "transport": ("pandas", ".frames", ".schemas", ".models.requests", ".models.symbol_rules"),
    "models": (*NETWORK, "pandas", "asyncio"),
    "config": (*NETWORK, "pandas", "asyncio"),
    "errors": (*NETWORK, "pandas", "asyncio"),
    "widgets": (*NETWORK, "hmac", "hashlib", "cryptography", ".transport", ".api"),
    "client": ("hmac", "hashlib", "cryptography"),
}
SANDBOX_MAY_IMPORT = (".models.enums",)
MAY_START_A_SANDBOX = ("client", "notebook", "verbs", "cli", "commands", "__init__")


@dataclass(frozen=True)
class Import:
    """One import statement: where it stands and the full name of what it brings in."""

    importer: str
    line: int
    imported: str

    def __str__(self) -> str:
        return f"{self.importer} line {self.line} imports {self.imported}"


def module_name(path: Path) -> str:
    """`binance_nb/api/spot.py` -> `binance_nb.api.spot`; a package goes by its folder."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports_of(importer: str) -> Iterator[Import]:
    """Every import of a module, those inside functions and under TYPE_CHECKING too."""
    path = MODULES[importer]
    package = importer if path.name == "__init__.py" else importer.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(importer, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(
                    [*package.split(".")[: len(package.split(".")) - node.level + 1], *filter(None, [base])]
                )
            for alias in node.names:
                full = f"{base}.{alias.name}"
                if full == "binance_nb.__version__":
                    continue  # a string, the one name that any floor may ask the package for
                yield Import(importer, node.lineno, full if full in MODULES else base)


def room(module: str) -> str:
    """The room of a module of the package, the key of FLOORS."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def within(name: str, part: str) -> bool:
    """Whether a module is the named one or lies inside it."""
    full = f"binance_nb{part}" if part.startswith(".") else part
    return name == full or name.startswith(f"{full}.")


def inside(found: Import) -> bool:
    """Whether the imported module is one of ours."""
    return within(found.imported, "binance_nb")


def all_imports() -> list[Import]:
    """Every import of every module of the package."""
    return [found for module in MODULES for found in imports_of(module)]


def test_the_package_was_found():
    assert "binance_nb.models.enums" in MODULES


def test_every_room_has_a_floor():
    homeless = sorted({room(module) for module in MODULES} - set(FLOORS))
    assert not homeless, f"give these a floor in FLOORS (and in the design): {homeless}"


def test_no_module_imports_from_a_floor_above_its_own():
    upward = [
        str(found)
        for found in all_imports()
        if inside(found)
        and "sandbox" not in (room(found.importer), room(found.imported))
        and FLOORS.get(room(found.imported), 0) > FLOORS.get(room(found.importer), 0)
    ]
    assert not upward, "\n".join(upward)


def test_the_sandbox_shares_only_the_enumerations_with_the_client():
    leaks = [
        str(found)
        for found in all_imports()
        if inside(found)
        and room(found.importer) == "sandbox"
        and room(found.imported) != "sandbox"
        and not any(within(found.imported, allowed) for allowed in SANDBOX_MAY_IMPORT)
    ]
    assert not leaks, "a bug must not hide by being on both sides:\n" + "\n".join(leaks)


def test_only_the_top_floors_may_start_a_sandbox():
    leaks = [
        str(found)
        for found in all_imports()
        if inside(found)
        and room(found.imported) == "sandbox"
        and room(found.importer) not in ("sandbox", *MAY_START_A_SANDBOX)
    ]
    assert not leaks, "\n".join(leaks)


def test_the_client_meets_the_sandbox_only_through_its_launcher():
    deep = [
        str(found)
        for found in all_imports()
        if inside(found)
        and room(found.imported) == "sandbox"
        and room(found.importer) != "sandbox"
        and any(within(found.imported, f".sandbox.{part}") for part in ("engine", "server", "market", "faults"))
    ]
    assert not deep, "\n".join(deep)


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_a_room_does_not_know_what_the_design_keeps_from_it(name):
    known = [
        str(found)
        for found in all_imports()
        if room(found.importer) == name and any(within(found.imported, part) for part in FORBIDDEN[name])
    ]
    assert not known, "\n".join(known)


def test_imports_make_no_circle():
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for found in all_imports():
        if found.imported in MODULES and found.imported != found.importer:
            graph[found.importer].add(found.imported)
    circle = find_circle(graph)
    assert not circle, " -> ".join(circle)


def find_circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle of a directed graph as its nodes, the first repeated at the end; empty if there is none."""
    done: set[str] = set()

    def walk(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for following in sorted(graph[node]):
            circle = walk(following, [*path, node])
            if circle:
                return circle
        done.add(node)
        return []

    for node in sorted(graph):
        circle = walk(node, [])
        if circle:
            return circle
    return []


def test_a_circle_is_found_where_there_is_one():
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert find_circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
