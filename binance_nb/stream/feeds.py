"""Where a user data stream comes from: a subscription of the WebSocket API, or a socket that a listen key opens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from binance_nb.config import SILENCE_S, BinanceConfig
from binance_nb.errors import NetworkError
from binance_nb.stream.ledger import Event
from binance_nb.stream.listen_key import ListenKeyLife
from binance_nb.transport.clock import ServerClock
from binance_nb.transport.signing import Signer
from binance_nb.transport.stream_socket import StreamSocket
from binance_nb.transport.websocket import WsApiConnection

log = logging.getLogger("binance_nb.stream")

SUBSCRIBE = "userDataStream.subscribe.signature"
"""web-socket-api.md, "Subscribe to User Data Stream through signature subscription": any kind of key, no logon."""

EventTaker = Callable[[Event, StreamSocket], None]


class Feed(Protocol):
    """What the manager of a stream needs to know of where it comes from."""

    @property
    def product(self) -> str:
        """Whose fills come: "spot" or "usdm"."""

    @property
    def key_life(self) -> ListenKeyLife | None:
        """The life of the listen key, where there is one."""

    async def open(self, take: EventTaker) -> tuple[StreamSocket, int | None]:
        """Return a connection that hands events to `take` from now on, and the number of its subscription."""

    async def close(self) -> None:
        """Give back what the feed holds beyond its connections."""


class SubscriptionFeed:
    """The spot stream of today: one signed request on the WebSocket API."""

    product = "spot"
    key_life = None

    def __init__(self, config: BinanceConfig, signer: Callable[[], Signer], clock: ServerClock) -> None:
        """Keep what a connection is made of."""
        self._config = config
        self._signer = signer
        self._clock = clock
        self.silence_s = config.stream_silence_s

    async def open(self, take: EventTaker) -> tuple[StreamSocket, int | None]:
        """Connect and subscribe."""

        def on_event(event: Any) -> None:
            take(event, connection)

        connection = WsApiConnection(self._config, self._signer, self._clock, on_event, silence_s=self.silence_s)
        try:
            await connection.open()
            answer = await connection.request(SUBSCRIBE, signed=True)
        except BaseException:
            await connection.close()
            raise
        return connection, answer.get("subscriptionId") if isinstance(answer, Mapping) else None

    async def close(self) -> None:
        """Hold nothing: a subscription ends with its connection."""


class _EventSocket(StreamSocket):
    """A socket whose every message is an event, alone or wrapped with the name of its stream."""

    def __init__(self, url: str, take: EventTaker, *, place: str, timeout_s: float, silence_s: float) -> None:
        super().__init__(url, place=place, timeout_s=timeout_s, silence_s=silence_s)
        self._give = take

    def _take(self, message: Any) -> None:
        event = message.get("data", message)
        if "e" in event:
            self._give(event, self)


class ListenKeyFeed:
    """A stream that a listen key opens: USD-M futures, and spot as it was until 2026-02-20."""

    def __init__(
        self,
        config: BinanceConfig,
        life: ListenKeyLife,
        addresses: Callable[[str], tuple[str, ...]],
        *,
        product: str = "spot",
        silence_s: float = SILENCE_S,
    ) -> None:
        """Keep the key's life and `addresses`: where a key is listened to, tried in this order."""
        self.product = product
        self.key_life = life
        self._config = config
        self._addresses = addresses
        self.silence_s = silence_s

    async def open(self, take: EventTaker) -> tuple[StreamSocket, int | None]:
        """Have a living key, and connect with it."""
        key = await self.key_life.have()
        *first, last = self._addresses(key)
        for address in first:
            try:
                return await self._connect(address, take), None
            except NetworkError as error:
                log.info("the next address of the stream is tried (%s)", error)
        return await self._connect(last, take), None

    async def close(self) -> None:
        """Close the key."""
        await self.key_life.close()

    async def _connect(self, address: str, take: EventTaker) -> StreamSocket:
        # The address without the key, which ends it, is what messages may name.
        place = f"the {self.product} stream of {self._config.environment}"
        socket = _EventSocket(address, take, place=place, timeout_s=self._config.timeout_s, silence_s=self.silence_s)
        await socket.open()
        self.key_life.on_lost(socket.end)
        return socket
