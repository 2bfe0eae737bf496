"""The REST door: paths, query strings and form bodies in, JSON, status codes and limit headers out (rest-api.md)."""

from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web

from binance_nb.sandbox.clock import US_PER_S
from binance_nb.sandbox.server import security, wire
from binance_nb.sandbox.server.dispatch import Outcome, Request, run
from binance_nb.sandbox.server.errors import HTML_404, HTML_410, ApiError
from binance_nb.sandbox.server.hall import Hall
from binance_nb.sandbox.server.table import MethodTable
from binance_nb.sandbox.server.venue import Venue
from binance_nb.sandbox.server.wire import EncodeTime

LISTEN_KEY_PATH = "/api/v3/userDataStream"
FORM = "application/x-www-form-urlencoded"


class RestDoor:
    """Answers every path of one hall: what is under /api, or under /fapi."""

    def __init__(self, venue: Venue, hall: Hall, table: MethodTable) -> None:
        """Open the door of a hall."""
        self._venue = venue
        self._hall = hall
        self._table = table

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one HTTP request."""
        path, _, query = request.raw_path.partition("?")
        if path == LISTEN_KEY_PATH and not self._venue.settings.legacy_listen_keys:
            return web.Response(status=410, text=HTML_410, content_type="text/html")
        method = self._table.by_route.get((request.method, path))
        if method is None:
            status = 405 if path in self._table.paths else 404
            return web.Response(status=status, text=HTML_404, content_type="text/html")
        # Bytes that are no UTF-8 stay what they are, so that the signature is checked over what was sent.
        has_body = request.method != "GET" and request.can_read_body
        body = (await request.read()).decode("utf-8", "surrogateescape") if has_body else ""
        address = request.remote or ""
        try:
            sent = parse(query, body if request.content_type == FORM else "")
            t = self._time_encoder(request)
        except ApiError as refusal:
            outcome = Outcome(error=refusal)
        else:
            outcome = await run(
                self._venue,
                Request(
                    hall=self._hall,
                    method=method,
                    sent=sent,
                    payload=lambda: security.rest_payload(query, body),
                    api_key=request.headers.get("X-MBX-APIKEY"),
                    address=address,
                    t=t,
                ),
            )
        return await self._answer(request, outcome, address, orders=method.places)

    def _time_encoder(self, request: web.Request) -> EncodeTime:
        if not self._hall.manners.time_units:
            return wire.in_ms
        if "X-MBX-SBE" in request.headers:
            raise ApiError(-1155, "SBE is not enabled.")
        return wire.time_encoder(request.headers.get("X-MBX-TIME-UNIT"))

    async def _answer(
        self, request: web.Request, outcome: Outcome, address: str, *, orders: bool
    ) -> web.StreamResponse:
        if outcome.dropped:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if outcome.html is not None:
            return web.Response(status=502, text=outcome.html, content_type="text/html")
        error = outcome.error
        status = 200 if error is None else error.status
        content = wire.encode(outcome.result if error is None else _error_body(error))
        headers = self._headers(outcome, address, orders=orders)
        if outcome.cut:
            return await _half_answer(request, status, content, headers)
        return web.Response(status=status, body=content, headers=headers)

    def _headers(self, outcome: Outcome, address: str, *, orders: bool) -> dict[str, str]:
        hall = self._hall
        now_us = self._venue.clock.now_us()
        used = str(hall.limits.used_weight(address, now_us))
        headers = {
            "Content-Type": "application/json;charset=UTF-8",
            f"X-MBX-USED-WEIGHT-{hall.limits.settings.weight.suffix}": used,
        }
        if hall.manners.plain_weight_header:
            headers["X-MBX-USED-WEIGHT"] = used
        if orders and outcome.account and outcome.error is None:
            for row in hall.order_counts(outcome.account, now_us):
                headers[f"X-MBX-ORDER-COUNT-{row.interval_num}{row.interval[0]}"] = str(row.count)
        if outcome.error is not None and outcome.error.retry_after_us is not None:
            seconds = -(-(outcome.error.retry_after_us - now_us) // US_PER_S)
            headers["Retry-After"] = str(max(1, seconds))
        return headers


def parse(query: str, body: str) -> dict[str, str]:
    """Return the parameters of a request, the query string's before the body's; raises -1101 for a name sent twice."""
    return _pairs(body) | _pairs(query) if body else _pairs(query)


def _pairs(raw: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in raw.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        name = _text(name)
        if name in found:
            raise ApiError(-1101, "Duplicate values for a parameter detected.")
        found[name] = _text(value)
    return found


def _text(raw: str) -> str:
    """Return what a name or value means; bytes that are no UTF-8 become replacement characters."""
    if not raw.isascii():
        raw = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return unquote_plus(raw) if "%" in raw or "+" in raw else raw


def _error_body(error: ApiError) -> dict[str, Any]:
    body = error.body()
    if error.retry_after_us is not None:
        body.pop("data", None)  # over REST the time to wait is in the Retry-After header alone
    return body


async def _half_answer(
    request: web.Request, status: int, content: bytes, headers: dict[str, Any]
) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = len(content)
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
