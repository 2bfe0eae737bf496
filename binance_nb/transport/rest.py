"""HTTP to the exchange: kept connections, signed where needed, errors typed, reads tried again.

Reads go through an aiohttp session. What changes something goes over lines of our own, which write it once; but through
the session too while something stands in for aiohttp, as vcrpy does when it records or replays.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from binance_nb.config import BinanceConfig
from binance_nb.errors import (
    ExchangeError,
    ExchangeUnavailable,
    IpBanned,
    KeyRefused,
    ListenKeyRetired,
    NetworkError,
    RateLimited,
    SignatureRefused,
    TimestampRefused,
    error_from_answer,
    first_words,
)
from binance_nb.models.decimals import plain, to_decimal
from binance_nb.transport import tap
from binance_nb.transport.backoff import Backoff
from binance_nb.transport.clock import ServerClock
from binance_nb.transport.hints import hint_for
from binance_nb.transport.limits import Cost, RateLimits
from binance_nb.transport.lines import Answer, CannotConnectError, Lines, Request
from binance_nb.transport.signing import Signer, encode
from binance_nb.transport.venues import Venue, spot_venue

MAX_CONNECTIONS = 64
KEEPALIVE_S = 55.0
"""Idle connections are dropped before the exchange's own gateway would drop them under a request."""


ABOUT_US = {"User-Agent": "binance-nb", "Accept": "application/json"}

FREE = Cost(weight=0)

Decode = Callable[[bytes], Any]
"""Reads an answer. Raises msgspec.DecodeError where it cannot."""


class Security(StrEnum):
    """What a request must carry (rest-api.md, "Request Security")."""

    NONE = "none"
    API_KEY = "api_key"
    SIGNED = "signed"


