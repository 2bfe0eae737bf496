"""Futures methods about the exchange itself: ping, time, symbols and limits."""

from typing import Any

from binance_nb.sandbox.futures.records import PERPETUAL_MARGIN_ASSET
from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.server.futures import render
from binance_nb.sandbox.server.method import Call, Method
from binance_nb.sandbox.server.methods_general import ping, time

PERPETUAL_DELIVERY_MS = 4_133_404_800_000  # what the exchange shows for a contract without an end
PRECISION = 8


def exchange_info(call: Call) -> Any:
    """Answer limits, filters and symbols."""
    futures = call.venue.futures
    return {
        "timezone": "UTC",
        "serverTime": call.t(call.venue.clock.face_us()),
        "futuresType": "U_MARGINED",
        "rateLimits": futures.limit_rows(),
        "exchangeFilters": [],
        "assets": [{"asset": PERPETUAL_MARGIN_ASSET, "marginAvailable": True, "autoAssetExchange": "0"}],
        "symbols": [symbol(spec, call) for spec in futures.symbols.values()],
    }


def symbol(spec: SymbolSpec, call: Call) -> dict[str, Any]:
    """Return a symbol as exchangeInfo shows it."""
    lowest = spec.brackets[0]
    return {
        "symbol": spec.symbol,
        "pair": spec.symbol,
        "contractType": spec.contract_type.value,
        "deliveryDate": PERPETUAL_DELIVERY_MS,
        "onboardDate": call.t(spec.onboard_us),
        "status": "TRADING",
        "maintMarginPercent": f"{lowest.maint_margin_ratio * 100:.4f}",
        "requiredMarginPercent": f"{100 / lowest.initial_leverage:.4f}",
        "baseAsset": spec.base_asset,
        "quoteAsset": spec.quote_asset,
        "marginAsset": spec.margin_asset,
        "pricePrecision": spec.price_precision,
        "quantityPrecision": spec.quantity_precision,
        "baseAssetPrecision": PRECISION,
        "quotePrecision": PRECISION,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "settlePlan": 0,
        "triggerProtect": f"{spec.trigger_protect:.4f}",
        "liquidationFee": f"{spec.liquidation_fee:.6f}",
        "marketTakeBound": render.at_least(spec.market_take_bound, 2),
        "filters": spec.filters_json(),
        "orderTypes": list(spec.order_types),
        "timeInForce": list(spec.time_in_force),
    }


METHODS = (
    Method("ping", ("GET", "/fapi/v1/ping"), ping, idle=True),
    Method("time", ("GET", "/fapi/v1/time"), time, idle=True),
    Method("exchangeInfo", ("GET", "/fapi/v1/exchangeInfo"), exchange_info, idle=True),
)
