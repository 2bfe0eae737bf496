"""MarketRecorder: best bid and ask and every trade of some symbols, kept while a client is open."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote

import pandas as pd

from binance_nb import frames, schemas
from binance_nb.config import BinanceConfig
from binance_nb.errors import BinanceNBError, NetworkError, StreamError
from binance_nb.models.fills import SPOT
from binance_nb.transport.backoff import Backoff
from binance_nb.transport.clock import ServerClock
from binance_nb.transport.stream_socket import StreamSocket

MOST_SYMBOLS = 512
"""Two streams a symbol, and 1024 streams a connection (web-socket-streams.md, "Websocket Limits")."""

FUTURES_FEEDS = (("public", "bookTicker"), ("market", "aggTrade"))
"""The futures streams come by two addresses: the quick ones and the regular ones ("Websocket Market Streams")."""

log = logging.getLogger("binance_nb.stream")

Message = dict[str, Any]
Snapshot = Callable[[str], Awaitable[Message]]
"""Asks REST for the best bid and ask of a symbol as they are now."""


class MarketSocket(StreamSocket):
    """One connection to the market streams, which hands on what each message holds."""

    def __init__(self, url: str, config: BinanceConfig, take: Callable[[Message], None]) -> None:
        """Keep where to connect and who takes the messages."""
        super().__init__(url, place=f"the market streams of {config.environment}", timeout_s=config.timeout_s)
        self._hand_on = take

    def _take(self, message: Any) -> None:
        if "data" in message:
            self._hand_on(message["data"])


class MarketRecorder:
    """Records the book ticker and the trades of some symbols of a product; connects again when a connection ends.

    The futures streams tell when a quote came to be, and take the trades of one order at one price together. The spot
    book ticker carries no time (web-socket-streams.md, "Individual Symbol Book Ticker Streams"): a quote gets the time
    of its arrival by the exchange's clock, and never less than the newest time that the stream has told. For the time
    without a connection, and from the end on, there is no quote: a row without prices ends the one before, so that no
    measure takes a stale quote for a standing one. Trades of that time are missing: `gaps` says when, `get_agg_trades`
    has them.
    """

    def __init__(
        self,
        config: BinanceConfig,
        clock: ServerClock,
        symbols: Sequence[str],
        snapshot: Snapshot,
        *,
        product: str = SPOT,
        backoff: Backoff | None = None,
    ) -> None:
        """Keep the parts; nothing is opened before `start`. Raises StreamError for too many symbols or none."""
        if not 0 < len(symbols) <= MOST_SYMBOLS:
            raise StreamError(f"record between 1 and {MOST_SYMBOLS} symbols, not {len(symbols)}")
        self.symbols = tuple(symbols)
        self.product = product
        self._config = config
        self._clock = clock
        self._snapshot = snapshot
        self._backoff = backoff or Backoff()
        self._quotes: list[Message] = []
        self._trades: list[Message] = []
        self._gaps: list[Message] = []
        self._told_ms = 0
        self._heard: set[str] = set()
        self._sockets: list[MarketSocket] = []
        self._task: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        """Name the symbols and how much is held of them."""
        state = "recording" if self.is_running else "stopped"
        held = f"{len(self._quotes)} quotes, {len(self._trades)} trades"
        return f"<MarketRecorder {' '.join(self.symbols)}: {state}, {held}>"

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Connect and begin. Raises StreamError where that fails, InvalidRequest for a symbol that is not listed."""
        try:
            await self._clock.measure()  # the times of quotes stand on it
            await self._connect()
        except NetworkError as error:
            raise StreamError(str(error)) from None
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stop; what was recorded stays, and says where it ends."""
        if self._task is not None:
            was_recording = self.is_running and bool(self._sockets)
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            if was_recording:
                self._end_quotes()
        await self._disconnect()

    def quotes(self) -> pd.DataFrame:
        """Return the best bids and asks so far (schema `schemas.QUOTES`), oldest first; without prices in a gap."""
        return frames.build(list(self._quotes), schemas.QUOTES)

    def trades(self) -> pd.DataFrame:
        """Return the trades of the market so far (schema `schemas.MARKET_TRADES`), oldest first."""
        return frames.build(list(self._trades), schemas.MARKET_TRADES)

    def gaps(self) -> pd.DataFrame:
        """Return the times without a connection: `gap_start`, `gap_end` (NaT while it lasts), `reason`."""
        return frames.build(list(self._gaps), MARKET_GAPS)

    def _urls(self) -> list[str]:
        names = [quote(symbol.lower()) for symbol in self.symbols]
        if self.product == SPOT:
            streams = [f"{name}@{kind}" for name in names for kind in ("bookTicker", "trade")]
            return [f"{self._config.get_stream_url()}/stream?streams={'/'.join(streams)}"]
        base = self._config.get_futures_stream_url()
        return [
            f"{base}/{route}/stream?streams={'/'.join(f'{name}@{kind}' for name in names)}"
            for route, kind in FUTURES_FEEDS
        ]

    async def _connect(self) -> None:
        self._heard.clear()
        try:
            for url in self._urls():
                socket = MarketSocket(url, self._config, self._take)
                await socket.open()
                self._sockets.append(socket)
            for symbol in self.symbols:  # the stream tells of changes alone: what stands now is REST's to say
                ticker = await self._snapshot(symbol)
                if symbol not in self._heard:
                    prices = (ticker[key] for key in ("bidPrice", "bidQty", "askPrice", "askQty"))
                    self._keep_quote(symbol, -1, *prices, told_ms=ticker.get("time"))
        except BaseException:
            await self._disconnect()
            raise

    async def _disconnect(self) -> None:
        sockets, self._sockets = self._sockets, []
        for socket in sockets:
            await socket.close()

    async def _until_cut(self) -> str:
        """Wait until one of the connections ends and return why; what the others still bring would be half a record."""
        waiting = [asyncio.ensure_future(socket.wait_closed()) for socket in self._sockets]
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
        return next(iter(done)).result()

    async def _keep(self) -> None:
        while True:
            why = await self._until_cut()
            await self._disconnect()
            gap: Message = {"gap_start": self._now_ms(), "gap_end": None, "reason": why}
            self._gaps.append(gap)
            self._end_quotes()
            while gap["gap_end"] is None:
                await asyncio.sleep(self._backoff.next_s())
                try:
                    await self._connect()
                except BinanceNBError as error:
                    log.warning("the market stream is still away: %s", error)
                else:
                    gap["gap_end"] = self._now_ms()
                    self._backoff.reset()

    def _take(self, data: Message) -> None:
        kind = data.get("e")
        if kind in {"trade", "aggTrade"}:
            if self.product == SPOT:
                self._told_ms = max(self._told_ms, _ms(data["E"]))
            self._trades.append(
                {
                    "transaction_time": data["T"],
                    "symbol": data["s"],
                    "price": data["p"],
                    "quantity": data["q"],
                    "is_buyer_maker": data["m"],
                    "trade_id": data["t"] if kind == "trade" else data["l"],
                    "event_time": data["E"],
                    "product": self.product,
                }
            )
        elif "u" in data and "b" in data:
            self._heard.add(data["s"])
            self._keep_quote(data["s"], data["u"], data["b"], data["B"], data["a"], data["A"], told_ms=data.get("T"))

    def _end_quotes(self) -> None:
        """Let no quote so far stand for what comes now."""
        self._told_ms += 1  # the hole comes after the last quote, also where both fall into one millisecond
        for symbol in self.symbols:
            self._keep_quote(symbol, -1, None, None, None, None)

    def _keep_quote(
        self, symbol: str, update_id: int, bid: Any, bid_qty: Any, ask: Any, ask_qty: Any, *, told_ms: int | None = None
    ) -> None:
        """Keep a quote with the exchange's own time, else that of its arrival; never earlier than the one before it."""
        self._told_ms = max(self._told_ms, self._now_ms() if told_ms is None else told_ms)
        self._quotes.append(
            {
                "event_time": self._told_ms,
                "symbol": symbol,
                "bid_price": bid,
                "bid_qty": bid_qty,
                "ask_price": ask,
                "ask_qty": ask_qty,
                "update_id": update_id,
                "product": self.product,
            }
        )

    def _now_ms(self) -> int:
        """Return the exchange's time as far as known from here, in epoch milliseconds."""
        now = pd.Timestamp.now("UTC").timestamp() * 1000
        return max(self._told_ms, int(now + (self._clock.offset_ms or 0.0)))


def _ms(stamp: int) -> int:
    """Return epoch milliseconds of a stamp that may be in microseconds."""
    return stamp // 1000 if stamp > 100_000_000_000_000 else stamp


MARKET_GAPS: schemas.Schema = (
    schemas.Column("gap_start", schemas.Kind.TIME),
    schemas.Column("gap_end", schemas.Kind.TIME),
    schemas.Column("reason", schemas.Kind.TEXT),
)
"""Times without the market streams."""
