"""A Jupyter-first toolkit for placing Binance orders and studying their fills as DataFrames.

    from binance_nb import BinanceClient
    client = BinanceClient.sandbox()                       # an exchange on this machine: no key, no network
    client.start_stream()
    client.place_market_order("BTCUSDT", "BUY", "0.01")
    client.fills()

Nothing happens on import: no socket, no thread, no patched event loop.
"""

from binance_nb.client import AsyncBinanceClient
from binance_nb.config import BinanceConfig
from binance_nb.credentials import Environment
from binance_nb.errors import BinanceNBError
from binance_nb.models.enums import (
    NewOrderRespType,
    OrderSide,
    OrderStatus,
    SelfTradePreventionMode,
    SpotOrderType,
    TimeInForce,
)
from binance_nb.models.events import ExecutionReport
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
    "NewOrderRespType",
    "OrderSide",
    "OrderStatus",
    "SelfTradePreventionMode",
    "SpotOrderRequest",
    "SpotOrderType",
    "TimeInForce",
    "UserDataStreamHandle",
    "UserDataStreamManager",
    "run",
]
