"""Short ways to trade BTCUSDT futures on a sandbox, and to wait for what its stream tells."""

import pandas as pd

from binance_nb import BinanceClient, FuturesOrderRequest, futures_schemas, schemas
from binance_nb.sandbox.control import SandboxControl
from tests.integration.heard import eventually
from tests.integration.test_every_order_type import assert_schema

SYMBOL = "BTCUSDT"


def control(futures: BinanceClient) -> SandboxControl:
    """What steers the client's sandbox."""
    assert futures.sandbox_process is not None
    return futures.sandbox_process.control


def flatten(futures: BinanceClient) -> None:
    """Leave no order, no position and no held price behind."""
    control(futures).pin_mark_price(SYMBOL, None)
    control(futures).pin_funding_rate(SYMBOL, None)
    futures.cancel_all_futures_orders(SYMBOL)
    for row in futures.get_futures_positions(SYMBOL).itertuples():
        if row.position_amt:
            side = None if row.position_side == "BOTH" else row.position_side
            way = "SELL" if row.position_amt > 0 else "BUY"
            futures.place_futures_market_order(SYMBOL, way, str(abs(row.position_amt)), position_side=side)


def last(futures: BinanceClient) -> float:
    """The last price."""
    return float(futures.get_futures_price(SYMBOL)["price"].iloc[0])


def held(futures: BinanceClient) -> float:
    """The sum of the positions."""
    return float(futures.get_futures_positions(SYMBOL)["position_amt"].sum())


def order(order_type: str, side: str = "SELL", **fields: object) -> FuturesOrderRequest:
    """An order of 0.01, unless it says otherwise."""
    given = {"quantity": None if fields.get("close_position") else "0.01", **fields}
    return FuturesOrderRequest(symbol=SYMBOL, side=side, order_type=order_type, **given)


def heard(futures: BinanceClient, order_id: int, last_status: str) -> pd.DataFrame:
    """The stream's reports of an order, once the one with `last_status` is there."""

    def arrived() -> bool:
        reports = futures.execution_reports(order_id=order_id, product="usdm")
        return len(reports) > 0 and reports["order_status"].iloc[-1] == last_status

    eventually(arrived, f"the report {last_status} of order {order_id}")
    reports = futures.execution_reports(order_id=order_id, product="usdm")
    assert_schema(reports, schemas.REPORTS)
    return reports


def one(frame: pd.DataFrame) -> pd.Series:
    """The row of a frame of one order."""
    assert len(frame) == 1
    assert_schema(frame, futures_schemas.FUTURES_ORDERS)
    return frame.iloc[0]
