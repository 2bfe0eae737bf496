"""What carries an endpoint's request: the REST transport is one such door, the WebSocket API another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from binance_nb.transport.limits import Cost
from binance_nb.transport.rest import Decode, Security


class Door(Protocol):
    """Carries requests, named as in rest-api.md, to the exchange and brings the decoded answers back."""

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        security: Security = ...,
        cost: Cost = ...,
    ) -> Any:
        """Make one request that may change something."""

    async def read(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        security: Security = ...,
        cost: Cost = ...,
        decode: Decode = ...,
    ) -> Any:
        """Make one request that changes nothing, trying again where that can help.

        `decode` reads the bytes of an answer that is better not decoded whole; the WebSocket API has no such method.
        """
