"""A client without an exchange that has USD-M futures: positions, orders of both kinds, leverage; for widget tests."""

from decimal import Decimal

from binance_nb import frames, futures_frames, futures_schemas, schemas
from binance_nb.models.futures_events import parse_event
from tests.widgets.fake_client import FakeClient, FakeSubscription

BTCUSDT = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "marginAsset": "USDT",
    "pricePrecision": 2,
    "quantityPrecision": 3,
    "orderTypes": [
        "LIMIT",
        "MARKET",
        "STOP",
        "STOP_MARKET",
        "TAKE_PROFIT",
        "TAKE_PROFIT_MARKET",
        "TRAILING_STOP_MARKET",
    ],
    "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "500", "maxPrice": "4000000", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "120", "stepSize": "0.001"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MIN_NOTIONAL", "notional": "50"},
        {"filterType": "PERCENT_PRICE", "multiplierUp": "1.05", "multiplierDown": "0.95", "multiplierDecimal": "4"},
    ],
}


def position(amount="0.050", *, side="BOTH", symbol="BTCUSDT", entry="64000.00", mark="64100.00", **more):
    """A row of positionRisk."""
    profit = (float(mark) - float(entry)) * float(amount)
    return {
        "symbol": symbol,
        "positionSide": side,
        "positionAmt": amount,
        "entryPrice": entry,
        "markPrice": mark,
        "unRealizedProfit": f"{profit:.8f}",
        "liquidationPrice": "51234.5678",
        "isolatedMargin": "0",
        "marginAsset": "USDT",
        "updateTime": 1_795_000_000_000,
        **more,
    }


def asset(name, wallet, *, profit="0", available=None):
    """An asset of the account."""
    told = {"walletBalance": wallet, "unrealizedProfit": profit, "availableBalance": available or wallet}
    return {"asset": name, **told, "marginBalance": str(Decimal(wallet) + Decimal(profit))}


def wallet_update(**wallets):
    """An ACCOUNT_UPDATE that tells what is in the wallet."""
    told = [{"a": name, "wb": wallet, "cw": wallet, "bc": "0"} for name, wallet in wallets.items()]
    return parse_event({"e": "ACCOUNT_UPDATE", "E": 1, "T": 1, "a": {"m": "ORDER", "B": told, "P": []}})


def account_update(amount, *, side="BOTH", entry="64000.00", symbol="BTCUSDT", time_ms=1_795_000_001_000):
    """An ACCOUNT_UPDATE that tells of one position."""
    told = {"s": symbol, "pa": amount, "ep": entry, "cr": "0", "up": "0", "mt": "cross", "iw": "0", "ps": side}
    return parse_event({"e": "ACCOUNT_UPDATE", "E": time_ms, "T": time_ms, "a": {"m": "ORDER", "B": [], "P": [told]}})


def leverage_update(leverage, symbol="BTCUSDT"):
    """An ACCOUNT_CONFIG_UPDATE."""
    return parse_event({"e": "ACCOUNT_CONFIG_UPDATE", "E": 1, "T": 1, "ac": {"s": symbol, "l": leverage}})


class FakeFuturesClient(FakeClient):
    """Answers the futures verbs too; `tell_futures` says what its stream tells."""

    def __init__(self, environment="sandbox", *, positions=(), is_hedged=False, **keywords):
        super().__init__(environment, **keywords)
        self.positions = list(positions)
        self.is_hedged = is_hedged
        self.futures_assets = [asset("USDT", "12000.00", profit="-20.00", available="10000.00"), asset("BNB", "0")]
        self.config.get_futures_base_url = lambda: f"https://futures.{environment}.example"
        self.answers |= {
            "get_futures_positions": lambda *_, **__: list(self.positions),
            "get_futures_symbol_config": [{"symbol": "BTCUSDT", "marginType": "CROSSED", "leverage": 20}],
            "get_futures_mark_price": {"symbol": "BTCUSDT", "markPrice": "64100.00"},
            "place_futures_order": self.new_futures_order,
            "test_futures_order": None,
            "check_futures_order": lambda *_, **__: frames.build([], schemas.RULE_CHECKS),
            "get_futures_exchange_info": {"symbols": [BTCUSDT]},
            "get_futures_book_ticker": {"symbol": "BTCUSDT", "bidPrice": "63999.90", "askPrice": "64000.10"},
            "get_futures_order_book": self.book,
            "get_futures_price": self.futures_price,
            "get_futures_account_info": lambda *_, **__: {
                "assets": list(self.futures_assets),
                "positions": list(self.positions),
            },
            "get_futures_position_mode": lambda *_, **__: {"dualSidePosition": self.is_hedged},
            "get_futures_commission_rates": {"makerCommissionRate": "0.0002", "takerCommissionRate": "0.0005"},
            "set_futures_leverage": lambda symbol, leverage: futures_frames.table(
                [{"symbol": symbol, "leverage": leverage, "maxNotionalValue": "1000000"}],
                futures_schemas.SYMBOL_CONFIG,
            ),
        }

    def subscribe_futures_events(self, callback):
        """Take events of the futures stream from now on."""
        subscription = FakeSubscription(self, callback)
        self.futures_subscriptions.append(subscription)
        return subscription

    def futures_price(self, symbol=None, **_):
        """The last price of a symbol, or of all."""
        told = {"symbol": "BTCUSDT", "price": "64000.00"}
        return told if symbol else [told, {"symbol": "BNBUSDT", "price": "600.00"}]

    def tell_futures(self, event):
        """Hand an event to all who listen."""
        for subscription in list(self.futures_subscriptions):
            subscription.callback(event)

    def new_futures_order(self, order, **_):
        """An order as the exchange acknowledges it: a market order filled, any other resting."""
        self.order_number += 1
        kind = order.order_type.value
        told = {
            "symbol": order.symbol,
            "side": order.side.value,
            "positionSide": "BOTH" if order.position_side is None else order.position_side.value,
            "price": str(order.price or 0),
        }
        if order.is_conditional:
            told |= {"algoId": self.order_number, "clientAlgoId": order.new_client_order_id, "orderType": kind}
            told |= {"algoStatus": "NEW", "quantity": str(order.quantity or 0)}
        else:
            quantity, filled = str(order.quantity), kind == "MARKET"
            told |= {"orderId": self.order_number, "clientOrderId": order.new_client_order_id, "type": kind}
            told |= {"status": "FILLED" if filled else "NEW", "origQty": quantity}
            told |= {"executedQty": quantity if filled else "0"}
        self.told = told
        return futures_frames.orders([futures_frames.order_row(told)])

    def ended(self, status):
        """The last order in a state in which nothing more can happen."""
        return futures_frames.orders([futures_frames.order_row({**self.told, "status": status, "algoStatus": status})])
