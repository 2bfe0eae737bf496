"""What the control endpoint may do to the futures hall."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from binance_nb.models.enums import FuturesOrderType, FuturesTimeInForce, OrderSide
from binance_nb.sandbox.futures.commands import NewOrder
from binance_nb.sandbox.futures.records import PERPETUAL_MARGIN_ASSET
from binance_nb.sandbox.server import hall, wire
from binance_nb.sandbox.server.futures import render_orders
from binance_nb.sandbox.server.futures.hall import StreamMode
from binance_nb.sandbox.server.venue import MAIN_ACCOUNT, Venue

Body = dict[str, Any]


def is_futures(body: Body) -> bool:
    """Return whether a command is about futures; raises ValueError for a product that is none."""
    product = body.get("product", hall.SPOT)
    if product not in {hall.SPOT, hall.FUTURES}:
        raise ValueError(f"there is no product {product!r}; choose {hall.SPOT} or {hall.FUTURES}")
    return bool(product == hall.FUTURES)


def futures_commands(venue: Venue) -> dict[str, Callable[[Body], Any]]:
    """Return the commands that futures alone have."""
    futures = venue.futures

    def mark_price(body: Body) -> None:
        futures.wake(venue.clock.now_us())
        futures.exchange.pin_mark_price(str(body["symbol"]), _decimal(body["price"]), venue.clock.now_us())
        venue.on_time(venue.clock.now_us())

    def funding_rate(body: Body) -> None:
        futures.wake(venue.clock.now_us())
        futures.exchange.pin_funding_rate(str(body["symbol"]), _decimal(body["rate"]), venue.clock.now_us())
        venue.publish()

    def futures_streams(body: Body) -> None:
        futures.stream_mode = StreamMode(str(body["mode"]))

    return {"mark_price": mark_price, "funding_rate": funding_rate, "futures_streams": futures_streams}


def transfer(venue: Venue, body: Body, sign: int) -> None:
    """Move USDT into an account's futures wallet, or out of it."""
    if str(body["asset"]) != PERPETUAL_MARGIN_ASSET:
        raise ValueError(f"the futures wallet holds {PERPETUAL_MARGIN_ASSET} only")
    venue.futures.wake(venue.clock.now_us())
    account_id = venue.futures.account_id(str(body.get("account", MAIN_ACCOUNT)))
    venue.futures.exchange.transfer(account_id, sign * Decimal(str(body["amount"])), venue.clock.now_us())
    venue.publish()


def counter_order(venue: Venue, account: str, body: Body) -> Any:
    """Let the house place an order, at market without a price."""
    futures = venue.futures
    futures.wake(venue.clock.now_us())
    price = _decimal(body.get("price"))
    order = NewOrder(
        symbol=str(body["symbol"]),
        side=OrderSide(str(body["side"])),
        type=FuturesOrderType.MARKET if price is None else FuturesOrderType.LIMIT,
        quantity=Decimal(str(body["quantity"])),
        price=price,
        time_in_force=None if price is None else FuturesTimeInForce(str(body.get("time_in_force", "GTC"))),
    )
    done = futures.exchange.place_order(futures.account_id(account), order, venue.clock.now_us())
    venue.publish()
    return render_orders.order(done, futures.exchange.symbol(done.symbol), wire.in_ms)


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
