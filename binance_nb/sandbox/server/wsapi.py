"""The WebSocket API's door: JSON requests in, answers and account events out (web-socket-api.md)."""

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from binance_nb.sandbox.server import params, security, wire
from binance_nb.sandbox.server.dispatch import Outcome, Request, run
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.hall import Hall
from binance_nb.sandbox.server.method import Method
from binance_nb.sandbox.server.session import Session
from binance_nb.sandbox.server.sockets import Connection
from binance_nb.sandbox.server.table import MethodTable
from binance_nb.sandbox.server.venue import Venue
from binance_nb.sandbox.server.wire import EncodeTime

VERSION_PREFIX = "v3/"
META = frozenset({"apiKey", "returnRateLimits"})
UNSIGNED_META = frozenset({"timestamp", "recvWindow", "signature"})


class WsApiConnection(Connection):
    """One connection to the WebSocket API."""

    def __init__(
        self,
        venue: Venue,
        hall: Hall,
        table: MethodTable,
        request: web.Request,
        t: EncodeTime,
        *,
        return_rate_limits: bool,
    ) -> None:
        """Prepare the connection of a handshake."""
        super().__init__(venue, hall, request, t)
        self._table = table
        self.session = Session(self, return_rate_limits=return_rate_limits)
        self._late: set[asyncio.Task[None]] = set()

    async def on_text(self, text: str) -> None:
        """Answer one request."""
        if self.venue.faults.answers:
            # A delayed answer must not hold up the requests behind it.
            task = asyncio.create_task(self._answer(text))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        else:
            await self._answer(text)

    def on_close(self) -> None:
        """Forget the session."""
        self.session.close()
        for task in self._late:
            task.cancel()

    async def _answer(self, text: str) -> None:
        request_id: Any = None
        show_limits = self.session.return_rate_limits
        method: Method | None = None
        try:
            request_id, name, sent = read_request(text)
            shown = sent.get("returnRateLimits")
            if shown is not None:
                show_limits = params.boolean("returnRateLimits", shown)
            method = self._table.by_name.get(name.removeprefix(VERSION_PREFIX))
            if method is None:
                raise ApiError(-1020, "This operation is not supported.")
            outcome = await run(self.venue, self._as_request(method, sent))
        except RequestError as refusal:
            request_id = refusal.request_id
            outcome = Outcome(error=refusal.error)
        except ApiError as refusal:
            outcome = Outcome(error=refusal)
        if outcome.dropped or outcome.html is not None:
            self.close_soon()
            return
        answer = self._render(request_id, outcome, method, show_limits=show_limits)
        if outcome.cut:
            self.send(answer[: len(answer) // 2])
            self.close_soon(1011)
            return
        self.send(answer)
        if outcome.error is not None and outcome.error.status == 418:
            self.close_soon(1008)

    def _as_request(self, method: Method, sent: dict[str, str]) -> Request:
        api_key = sent.get("apiKey")
        signed_params = dict(sent)  # every parameter is signed, those about the request itself too
        for name in META:
            sent.pop(name, None)
        if not method.signed:
            for name in UNSIGNED_META - method.known:
                sent.pop(name, None)
        return Request(
            hall=self.hall,
            method=method,
            sent=sent,
            payload=lambda: security.ws_payload(signed_params),
            api_key=api_key,
            address=self.address,
            t=self.t,
            session=self.session,
        )

    def _render(self, request_id: Any, outcome: Outcome, method: Method | None, *, show_limits: bool) -> bytes:
        error = outcome.error
        answer: dict[str, Any] = {"id": request_id, "status": 200 if error is None else error.status}
        if error is None:
            answer["result"] = outcome.result
        else:
            answer["error"] = error.body()
        if show_limits:
            answer["rateLimits"] = self._limits(outcome, method)
        return wire.encode(answer)

    def _limits(self, outcome: Outcome, method: Method | None) -> list[dict[str, Any]]:
        now_us = self.venue.clock.now_us()
        rows: list[dict[str, Any]] = []
        if method is not None and method.places and outcome.account:
            rows = [
                {
                    "rateLimitType": "ORDERS",
                    "interval": row.interval,
                    "intervalNum": row.interval_num,
                    "limit": row.limit,
                    "count": row.count,
                }
                for row in self.hall.order_counts(outcome.account, now_us)
            ]
        return [*rows, self.hall.limits.weight_row(self.address, now_us)]


class RequestError(Exception):
    """A message that is no request; it is answered with the id where that could be read."""

    def __init__(self, request_id: Any, error: ApiError) -> None:
        """Keep the id and the refusal."""
        super().__init__(error.message)
        self.request_id = request_id
        self.error = error


def read_request(text: str) -> tuple[Any, str, dict[str, str]]:
    """Return id, method and parameters of a message, the parameters as texts; raises RequestError with -1135."""
    malformed = ApiError(-1135, "Invalid JSON Request")
    try:
        message = wire.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise RequestError(None, malformed) from None
    if not isinstance(message, dict):
        raise RequestError(None, malformed)
    request_id = message.get("id")
    known_id = request_id is None or (isinstance(request_id, (int, str)) and not isinstance(request_id, bool))
    if "id" not in message or not known_id or isinstance(request_id, wire.RawNumber):
        raise RequestError(None, malformed)
    name = message.get("method")
    sent = message.get("params")
    if sent is None:
        sent = {}
    if not isinstance(name, str) or not isinstance(sent, dict):
        raise RequestError(request_id, malformed)
    return request_id, name, {key: wire.as_text(value) for key, value in sent.items()}


class WsApiDoor:
    """Opens connections at /ws-api/v3, or at /ws-fapi/v1."""

    def __init__(self, venue: Venue, hall: Hall, table: MethodTable) -> None:
        """Open the door of a hall."""
        self._venue = venue
        self._hall = hall
        self._table = table

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        connection = WsApiConnection(
            self._venue,
            self._hall,
            self._table,
            request,
            wire.time_encoder(request.query.get("timeUnit")) if self._hall.manners.time_units else wire.in_ms,
            return_rate_limits=request.query.get("returnRateLimits", "true").lower() != "false",
        )
        return await connection.serve()
