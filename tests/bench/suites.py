"""What is measured against the server that answers at once: who takes part, and what each is told to do."""

from dataclasses import dataclass

from tests.bench.measure import Contender

OURS = "binance_nb"
RAW = f"{OURS}, raw=True"
"""Two rows: a verb as a user calls it, with its DataFrame, and the same with the decoded JSON that peers return."""

PYTHON_BINANCE, CCXT, SDK, UNICORN = "python-binance", "ccxt", "binance-sdk-spot", "unicorn-binance"


@dataclass(frozen=True)
class Suite:
    """One table: the first contender is what the others are compared with. `share` is requests per --count."""

    title: str
    contenders: tuple[Contender, ...]
    command: dict[str, object]
    share: float = 1.0


def peer(name: str, kind: str) -> Contender:
    """Return a published client as a contender."""
    module, package = {
        PYTHON_BINANCE: ("python_binance", "binance"),
        CCXT: ("ccxt_client", "ccxt"),
        SDK: ("binance_sdk", "binance_sdk_spot"),
        UNICORN: ("unicorn", "unicorn_binance_rest_api" if kind == "Sync" else "unicorn_binance_websocket_api"),
    }[name]
    return Contender(name, module, kind, package)


REST = (
    Contender("aiohttp, bare", "raw", "Rest"),
    Contender(OURS, "ours", "RestFrame"),
    Contender(RAW, "ours", "Rest"),
    peer(PYTHON_BINANCE, "Rest"),
    peer(CCXT, "Rest"),
)
SYNC_PEERS = (peer(PYTHON_BINANCE, "Sync"), peer(CCXT, "Sync"), peer(SDK, "Sync"), peer(UNICORN, "Sync"))

SUITES = {
    "orders_rest": Suite("One order over REST, async, one at a time", REST, {"do": "orders", "at_once": 1}),
    "orders_rest_50": Suite("Orders over REST, async, 50 at a time", REST, {"do": "orders", "at_once": 50}, 2.0),
    "orders_ws": Suite(
        "One order over the WebSocket API, async, one at a time",
        (
            Contender("aiohttp WebSocket, bare", "raw", "Socket"),
            Contender(OURS, "ours", "SocketFrame"),
            Contender(RAW, "ours", "Socket"),
            peer(PYTHON_BINANCE, "Socket"),
            peer(CCXT, "Socket"),
            peer(SDK, "Socket"),
        ),
        {"do": "orders", "at_once": 1},
    ),
    "orders_cell": Suite(
        "One order from a cell (blocking)",
        (
            Contender("requests, bare", "raw", "Sync", "requests"),
            Contender(OURS, "ours", "Sync"),
            Contender(RAW, "ours", "SyncRaw"),
            *SYNC_PEERS,
        ),
        {"do": "orders", "at_once": 1},
    ),
    "trades": Suite(
        "1,000 trades: request, answer, frame",
        (
            Contender("requests and a naive frame", "raw", "Sync", "requests"),
            Contender(OURS, "ours", "Sync"),
            *SYNC_PEERS,
        ),
        {"do": "trades"},
        0.05,
    ),
    "all_trades": Suite(
        "100,000 trades: a hundred pages into one frame",
        (Contender(OURS, "ours", "Sync"),),
        {"do": "all_trades"},
        1 / 400,
    ),
    "stream": Suite(
        "Execution reports: received and decoded; ours de-duplicated, checked for gaps and stored too",
        (
            Contender("aiohttp + msgspec, bare", "raw", "Stream"),
            Contender(OURS, "ours", "Stream"),
            Contender(f"{OURS}, to a subscriber", "ours", "StreamTold"),
            Contender(f"{OURS}, to a FillsTable", "ours", "StreamTable", "anywidget"),
            peer(PYTHON_BINANCE, "Stream"),
            peer(CCXT, "Stream"),
            peer(SDK, "Stream"),
            peer(UNICORN, "Stream"),
        ),
        {"do": "receive"},
        50.0,
    ),
}
