"""On the sandbox: fills that happened without the stream, waiting for one, and reports replayed by their numbers."""

import pytest

from binance_nb import BinanceClient
from binance_nb.errors import InvalidOrderError, NotFilledInTime, StreamError
from tests.integration.heard import eventually


def reconnected(client: BinanceClient, gaps: int) -> None:
    eventually(lambda: len(client.stream_gaps()) > gaps and client.stream_state.state == "connected", "the recovery")


def test_fills_withheld_and_fills_of_a_cut_are_completed(client: BinanceClient) -> None:
    assert client.sandbox_process is not None
    control = client.sandbox_process.control
    gaps = len(client.stream_gaps())
    control.stream_fault("withhold", "executionReport", times=4)
    for side in ("BUY", "SELL"):
        client.place_market_order("BTCUSDT", side, "0.01")
    control.drop_sockets()
    reconnected(client, gaps)
    fills = client.fills("BTCUSDT", exact=True)
    told = client.get_my_trades("BTCUSDT", exact=True)
    for column in ("trade_id", "order_id", "last_executed_qty", "last_executed_price", "commission_amount"):
        assert fills[column].tolist() == told[column].tolist()
    reports = client.execution_reports("BTCUSDT").query("execution_type == 'TRADE'")
    assert sorted(reports["trade_id"]) == sorted(told["trade_id"])
    recovered = reports.query("source == 'recovered'")
    assert not recovered.empty
    assert (recovered.groupby("order_id")["cumulative_filled_qty"].max() == 0.01).all()
    control.release_events()
    eventually(lambda: set(client.execution_reports()["source"]) == {"stream"}, "the real reports taking over")
    assert len(client.fills("BTCUSDT")) == len(told)


def test_waiting_returns_the_order_however_it_is_named(client: BinanceClient) -> None:
    placed = client.place_market_order("BTCUSDT", "BUY", "0.01")
    row = placed.iloc[0]
    for order in (placed, int(row["order_id"]), str(row["client_order_id"])):
        done = client.wait_for_fill(order, timeout=10)
        assert done["order_status"].iloc[0] == "FILLED"
        assert done["order_id"].iloc[0] == row["order_id"]


def test_waiting_for_an_order_on_the_book_ends_when_it_is_cancelled_or_the_patience_is_over(
    client: BinanceClient,
) -> None:
    price = round(float(client.get_price("BTCUSDT")["price"].iloc[0]) * 0.9)
    placed = client.place_limit_order("BTCUSDT", "BUY", "0.01", price)
    with pytest.raises(NotFilledInTime, match=r"was still open after 0.05 s"):
        client.wait_for_fill(placed, timeout=0.05)
    waiting = client.submit("wait_for_fill", placed, 10)
    client.cancel_order_by_id("BTCUSDT", int(placed["order_id"].iloc[0]))
    assert waiting.result(10)["order_status"].iloc[0] == "CANCELED"


def test_waiting_without_a_stream_or_for_two_orders_is_refused(client: BinanceClient) -> None:
    placed = client.place_market_order("BTCUSDT", "BUY", "0.01")
    with pytest.raises(InvalidOrderError, match="holds 0"):
        client.wait_for_fill(placed.iloc[:0])
    client.stop_stream()
    with pytest.raises(StreamError, match="start_stream"):
        client.wait_for_fill(placed)
    client.start_stream()


def test_what_a_reader_missed_is_replayed_by_number(client: BinanceClient) -> None:
    before = client.ledger.last_number
    order = client.place_market_order("BTCUSDT", "SELL", "0.01")
    order_id = int(order["order_id"].iloc[0])
    eventually(lambda: "FILLED" in set(client.execution_reports(order_id=order_id)["order_status"]), "its last report")
    again = client.replay_since(before)
    assert [each.number for each in again] == list(range(before + 1, client.ledger.last_number + 1))
    assert {each.order_id for each in again} == {order_id}


def test_the_health_of_the_stream_is_one_row(client: BinanceClient) -> None:
    row = client.stream_status().iloc[0]
    assert row["state"] == "connected"
    assert row["events"] >= row["reports"] - row["recovered"] > 0
    assert row["gaps"] == len(client.stream_gaps())
    assert row["heard_s_ago"] >= 0


def test_a_watched_symbol_is_completed_from_the_moment_of_watching(client: BinanceClient) -> None:
    watched = client.watch_symbols(["ethusdt", "BTCUSDT"])
    assert {"ETHUSDT", "BTCUSDT"} <= set(watched["symbol"])
    assert client.sandbox_process is not None
    gaps = len(client.stream_gaps())
    client.sandbox_process.control.drop_sockets()
    reconnected(client, gaps)
    assert "ETHUSDT" in client.stream_gaps()["symbols"].iloc[-1]


def test_the_monthly_reset_begins_an_era_and_the_sum_stays_right(client: BinanceClient) -> None:
    assert client.sandbox_process is not None
    control = client.sandbox_process.control
    client.place_market_order("BTCUSDT", "BUY", "0.01")
    gaps = len(client.stream_gaps())
    control.drop_sockets()
    reconnected(client, gaps)  # the list of trades has been read now
    before = client.fills("BTCUSDT", exact=True)
    control.reset_account()
    control.drop_sockets()
    reconnected(client, gaps + 1)
    assert "was reset" in client.stream_gaps()["reason"].iloc[-1]
    client.place_market_order("BTCUSDT", "SELL", "0.02")
    after = client.fills("BTCUSDT", exact=True)
    assert len(client.get_my_trades("BTCUSDT")) == len(after) - len(before)
    assert after["last_executed_qty"].tolist()[: len(before)] == before["last_executed_qty"].tolist()
    assert after.groupby("era")["trade_id"].count().tolist() == [len(before), len(after) - len(before)]
