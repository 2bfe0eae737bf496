"""What a view of an account asks the client on each product, and how it reads the answers: spot, USD-M futures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Generic, TypeVar

from binance_nb.models.decimals import plain
from binance_nb.models.events import Balance, BalanceUpdate
from binance_nb.models.fills import SPOT, USDM
from binance_nb.models.futures_events import AccountEvent, FuturesEvent

NOUGHT = Decimal(0)


@dataclass(frozen=True, slots=True)
class MarginBalance:
    """What a futures account holds of an asset, in its units; profit and loss are those of open positions."""

    asset: str
    wallet_balance: Decimal
    unrealized_profit: Decimal
    available_balance: Decimal

    @property
    def margin_balance(self) -> Decimal:
        """What the account would be worth with its positions closed at the mark price."""
        return self.wallet_balance + self.unrealized_profit


HeldT = TypeVar("HeldT", Balance, MarginBalance)


@dataclass(frozen=True, slots=True)
class AccountProduct(Generic[HeldT]):
    """The verbs and readings of one product."""

    name: str
    label: str
    """How the badge names it; empty for spot."""
    columns: Mapping[str, str]
    """What is told of an asset besides its name and its value: the names, and their headings."""
    account_verb: str
    price_verb: str
    subscribe_verb: str
    state_name: str
    """The client's property that knows the state of its stream."""
    stream: Mapping[str, str]
    """The keywords with which its stream is started."""
    every_s: tuple[float, float]
    """How often balances are asked for: while the stream tells of them too, and while it does not."""
    after_s: float
    """How soon they are asked for once the stream told of a change that it does not tell all of."""
    balances: Callable[[Mapping[str, Any]], list[HeldT]]
    """Reads the answer of the account."""
    nothing: Callable[[str], HeldT]
    """What is held of an asset that there is none of."""
    told: Callable[[Any, Mapping[str, HeldT]], tuple[list[HeldT], bool]]
    """Reads an event, given what is held: what it tells of balances, and whether the rest is to be asked for."""
    texts: Callable[[HeldT], dict[str, str]]
    worth: Callable[[HeldT], Decimal]
    """How much of the asset it is that has a value."""
    direction: Callable[[HeldT, HeldT], str]
    """Which way it went from one to the other: "up", "down" or "moved"; empty where that is not to be pointed at."""
    is_empty: Callable[[HeldT], bool]


# Spot


def _spot_balances(answer: Mapping[str, Any]) -> list[Balance]:
    rows: Iterable[Mapping[str, Any]] = answer["balances"]
    return [Balance(row["asset"], Decimal(row["free"]), Decimal(row["locked"])) for row in rows]


def _spot_told(update: BalanceUpdate, _held: Mapping[str, Balance]) -> tuple[list[Balance], bool]:
    return list(update.balances), not update.balances  # such as a deposit, which comes without the balance after it


def _spot_direction(before: Balance, now: Balance) -> str:
    had, has = before.free + before.locked, now.free + now.locked
    return "up" if has > had else "down" if has < had else "moved"


SPOT_ACCOUNT: AccountProduct[Balance] = AccountProduct(
    name=SPOT,
    label="",
    columns={"free": "Free", "locked": "Locked", "total": "Total"},
    account_verb="get_account_info",
    price_verb="get_price",
    subscribe_verb="subscribe_balances",
    state_name="stream_state",
    stream={},
    every_s=(30.0, 10.0),  # weight 20 (rest-api.md)
    after_s=0.0,
    balances=_spot_balances,
    nothing=lambda asset: Balance(asset, NOUGHT, NOUGHT),
    told=_spot_told,
    texts=lambda one: {"free": plain(one.free), "locked": plain(one.locked), "total": plain(one.free + one.locked)},
    worth=lambda one: one.free + one.locked,
    direction=_spot_direction,
    is_empty=lambda one: not one.free and not one.locked,
)


# USD-M futures


def _futures_balances(answer: Mapping[str, Any]) -> list[MarginBalance]:
    names = ("walletBalance", "unrealizedProfit", "availableBalance")
    return [MarginBalance(row["asset"], *(Decimal(row[name]) for name in names)) for row in answer["assets"]]


def _futures_told(event: FuturesEvent, held: Mapping[str, MarginBalance]) -> tuple[list[MarginBalance], bool]:
    """Read an ACCOUNT_UPDATE: it tells of the wallet alone, so that what is available has to be asked for."""
    if not isinstance(event, AccountEvent):
        return [], False
    told = []
    for row in event.rows:
        if "wallet_balance" in row:
            wallet = Decimal(row["wallet_balance"])
            before = held.get(row["asset"], MarginBalance(row["asset"], NOUGHT, NOUGHT, wallet))
            told.append(replace(before, wallet_balance=wallet))
    return told, True


def _futures_direction(before: MarginBalance, now: MarginBalance) -> str:
    """Return which way the wallet went: what else is told moves with the market all the time."""
    had, has = before.wallet_balance, now.wallet_balance
    return "up" if has > had else "down" if has < had else ""


FUTURES_ACCOUNT: AccountProduct[MarginBalance] = AccountProduct(
    name=USDM,
    label="USD-M futures",
    columns={
        "wallet_balance": "Wallet",
        "unrealized_profit": "Unrealised",
        "margin_balance": "Margin",
        "available_balance": "Available",
    },
    account_verb="get_futures_account_info",
    price_verb="get_futures_price",
    subscribe_verb="subscribe_futures_events",
    state_name="futures_stream_state",
    stream={"product": USDM},
    every_s=(5.0, 5.0),  # weight 5 ("Account Information V3"); profit moves with every mark price
    after_s=0.5,
    balances=_futures_balances,
    nothing=lambda asset: MarginBalance(asset, NOUGHT, NOUGHT, NOUGHT),
    told=_futures_told,
    texts=lambda one: {name: plain(getattr(one, name)) for name in FUTURES_ACCOUNT.columns},
    worth=lambda one: one.margin_balance,
    direction=_futures_direction,
    is_empty=lambda one: not one.wallet_balance and not one.unrealized_profit,
)

ACCOUNTS: Mapping[str, AccountProduct[Any]] = {SPOT: SPOT_ACCOUNT, USDM: FUTURES_ACCOUNT}
"""By the name of the product."""
