"""The user data stream and what it has told so far."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from binance_nb import frames
from binance_nb.stream.manager import UserDataStreamHandle
from binance_nb.stream.subscribers import Callback, ReportIterator, Subscription
from binance_nb.verbs.core import ClientCore, verb
from binance_nb.verbs.given import symbol_name


class StreamVerbs(ClientCore):
    """Verbs of the background stream."""

    @verb
    async def start_stream(self) -> UserDataStreamHandle:
        """Start the user data stream in the background and return its handle once it is subscribed.

        From then on `execution_reports()` and `fills()` grow by themselves, while cells compute, and across
        reconnections: what was missed is completed from REST and marked `source="recovered"`. That covers every symbol
        that the stream told of, that this client placed orders on, that has open orders, or that `watch_symbols`
        named. Of any other symbol the exchange has no way to tell. Raises MissingKeysError, KeyRefused or StreamError.
        web-socket-api.md, "User Data Stream subscription".
        """
        return await self.stream.start()

    @verb
    async def stop_stream(self) -> None:
        """Stop the user data stream; what it brought stays in the ledger."""
        await self.stream.stop()

    @verb
    async def watch_symbols(self, symbols: Sequence[str]) -> pd.DataFrame:
        """Complete the trades of these symbols after every gap, also of orders that other programs place.

        From now on; returns what is watched (schema `frames.WATCHES`). The exchange lists trades by symbol only, so
        a symbol that was neither seen nor watched cannot be completed. rest-api.md, "Account trade list (USER_DATA)".
        """
        names = [symbols] if isinstance(symbols, str) else list(symbols)
        known = {held.symbol for held in self.ledger.watches()}
        for name in map(symbol_name, names):
            if name not in known:
                last = await self._spot.my_trades(
                    name, order_id=None, from_id=None, start_time=None, end_time=None, limit=1
                )
                self.ledger.watch(name, 0, last[-1]["id"] if last else -1)
        self.ledger.commit()
        rows = [{"symbol": held.symbol, "verified_trade_id": held.verified_id} for held in self.ledger.watches()]
        return frames.build(rows, frames.WATCHES)

    def stream_gaps(self) -> pd.DataFrame:
        """Return the times without the stream and what was completed afterwards (schema `frames.GAPS`)."""
        return self.ledger.gaps_frame()

    def execution_reports(
        self, symbol: str | None = None, *, order_id: int | None = None, exact: bool = False
    ) -> pd.DataFrame:
        """Return the execution reports heard so far (schema `frames.REPORTS`), without any request."""
        return self.ledger.reports_frame(symbol, order_id, exact=exact)

    def fills(self, symbol: str | None = None, *, order_id: int | None = None, exact: bool = False) -> pd.DataFrame:
        """Return the fills known so far, one row a trade (schema `frames.FILLS`), without any request.

        They come from the stream and from the answers to orders placed by this client; each trade is there once.
        """
        return self.ledger.fills_frame(symbol, order_id, exact=exact)

    def subscribe(self, callback: Callback) -> Subscription:
        """Call `callback` with each ExecutionReport from now on, on a thread of its own; `.close()` ends it.

        A coroutine function is awaited on the loop that runs now. A callback that raises or is slow stops nothing.
        """
        return Subscription(callback, self.stream.subscribers)

    def reports(self) -> ReportIterator:
        """Return an async iterator over the ExecutionReports from now on: `async for report in client.reports()`."""
        return ReportIterator(self.stream.subscribers)

    @verb
    async def create_listen_key(self) -> str:
        """Create a spot listen key on an exchange that still has them, such as a sandbox in its old mode.

        Binance switched them off on 2026-02-20 and answers 410: then ListenKeyRetired is raised, which says what to use
        instead (`start_stream`).
        """
        answer = await self._spot.listen_key("POST")
        return str(answer["listenKey"])

    @verb
    async def keepalive_listen_key(self, listen_key: str) -> None:
        """Extend a spot listen key by 60 minutes. Raises ListenKeyRetired, or UnknownListenKey if it has expired."""
        await self._spot.listen_key("PUT", listen_key)

    @verb
    async def close_listen_key(self, listen_key: str) -> None:
        """Close a spot listen key. Raises ListenKeyRetired, or UnknownListenKey if it has expired."""
        await self._spot.listen_key("DELETE", listen_key)

    def get_user_data_stream_url(self, listen_key: str | None = None) -> str:
        """Return where the user data stream comes from: the WebSocket API, or with a listen key the old address."""
        if listen_key is None:
            return self.config.get_ws_url()
        return f"{self.config.get_stream_url()}/ws/{listen_key}"
