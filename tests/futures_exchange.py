"""What the scripted exchange says about USD-M futures: shapes and sizes of the real answers, made up values."""

from typing import Any

from scripted import SERVER_TIME

FUTURES_INFO: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "deliveryDate": 4133404800000,
    "onboardDate": 1569398400000,
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "marginAsset": "USDT",
    "pricePrecision": 2,
    "quantityPrecision": 3,
    "triggerProtect": "0.0500",
    "liquidationFee": "0.012500",
    "marketTakeBound": "0.05",
    "orderTypes": [
        "LIMIT",
        "MARKET",
        "STOP",
        "STOP_MARKET",
        "TAKE_PROFIT",
        "TAKE_PROFIT_MARKET",
        "TRAILING_STOP_MARKET",
    ],
    "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD", "RPI"],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "556.80", "maxPrice": "4529764", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "120", "stepSize": "0.001"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MIN_NOTIONAL", "notional": "50"},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": "1.0500",
            "multiplierDown": "0.9500",
            "multiplierDecimal": "4",
        },
        {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
    ],
}

FUTURES_LIMITS = [
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400},
    {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
]


def futures_exchange_info(*symbols: dict[str, Any]) -> dict[str, Any]:
    """An answer of exchangeInfo."""
    infos = list(symbols or (FUTURES_INFO,))
    return {"timezone": "UTC", "serverTime": SERVER_TIME, "rateLimits": FUTURES_LIMITS, "symbols": infos}


def futures_ack(**changes: Any) -> dict[str, Any]:
    """The answer to a new order as it is since 2026-07: it tells no average price and no amount in quote units."""
    return {
        "orderId": 22542179,
        "symbol": "BTCUSDT",
        "status": "NEW",
        "clientOrderId": "nb-f1",
        "price": "60000.00",
        "origQty": "0.010",
        "executedQty": "0",
        "cumQty": "0",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "reduceOnly": False,
        "closePosition": False,
        "side": "BUY",
        "positionSide": "BOTH",
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": "LIMIT",
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "goodTillDate": 0,
        "updateTime": SERVER_TIME,
        **changes,
    }


def futures_order(**changes: Any) -> dict[str, Any]:
    """A queried order: it tells average price and amount too."""
    return futures_ack(**{"avgPrice": "0.00", "cumQuote": "0", "time": SERVER_TIME - 5, **changes})


def algo_order(**changes: Any) -> dict[str, Any]:
    """A conditional order in the Algo Service, as placing answers it."""
    return {
        "algoId": 2146760,
        "clientAlgoId": "nb-a1",
        "algoType": "CONDITIONAL",
        "orderType": "STOP_MARKET",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "positionSide": "BOTH",
        "timeInForce": "GTC",
        "quantity": "0.010",
        "algoStatus": "NEW",
        "triggerPrice": "58000.00",
        "price": "0.00",
        "icebergQuantity": None,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": "CONTRACT_PRICE",
        "priceMatch": "NONE",
        "closePosition": False,
        "priceProtect": False,
        "reduceOnly": True,
        "activatePrice": "",
        "callbackRate": "",
        "createTime": SERVER_TIME - 10,
        "updateTime": SERVER_TIME - 10,
        "triggerTime": 0,
        "goodTillDate": 0,
        **changes,
    }


def futures_trade(trade_id: int, **changes: Any) -> dict[str, Any]:
    """A row of userTrades: half a hundredth of a bitcoin."""
    return {
        "symbol": "BTCUSDT",
        "pair": "BTCUSDT",
        "id": trade_id,
        "orderId": 22542179,
        "side": "BUY",
        "positionSide": "BOTH",
        "price": "60000.00",
        "qty": "0.005",
        "quoteQty": "300.00",
        "baseQty": "0",
        "realizedPnl": "0",
        "marginAsset": "USDT",
        "commission": "0.12",
        "commissionAsset": "USDT",
        "time": SERVER_TIME + trade_id,
        "buyer": True,
        "maker": False,
        **changes,
    }


def order_update(**changes: Any) -> dict[str, Any]:
    """An ORDER_TRADE_UPDATE with every field that is always there; the changes are of its order."""
    order = {
        "s": "BTCUSDT",
        "c": "nb-f1",
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "0.010",
        "p": "60000.00",
        "ap": "0",
        "sp": "0",
        "x": "NEW",
        "X": "NEW",
        "i": 22542179,
        "l": "0",
        "z": "0",
        "L": "0",
        "n": "0",
        "N": "USDT",
        "T": SERVER_TIME,
        "t": 0,
        "b": "0",
        "a": "0",
        "m": False,
        "R": False,
        "wt": "CONTRACT_PRICE",
        "ot": "LIMIT",
        "ps": "BOTH",
        "cp": False,
        "pP": False,
        "si": 0,
        "ss": 0,
        "rp": "0",
        "V": "EXPIRE_MAKER",
        "pm": "NONE",
        "gtd": 0,
        "er": "0",
        **changes,
    }
    return {"e": "ORDER_TRADE_UPDATE", "E": SERVER_TIME + 2, "T": order["T"], "o": order}


def trade_update(trade_id: int, filled: str, **changes: Any) -> dict[str, Any]:
    """An ORDER_TRADE_UPDATE of a fill of 0.005 at 60000; `filled` is the whole so far."""
    return order_update(
        **{
            "x": "TRADE",
            "X": "FILLED" if filled == "0.010" else "PARTIALLY_FILLED",
            "l": "0.005",
            "L": "60000.00",
            "z": filled,
            "ap": "60000.00",
            "n": "0.12",
            "t": trade_id,
            "T": SERVER_TIME + trade_id,
            "rp": "1.5",
            **changes,
        }
    )


def algo_update(**changes: Any) -> dict[str, Any]:
    """An ALGO_UPDATE; the changes are of its order."""
    order = {
        "caid": "nb-a1",
        "aid": 2146760,
        "at": "CONDITIONAL",
        "o": "STOP_MARKET",
        "s": "BTCUSDT",
        "S": "SELL",
        "ps": "BOTH",
        "f": "GTC",
        "q": "0.010",
        "X": "NEW",
        "ai": "",
        "ap": "0.00000",
        "aq": "0.00000",
        "act": "0",
        "tp": "58000",
        "p": "0",
        "V": "EXPIRE_MAKER",
        "wt": "CONTRACT_PRICE",
        "pm": "NONE",
        "cp": False,
        "pP": False,
        "R": True,
        "tt": 0,
        "gtd": 0,
        "rm": "",
        **changes,
    }
    return {"e": "ALGO_UPDATE", "T": SERVER_TIME, "E": SERVER_TIME + 1, "o": order}
