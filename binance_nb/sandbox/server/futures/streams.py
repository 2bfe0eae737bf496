"""The futures streams' doors: /public, /market and /private carry their own, an unrouted address some or all."""

from aiohttp import web

from binance_nb.sandbox.server import wire
from binance_nb.sandbox.server.errors import HTML_404
from binance_nb.sandbox.server.futures.hall import StreamMode
from binance_nb.sandbox.server.streams import StreamConnection, StreamsDoor
from binance_nb.sandbox.server.venue import Venue

PUBLIC, MARKET, PRIVATE, UNROUTED = "public", "market", "private", ""
# The high-frequency streams; every other market stream is regular.
PUBLIC_KINDS = ("depth", "bookTicker", "rpiDepth", "trade")


def route_of(stream: str) -> str:
    """Return where a market stream belongs."""
    kind = stream.partition("@")[2] or stream.removeprefix("!")
    return PUBLIC if kind.startswith(PUBLIC_KINDS) else MARKET


class FuturesStreamConnection(StreamConnection):
    """One futures stream connection: what does not belong to its address is accepted and stays silent."""

    route = UNROUTED
    events: frozenset[str] = frozenset()  # the account events the client asked for; all of them when it named none

    def carries(self, stream: str, *, is_account: bool) -> bool:
        """Return whether this address carries a stream."""
        content = PRIVATE if is_account else route_of(stream)
        if self.route == UNROUTED:
            return content == PUBLIC or self.venue.futures.stream_mode is not StreamMode.ROUTED
        return content == self.route

    def wants(self, event: str) -> bool:
        """Return whether the client asked for account events of this type."""
        return not self.events or event in self.events


class FuturesStreamsDoor(StreamsDoor):
    """Opens connections at one address of the futures streams."""

    def __init__(self, venue: Venue, route: str) -> None:
        """Open the door of one address."""
        super().__init__(venue)
        self._route = route

    async def serve(self, request: web.Request, names: list[str], *, combined: bool) -> web.StreamResponse:
        """Serve one connection; listen keys may stand in the query, and `events` names the account events wanted."""
        if self._route != UNROUTED and self.venue.futures.stream_mode is StreamMode.UNROUTED:
            return web.Response(status=404, text=HTML_404, content_type="text/html")
        listen_keys = [each for value in request.query.getall("listenKey", []) for each in value.split("/") if each]
        connection = FuturesStreamConnection(
            self.venue, self.venue.futures, request, wire.in_ms, [*names, *listen_keys], combined=combined
        )
        connection.route = self._route
        connection.events = frozenset(filter(None, request.query.get("events", "").split("/")))
        return await connection.serve()
