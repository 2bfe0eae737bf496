"""What a ticket asks the client on each product, and what it learns from the answers: spot, USD-M futures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from binance_nb.config import BinanceConfig
from binance_nb.models.enums import OrderSide
from binance_nb.models.fills import SPOT, USDM
from binance_nb.models.futures_rules import FuturesRules
from binance_nb.models.rules import SymbolRules
from binance_nb.widgets.ticket_estimate import NOUGHT, Line, Touch, estimate, rates_of, share_of_balance
from binance_nb.widgets.ticket_form import Form
from binance_nb.widgets.ticket_futures import ArmedFutures
from binance_nb.widgets.ticket_futures_estimate import futures_estimate, share_of_margin
from binance_nb.widgets.ticket_futures_form import FuturesForm
from binance_nb.widgets.ticket_orders import Armed

Rates = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that a ticket asks for by itself: by which verb, how often, and what it learns from the answer."""

    what: str
    verb: str
    every_s: float
    take: Callable[[Touch, Any, Mapping[str, Any]], Touch]
    """Returns what is known after an answer; the last argument is the symbol's entry of exchangeInfo."""
    of_symbol: bool = True
    is_private: bool = True
    """Whether it needs a key; a locked ticket leaves it out."""
    keywords: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TicketProduct:
    """The verbs and readings of one product."""

    name: str
    label: str
    """How the badge names it; empty for spot."""
    form: Callable[..., Form]
    rules: Callable[[Mapping[str, Any]], Any]
    armed: Callable[[Any], Any]
    info_verb: str
    book_verb: str
    status_verb: str
    cancel_verb: str
    asks: tuple[Ask, ...]
    rates: Callable[[Any, OrderSide], Rates]
    share: Callable[[Any, Touch, Any, int], dict[str, str]]
    estimate: Callable[[Any, Touch, Any], list[Line]]
    address: Callable[[BinanceConfig], str]
    """Returns where its orders go."""
    book_depths: Mapping[int, float]
    """How deep a book is asked for, and how often in seconds: the deeper answers weigh more."""
    has_leverage: bool = False


def _quote(touch: Touch, answer: Any, info: Mapping[str, Any]) -> Touch:
    if answer["symbol"] != info["symbol"]:
        return touch
    return replace(touch, bid=Decimal(answer["bidPrice"]), ask=Decimal(answer["askPrice"]))


def _balances(touch: Touch, answer: Any, info: Mapping[str, Any]) -> Touch:
    free = {row["asset"]: Decimal(row["free"]) for row in answer["balances"]}
    base, quote = free.get(info["baseAsset"], NOUGHT), free.get(info["quoteAsset"], NOUGHT)
    return replace(touch, free_base=base, free_quote=quote)


def _fees(touch: Touch, answer: Any, _info: Mapping[str, Any]) -> Touch:
    return replace(touch, fees=answer)


def _margin(touch: Touch, answer: Any, info: Mapping[str, Any]) -> Touch:
    available = {row["asset"]: Decimal(row["availableBalance"]) for row in answer["assets"]}
    held = tuple(row for row in answer["positions"] if row["symbol"] == info["symbol"])
    return replace(touch, free_quote=available.get(info["marginAsset"], NOUGHT), positions=held)


def _settings(touch: Touch, answer: Any, info: Mapping[str, Any]) -> Touch:
    for row in answer:
        if row["symbol"] == info["symbol"]:
            most = Decimal(str(row.get("maxNotionalValue") or 0)) or None
            return replace(touch, leverage=int(row["leverage"]), max_notional=most)
    return touch


def _mode(touch: Touch, answer: Any, _info: Mapping[str, Any]) -> Touch:
    return replace(touch, is_hedged=bool(answer["dualSidePosition"]))


def _mark(touch: Touch, answer: Any, _info: Mapping[str, Any]) -> Touch:
    return replace(touch, mark=Decimal(answer["markPrice"]) or None)


def _last(touch: Touch, answer: Any, _info: Mapping[str, Any]) -> Touch:
    return replace(touch, last=Decimal(answer["price"]) or None)


def _futures_rates(answer: Any, _side: OrderSide) -> Rates:
    return Decimal(answer["makerCommissionRate"]), Decimal(answer["takerCommissionRate"])


SPOT_TICKET = TicketProduct(
    name=SPOT,
    label="",
    form=Form,
    rules=SymbolRules,
    armed=Armed,
    info_verb="get_exchange_info",
    book_verb="get_order_book",
    status_verb="get_order_status",
    cancel_verb="cancel_order_by_id",
    asks=(
        # Weights by rest-api.md: 2, 20 and 20; balances are asked for after every fill too.
        Ask("quote", "get_book_ticker", 1.0, _quote, is_private=False),
        Ask("balances", "get_account_info", 10.0, _balances, of_symbol=False, keywords={"omit_zero_balances": False}),
        Ask("fees", "get_commission_rates", 600.0, _fees),
    ),
    rates=rates_of,
    share=share_of_balance,
    estimate=estimate,
    address=lambda config: config.get_base_url(),
    book_depths={100: 2.0, 1000: 6.0, 5000: 20.0},
)
FUTURES_TICKET = TicketProduct(
    name=USDM,
    label="USD-M futures",
    form=FuturesForm,
    rules=FuturesRules,
    armed=ArmedFutures,
    info_verb="get_futures_exchange_info",
    book_verb="get_futures_order_book",
    status_verb="get_futures_order_status",
    cancel_verb="cancel_futures_order_by_id",
    asks=(
        # Weights by usds-margined-futures: 2, 1, 1, 5, 5, 5 and 20; the stream tells of leverage and positions too.
        Ask("quote", "get_futures_book_ticker", 1.0, _quote, is_private=False),
        Ask("mark", "get_futures_mark_price", 2.0, _mark, is_private=False),
        Ask("last", "get_futures_price", 2.0, _last, is_private=False),
        Ask("balances", "get_futures_account_info", 10.0, _margin, of_symbol=False),
        Ask("settings", "get_futures_symbol_config", 30.0, _settings),
        Ask("mode", "get_futures_position_mode", 30.0, _mode, of_symbol=False),
        Ask("fees", "get_futures_commission_rates", 600.0, _fees),
    ),
    rates=_futures_rates,
    share=share_of_margin,
    estimate=futures_estimate,
    address=lambda config: config.get_futures_base_url(),
    book_depths={100: 2.0, 1000: 6.0},
    has_leverage=True,
)
TICKETS = {product.name: product for product in (SPOT_TICKET, FUTURES_TICKET)}
