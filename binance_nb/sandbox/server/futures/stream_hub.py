"""Market streams of USD-M futures: who listens to which, and what is due when."""

from collections.abc import Iterable
from typing import Any

from binance_nb.sandbox.server.market_hub import StreamHub


class FuturesStreamHub(StreamHub):
    """Futures market data on its way from the engine to the connections."""

    def __init__(self, symbols: Iterable[str]) -> None:
        super().__init__(symbols)

    def publish(self, event: Any) -> None:
        return None

    def period_of(self, stream: str) -> int:
        return 0

    def update(self, stream: str, now_us: int) -> None:
        return None