class RestTransport:
    """Requests over HTTP. All methods must be awaited on one and the same event loop."""

    def __init__(self, config: BinanceConfig, signer: Callable[[], Signer], venue: Venue | None = None) -> None:
        """Keep the settings; `signer` is called when the first signed request is made, and may raise then.

        Clock and budgets are the venue's own: spot's where none is given.
        """
        self._config = config
        self._signer = signer
        self._venue = venue or spot_venue(config)
        self._base_url = self._venue.base_url
        self._session: aiohttp.ClientSession | None = None
        self._lines: Lines | None = None
        self._closings = 0
        self._urls: dict[str, URL] = {}
        self._recv_window = plain(to_decimal(config.recv_window_ms))
        self.clock = ServerClock(self._server_time)
        self.limits = RateLimits(self._server_time_s)

    async def _server_time(self) -> int:
        answer = await self.request("GET", self._venue.time_path)
        return int(answer["serverTime"])

    def _server_time_s(self) -> float:
        told_ms = self.clock.now_ms()
        return time.time() if told_ms is None else told_ms / 1000

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEPALIVE_S),
                timeout=aiohttp.ClientTimeout(total=self._config.timeout_s),
                headers=ABOUT_US,
                auto_decompress=True,
            )
        return self._session

    async def close(self) -> None:
        """Close all connections. What still waits for a rate limit is not sent; a later request opens others."""
        self._closings += 1
        if self._lines is not None:
            self._lines.close()
            self._lines = None
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def read(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        security: Security = Security.NONE,
        cost: Cost = FREE,
        decode: Decode = msgspec.json.decode,
    ) -> Any:
        """Make a request that changes nothing, and try again, exponentially later, after network errors and 5xx."""
        backoff = Backoff()
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self.request("GET", path, params, security=security, cost=cost, decode=decode)
            except (ExchangeUnavailable, NetworkError) as error:
                if attempt >= self._config.max_read_attempts:
                    raise
                await asyncio.sleep(max(getattr(error, "retry_after", None) or 0.0, backoff.next_s()))

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        security: Security = Security.NONE,
        cost: Cost = FREE,
        decode: Decode = msgspec.json.decode,
    ) -> Any:
        """Make one request and return the answer as `decode` reads it: decoded JSON, unless it is given.

        It waits where `cost` does not fit the budgets. Made again is only what was certainly not executed: a request
        refused for its timestamp (-1021), once, with a fresh clock; and one refused by a rate limit (429), after the
        time that the exchange asks for. Raises IpBanned during a ban without sending anything, a subclass of
        ExchangeError for an answer that refuses, NetworkError where no answer came.
        """
        backoff = Backoff(1.0)
        attempt = 0
        closings = self._closings
        while True:
            attempt += 1
            await self.limits.admit(cost)
            try:
                if closings != self._closings:
                    how = "the client was closed while it waited for the exchange's rate limits"
                    raise NetworkError(f"{method} {path} was not sent: {how}", sent=False)
                return await self._request_once(method, path, params, security, decode)
            except RateLimited as error:
                if error.retry_after is None:
                    error.retry_after = backoff.next_s()
                self.limits.note_refusal(error)
                given_up = attempt >= self._config.max_read_attempts
                if isinstance(error, IpBanned) or given_up:
                    raise
            finally:
                self.limits.settle(cost)

    async def _request_once(
        self, method: str, path: str, params: Mapping[str, str] | None, security: Security, decode: Decode
    ) -> Any:
        if security is not Security.SIGNED:
            return await self._send(method, path, encode(params) if params else "", security, decode)
        measured = self.clock.measurements
        try:
            return await self._send(method, path, await self._signed(params or {}), security, decode)
        except TimestampRefused:
            await self.clock.remeasure(max(measured, 1))
            return await self._send(method, path, await self._signed(params or {}), security, decode)

    async def _signed(self, params: Mapping[str, str]) -> str:
        signer = self._signer()
        timestamp = await self.clock.timestamp_ms()
        head = encode(params)
        payload = f"{head}{'&' if head else ''}recvWindow={self._recv_window}&timestamp={timestamp}"
        return f"{payload}&{encode({'signature': signer.sign(payload)})}"

    async def _send(self, method: str, path: str, query: str, security: Security, decode: Decode) -> Any:
        body: bytes | None = None
        if method in {"POST", "PUT"} and query:
            body = query.encode()
            url = self._urls.get(path) or self._urls.setdefault(path, URL(self._base_url + path, encoded=True))
        else:
            url = URL(f"{self._base_url}{path}?{query}" if query else self._base_url + path, encoded=True)
        if tap.listeners:
            tap.tell("call", None, f"{method} {self._base_url}{path}")
        way = self._through_session if method == "GET" or _is_stood_in_for() else self._over_a_line
        try:
            answer = await way(method, url, body, security)
        except CannotConnectError as error:
            raise NetworkError(
                f"cannot reach {self._config.environment} at {self._base_url} ({error}); nothing was sent", sent=False
            ) from None
        except TimeoutError:
            within = f"within {self._config.timeout_s:g} s"
            raise NetworkError(f"no answer to {method} {path} {within}", sent=True) from None
        except aiohttp.ClientError as error:
            how = f"the connection broke during {method} {path} ({type(error).__name__})"
            raise NetworkError(how, sent=True) from None
        self.limits.note_headers(answer.headers)
        if answer.status < 300:
            payload = _decoded(answer.content, decode)
            if isinstance(payload, str):
                what = f"the answer to {method} {path} cannot be read"
                raise NetworkError(f"{what}: {first_words(payload)!r}", sent=True)
            return payload
        raise self._error(answer.status, _decoded(answer.content), answer.headers, f"{method} {path}")

    async def _over_a_line(self, method: str, url: URL, body: bytes | None, security: Security) -> Answer:
        if self._lines is None:
            self._lines = Lines(self._base_url, ABOUT_US, most=MAX_CONNECTIONS, keep_s=KEEPALIVE_S)
        request = Request(method, url, self._headers(security, form=body is not None), body)
        return await self._lines.send(request, self._config.timeout_s)

    async def _through_session(self, method: str, url: URL, body: bytes | None, security: Security) -> Answer:
        session = self._open_session()
        try:
            async with session.request(
                method,
                url,
                data=body,
                headers=self._headers(security, form=body is not None),
                allow_redirects=False,
            ) as answer:
                return Answer(answer.status, answer.headers, await answer.read())
        except aiohttp.ClientConnectorError as error:
            raise CannotConnectError(error.os_error.strerror or type(error.os_error).__name__) from None

    def _headers(self, security: Security, *, form: bool) -> dict[str, str]:
        # Made here and not by who sends, so that a traceback which prints local variables shows no key.
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        if security is not Security.NONE:
            headers["X-MBX-APIKEY"] = self._signer().api_key
        return headers

    def _error(self, status: int, payload: Any, headers: Mapping[str, str], what: str) -> ExchangeError:
        error = error_from_answer(status, payload, headers=headers, request=what, codes=self._venue.codes)
        if status == 410:
            return ListenKeyRetired(
                f"{what} is gone: spot listen keys were switched off on 2026-02-20.",
                http_status=status,
                request=what,
                hint="Use client.start_stream() (UserDataStreamManager), which subscribes over the WebSocket API.",
            )
        if isinstance(error, KeyRefused | SignatureRefused):
            error.hint = hint_for(error, self._config.environment, self._venue.keys_made_at)
        return error


def _is_stood_in_for() -> bool:
    """Whether aiohttp's requests are not its own: vcrpy, and what else records or replays, take their place."""
    return getattr(aiohttp.ClientSession._request, "__globals__", None) is not vars(aiohttp.client)


def _decoded(content: bytes, decode: Decode = msgspec.json.decode) -> Any:
    """Return what `decode` reads in `content`, or its text where it cannot (a gateway's page, half an answer)."""
    try:
        return decode(content or b"{}")
    except msgspec.DecodeError:
        return content.decode("utf-8", "replace")
