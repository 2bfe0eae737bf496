"""A method of the API, described once for both doors: names, security, weight, parameters, handler."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from binance_nb.models.enums import NewOrderRespType
from binance_nb.sandbox.server.keys import Permission
from binance_nb.sandbox.server.params import Param
from binance_nb.sandbox.server.wire import EncodeTime

if TYPE_CHECKING:
    from binance_nb.sandbox.server.session import Session
    from binance_nb.sandbox.server.venue import Venue

Values = Mapping[str, Any]
Weight = int | Callable[[Values], int]


@dataclass(slots=True)
class Call:
    """One admitted request: who asks, what was asked, when, and how times are written in the answer."""

    venue: "Venue"
    values: Values
    now_us: int
    t: EncodeTime
    account: str = ""
    account_id: int = -1
    api_key: str = ""
    session: "Session | None" = None
    success_weight: int | None = None  # what the request costs if it succeeds, None for its full weight

    def __getitem__(self, name: str) -> Any:
        """Return a parameter's value, None or its default when it was not sent."""
        return self.values[name]


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Method:
    """One row of the table.

    `name` is the WebSocket API's, `rest` the verb and path; either may be missing. A method whose `success_weight` is
    set costs that when it succeeds and `weight` when it fails (CHANGELOG 2026-03-27). `key_only` methods need a key
    but no signature, `own_key` methods one of their own even when the session is logged on. `changes` tells that the
    handler may change the exchange, `places` that it counts towards the unfilled orders. An `idle` method asks nothing
    of the market and does not wake one that sleeps: a clock that is read while it opens would be read wrong.
    """

    name: str
    rest: tuple[str, str] | None
    handler: Handler
    params: tuple[Param, ...] = ()
    security: Permission = Permission.NONE
    weight: Weight = 1
    success_weight: int | None = None
    key_only: bool = False
    own_key: bool = False
    changes: bool = False
    places: bool = False
    idle: bool = False
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Work out which parameter names the method reads, those of the signature included."""
        names = {param.name for param in self.params}
        if self.signed:
            names |= {"timestamp", "recvWindow", "signature"}
        object.__setattr__(self, "known", frozenset(names))

    @property
    def signed(self) -> bool:
        """Return whether requests must be signed."""
        return self.security is not Permission.NONE and not self.key_only

    def cost(self, sent: Mapping[str, str]) -> int:
        """Return the request weight; it may depend on the parameters as sent."""
        return self.weight if isinstance(self.weight, int) else self.weight(sent)


def answer_form(call: Call, order_type: str) -> NewOrderRespType:
    """Return how much the answer to a new order tells: as asked, else FULL for MARKET and LIMIT, ACK for the others."""
    asked: NewOrderRespType | None = call["newOrderRespType"]
    if asked is not None:
        return asked
    return NewOrderRespType.FULL if order_type in {"MARKET", "LIMIT"} else NewOrderRespType.ACK
