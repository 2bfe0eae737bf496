"""A Jupyter-first toolkit for placing Binance orders and studying their fills as DataFrames.

    from binance_nb import BinanceClient
    client = BinanceClient.sandbox()                       # an exchange on this machine: no key, no network
    client.start_stream()
    client.place_market_order("BTCUSDT", "BUY", "0.01")
    client.fills()

Nothing happens on import: no socket, no thread, no patched event loop.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from binance_nb.client import AsyncBinanceClient
    from binance_nb.config import BinanceConfig
    from binance_nb.credentials import Environment
    from binance_nb.errors import BinanceNBError
    from binance_nb.models.enums import (
        FuturesOrderType,
        FuturesTimeInForce,
        NewOrderRespType,
        OrderSide,
        OrderStatus,
        PositionSide,
        SelfTradePreventionMode,
        SpotOrderType,
        TimeInForce,
    )
    from binance_nb.models.events import ExecutionReport
    from binance_nb.models.futures_requests import FuturesAmendRequest, FuturesOrderRequest
    from binance_nb.models.requests import SpotOrderRequest
    from binance_nb.nested import run
    from binance_nb.notebook import BinanceClient
    from binance_nb.stream.manager import UserDataStreamHandle, UserDataStreamManager

__version__ = "0.1.0"

__all__ = [
    "AsyncBinanceClient",
    "BinanceClient",
    "BinanceConfig",
    "BinanceNBError",
    "Environment",
    "ExecutionReport",
    "FuturesAmendRequest",
    "FuturesOrderRequest",
    "FuturesOrderType",
    "FuturesTimeInForce",
    "NewOrderRespType",
    "OrderSide",
    "OrderStatus",
    "PositionSide",
    "SelfTradePreventionMode",
    "SpotOrderRequest",
    "SpotOrderType",
    "TimeInForce",
    "UserDataStreamHandle",
    "UserDataStreamManager",
    "run",
]

_HOMES = {
    "AsyncBinanceClient": "client",
    "BinanceClient": "notebook",
    "BinanceConfig": "config",
    "BinanceNBError": "errors",
    "Environment": "credentials",
    "ExecutionReport": "models.events",
    "FuturesAmendRequest": "models.futures_requests",
    "FuturesOrderRequest": "models.futures_requests",
    "FuturesOrderType": "models.enums",
    "FuturesTimeInForce": "models.enums",
    "NewOrderRespType": "models.enums",
    "OrderSide": "models.enums",
    "OrderStatus": "models.enums",
    "PositionSide": "models.enums",
    "SelfTradePreventionMode": "models.enums",
    "SpotOrderRequest": "models.requests",
    "SpotOrderType": "models.enums",
    "TimeInForce": "models.enums",
    "UserDataStreamHandle": "stream.manager",
    "UserDataStreamManager": "stream.manager",
    "run": "nested",
}
"""Where each name lives. They are fetched when first asked for, so that a sandbox's process starts without pandas."""


def __getattr__(name: str) -> Any:
    """Return a public name from its home, and keep it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'binance_nb' has no attribute {name!r}")
    value = getattr(import_module(f"binance_nb.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def load_ipython_extension(shell: Any) -> None:
    """Bring `%%cassette NAME` into a notebook: `%load_ext binance_nb`."""
    import_module("binance_nb.commands.cell_magic").register(shell)


def __dir__() -> list[str]:
    """Return every public name, for completion."""
    return sorted([*globals(), *__all__])
