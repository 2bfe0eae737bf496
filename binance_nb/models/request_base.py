"""What every order request has: symbol, side, amounts as Decimals, a client order id; a mistake is one sentence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import plain, to_decimal
from binance_nb.models.enums import NewOrderRespType, OrderSide, SelfTradePreventionMode


def new_client_order_id() -> str:
    """Return a fresh client order id: `nb-` and 22 random characters."""
    return f"nb-{os.urandom(11).hex()}"


def upper(value: object) -> object:
    """Return a text in capitals without blanks around it, and anything else as it is."""
    return value.strip().upper() if isinstance(value, str) else value


def positive(value: object, info: ValidationInfo) -> Decimal | None:
    """Return an amount as a Decimal. Raises InvalidOrderError, naming the field, unless it is greater than zero."""
    if value is None:
        return None
    name = info.field_name or "value"
    number = to_decimal(value, name)
    if number <= 0:
        raise InvalidOrderError(f"{name} must be greater than zero, not {plain(number)}")
    return number


class OrderRequest(BaseModel):
    """The fields that orders of every product have; `WIRE` names all fields as the exchange does."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    WIRE: ClassVar[Mapping[str, str]] = {}

    symbol: str
    side: OrderSide
    order_type: StrEnum
    quantity: Decimal | None = None
    price: Decimal | None = None
    time_in_force: StrEnum | None = None
    new_client_order_id: str = Field(default_factory=new_client_order_id)
    new_order_resp_type: NewOrderRespType
    self_trade_prevention_mode: SelfTradePreventionMode | None = None

    def __init__(self, **fields: Any) -> None:
        """Check the fields; a mistake is one sentence."""
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise _first_mistake(error, type(self)) from None

    @field_validator("symbol", mode="before")
    @classmethod
    def _symbol(cls, value: object) -> object:
        if not isinstance(value, str) or not value.strip():
            raise InvalidOrderError('symbol must be a name such as "BTCUSDT"')
        return value.strip().upper()

    @field_validator("side", "time_in_force", "new_order_resp_type", "self_trade_prevention_mode", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return upper(value)

    @field_validator("quantity", "price", mode="before")
    @classmethod
    def _positive(cls, value: object, info: ValidationInfo) -> Decimal | None:
        return positive(value, info)

    def to_params(self) -> dict[str, str]:
        """Return the exchange's own parameters, every value as the text that goes on the wire."""
        return self._params(self.WIRE)

    def _params(self, names: Mapping[str, str]) -> dict[str, str]:
        params: dict[str, str] = {}
        held = self.__dict__
        for name, wire in names.items():
            value = held[name]
            if value is None:
                continue
            kind = type(value)
            if kind is Decimal:
                params[wire] = plain(value)
            else:
                params[wire] = str(value).lower() if kind is bool else str(value)
        return params


def _first_mistake(error: ValidationError, kind: type[OrderRequest]) -> InvalidOrderError:
    first = error.errors(include_url=False)[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, InvalidOrderError):
        return cause
    name = str(first["loc"][0]) if first["loc"] else "order"
    if first["type"] == "missing":
        return InvalidOrderError(f"an order needs {'an ' if name[0] in 'aeiou' else 'a '}{name}")
    if first["type"] == "extra_forbidden":
        known = ", ".join(kind.model_fields)
        return InvalidOrderError(f"{name!r} is not a field of {kind.__name__}; the fields are: {known}")
    if first["type"] == "enum":
        return InvalidOrderError(f"{name} must be {first['ctx']['expected']}, not {first['input']!r}")
    return InvalidOrderError(f"{name}: {first['msg'][0].lower()}{first['msg'][1:]}, not {first['input']!r}")
