"""The table of fills on the kernel's side: every fill once, batches, silence without a page, filters and totals."""

import random
import time
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_nb import frames, schemas
from binance_nb.widgets import FillsTable
from binance_nb.widgets.fill_rows import FIELDS, FillRows, Filter, row_of, to_text
from binance_nb.widgets.fills_table import BATCH_ROWS, BLOCK_ROWS, UNACKNOWLEDGED
from binance_nb.widgets.health import health_of
from tests.widgets.fake_client import FakeClient, ledger_rows, trade

SYMBOL, SIDE, TRADE = (FIELDS.index(name) for name in ("symbol", "side", "trade_id"))


@pytest.fixture
def table(client, make):
    return make(FillsTable, client)


def rows_of(message):
    return [row[TRADE] for row in message["rows"]]


def test_the_stream_is_started(client, table):
    assert client.asked_for("start_stream") == [()]


def test_the_stream_is_left_alone_if_told_so(client, make):
    make(FillsTable, client, start_stream=False)
    assert client.asked_for("start_stream") == []


def test_a_stream_that_does_not_start_is_told_in_the_table(client, make):
    client.answers["start_stream"] = RuntimeError("no keys")
    widget, _ = make(FillsTable, client)
    assert "did not start" in widget.alert
    assert "no keys" in widget.alert


def test_a_hello_brings_the_newest_rows_and_the_count(make):
    _, page = make(FillsTable, FakeClient(held_fills=1200))
    page.event("hello")
    (batch,) = page.of_kind("batch")
    assert batch["count"] == 1200
    assert batch["first"] == 1200 - BATCH_ROWS
    assert len(batch["rows"]) == BATCH_ROWS


def test_new_fills_go_out_once_and_in_order(client, table):
    widget, page = table
    page.event("hello")
    for number in (1, 2, 3):
        client.tell(trade(number))
    widget.beat()
    client.tell(trade(4))
    widget.beat()
    widget.beat()
    sent = [rows_of(batch) for batch in page.of_kind("batch")]
    assert sent == [[], ["1", "2", "3"], ["4"]]


def test_a_fill_told_twice_is_kept_once(client, table):
    widget, _ = table
    client.tell(trade(1))
    client.tell(trade(1))
    assert len(widget) == 1


def test_a_fill_that_the_ledger_had_already_is_kept_once(make):
    client = FakeClient(held_fills=5)
    widget, _ = make(FillsTable, client)
    known = client.held.set_index("trade_id").loc[-3]
    client.tell(trade(-3, symbol=known["symbol"], side=known["side"]))
    assert len(widget) == 5


def test_a_report_that_is_no_trade_is_no_row(client, table):
    widget, _ = table
    client.tell(trade(1, execution_type="NEW"))
    assert len(widget) == 0


def test_ids_and_prices_travel_as_text_and_exactly():
    report = trade(1, order_id=9_007_199_254_740_993, price="0.10000001", quantity="3")
    texts = to_text(row_of(report))
    assert all(isinstance(text, str) for text in texts)
    assert "9007199254740993" in texts
    assert texts[FIELDS.index("last_quote_qty")] == "0.30000003"


def test_a_flood_goes_out_in_bounded_batches(client, table):
    widget, page = table
    page.event("hello")
    for number in range(1, 5001):
        client.tell(trade(number))
    widget.beat()
    batch = page.of_kind("batch")[-1]
    assert len(batch["rows"]) == BATCH_ROWS
    assert batch["count"] == 5000
    assert rows_of(batch)[-1] == "5000"


def test_rows_that_were_left_out_are_given_when_asked_for(client, table):
    widget, page = table
    page.event("hello")
    for number in range(1, 3001):
        client.tell(trade(number))
    widget.beat()
    page.event("block", view=widget._view_number, first=1000)
    (block,) = page.of_kind("block")
    assert rows_of(block) == [str(number) for number in range(1001, 1001 + BLOCK_ROWS)]


def test_a_block_of_an_older_view_is_not_answered(client, table):
    widget, page = table
    page.event("hello")
    page.event("block", view=widget._view_number - 1, first=0)
    assert page.of_kind("block") == []


def test_nothing_is_sent_before_a_page_says_hello(client, table):
    widget, page = table
    client.tell(trade(1))
    widget.beat()
    assert page.messages == []


def test_without_acknowledgements_the_table_falls_silent_and_catches_up(client, table):
    widget, page = table
    page.event("hello")
    for number in range(1, 200):
        client.tell(trade(number))
        widget.beat()
    sent = len(page.of_kind("batch"))
    assert sent <= UNACKNOWLEDGED + 1
    page.event("ack", number=widget._batch)
    widget.beat()
    assert rows_of(page.of_kind("batch")[-1])[-1] == "199"


def test_a_page_that_went_away_gets_all_of_it_when_it_is_back(client, table):
    widget, page = table
    page.event("hello")
    page.event("bye")
    client.tell(trade(1))
    widget.beat()
    assert len(page.of_kind("batch")) == 1
    page.event("hello")
    assert rows_of(page.of_kind("batch")[-1]) == ["1"]


def test_a_page_silent_for_long_is_taken_for_closed(client, table, monkeypatch):
    widget, page = table
    page.event("hello")
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    client.tell(trade(1))
    widget.beat()
    assert len(page.of_kind("batch")) == 1


@pytest.mark.parametrize("why", ["dropped", "reconnected"])
def test_fills_that_nobody_was_told_of_are_taken_from_the_ledger(client, table, why):
    widget, _ = table
    client.tell(trade(1))
    widget.beat()
    client.held = frames.build(ledger_rows(3), schemas.FILLS, exact=True)
    widget.beat()
    assert len(widget) == 1
    if why == "dropped":
        widget._subscription.missed = 2
    else:
        client.stream_state.state = "waiting"
        widget.beat()
        client.stream_state.state = "connected"
    widget.beat()
    assert sorted(widget.frame["trade_id"]) == [-3, -2, -1, 1]


def test_filters_change_the_rows_the_count_and_the_totals(make):
    client = FakeClient(held_fills=40)
    widget, page = make(FillsTable, client)
    client.tell(trade(1, symbol="ETHUSDT", quantity="2", price="10"))
    client.tell(trade(2, symbol="BTCUSDT"))
    page.event("hello")
    page.event("filter", symbol="ETHUSDT", side="BUY")
    client.tell(trade(3, symbol="ETHUSDT", quantity="1", price="40"))
    client.tell(trade(4, symbol="BTCUSDT"))
    widget.beat()
    batch = page.of_kind("batch")[-1]
    assert [(row[SYMBOL], row[SIDE]) for row in batch["rows"]] == [("ETHUSDT", "BUY")] * 2
    assert batch["totals"] == {
        "count": 2,
        "markets": 1,
        "fees": ["0.00002 BTC"],
        "bought": "3",
        "sold": "0",
        "base": "3",
        "quote": "60",
        "vwap": "20",
    }
    assert list(widget.frame["trade_id"]) == [1, 3]


def test_a_text_is_looked_for_in_ids_and_names(make):
    client = FakeClient(held_fills=40)
    widget, page = make(FillsTable, client)
    page.event("filter", text="OLD-1")
    assert set(widget.frame["client_order_id"]) == {"old-1", *(f"old-{n}" for n in range(10, 20))}


def test_sorting_puts_the_largest_on_top_and_follows_new_rows(client, table, monkeypatch):
    widget, page = table
    for number, price in ((1, "10"), (2, "30"), (3, "20")):
        client.tell(trade(number, price=price))
    page.event("hello")
    page.event("sort", name="last_executed_price", descending=True)
    widget.beat()
    # The page draws from the end of the view.
    assert rows_of(page.of_kind("batch")[-1]) == ["1", "3", "2"]
    client.tell(trade(4, price="25"))
    later = time.monotonic() + 2
    monkeypatch.setattr(time, "monotonic", lambda: later)
    widget.beat()
    assert rows_of(page.of_kind("batch")[-1]) == ["1", "3", "4", "2"]


def test_the_selection_is_a_frame_and_survives_sorting(client, table):
    widget, page = table
    for number in (1, 2, 3):
        client.tell(trade(number, price=str(100 - number)))
    page.event("hello")
    page.event("select", view=widget._view_number, ranges=[[0, 0], [2, 2]])
    assert list(widget.selected["trade_id"]) == [1, 3]
    page.event("sort", name="last_executed_price", descending=True)
    assert list(widget.selected["trade_id"]) == [1, 3]


@pytest.mark.parametrize("held", [0, 3])
def test_the_frame_has_the_schema_of_fills_with_and_without_rows(make, held):
    client = FakeClient(held_fills=held)
    widget, _ = make(FillsTable, client)
    empty = frames.build([], schemas.FILLS)
    assert list(widget.frame.columns) == list(empty.columns)
    assert dict(widget.frame.dtypes) == dict(empty.dtypes)
    client.tell(trade(1))
    assert dict(widget.frame.dtypes) == dict(empty.dtypes)


def test_a_csv_holds_the_selection_or_all(client, table):
    widget, page = table
    for number in (1, 2, 3):
        client.tell(trade(number))
    page.event("hello")
    page.event("csv")
    page.event("select", view=widget._view_number, ranges=[[1, 1]])
    page.event("csv")
    all_of_them, selected = page.of_kind("csv")
    assert all_of_them["text"].count("\n") == 4
    assert selected["text"].count("\n") == 2


def test_the_last_rows_are_saved_with_the_notebook(client, table):
    widget, page = table
    for number in range(1, 60):
        client.tell(trade(number))
    page.event("hello")
    widget.beat()
    assert widget.saved["count"] == 59
    assert [row[TRADE] for row in widget.saved["rows"]][-1] == "59"
    assert len(widget.saved["rows"]) == 20


@given(
    seed=st.integers(0, 10_000),
    symbol=st.sampled_from(["", "BTCUSDT", "ETHUSDT"]),
    side=st.sampled_from(["", "BUY", "SELL"]),
    text=st.sampled_from(["", "old-2", "BNB", "nb-"]),
)
def test_filters_and_totals_agree_on_old_and_new_rows(seed, symbol, side, text):
    chance = random.Random(seed)
    held = ledger_rows(chance.randrange(30))
    rows = FillRows(frames.build(held, schemas.FILLS, exact=True))
    for number in range(chance.randrange(30)):
        side_of = chance.choice(["BUY", "SELL"])
        rows.add(row_of(trade(number, symbol=chance.choice(["BTCUSDT", "ETHUSDT"]), side=side_of)))
    wanted = Filter(symbol=symbol, side=side, text=text)
    found = rows.matching(wanted)
    everything = rows.at(range(len(rows)))
    assert found == [place for place, row in enumerate(everything) if wanted.keeps(row)]
    totals = rows.totals(found)
    assert totals.count == len(found)
    assert sum((sums[1] for sums in totals.by_side.values()), Decimal(0)) == sum(
        (everything[place][FIELDS.index("last_quote_qty")] for place in found), Decimal(0)
    )


def marks_of(page):
    return next(batch["marks"] for batch in reversed(page.of_kind("batch")) if "marks" in batch)


@pytest.fixture
def beat(monkeypatch):
    """A function that beats a table once, with gaps read and totals told on every beat."""
    monkeypatch.setattr("binance_nb.widgets.fills_table.GAPS_EVERY_S", 0.0)
    monkeypatch.setattr("binance_nb.widgets.fills_table.TOTALS_EVERY_S", -1.0)
    return lambda widget: widget.beat()


def test_a_recovered_fill_says_so(client, table):
    widget, _ = table
    client.tell(trade(1, source="recovered"))
    assert widget.frame["source"].tolist() == ["recovered"]


def test_a_gap_stands_between_the_rows_before_and_after_it_and_counts_in_no_total(client, table, beat):
    widget, page = table
    page.event("hello")
    for number in (100, 200):
        client.tell(trade(number))
    client.tell(trade(300, source="recovered"))
    client.miss(250, 900, fills=1)
    beat(widget)
    (mark,) = marks_of(page)
    assert mark["at"] == -1
    assert mark["text"] == "stream was away 11:06:42–11:06:49, 1 fill recovered"
    assert "the connection was cut" in mark["more"]
    client.tell(trade(800, source="recovered"))
    client.tell(trade(1000))
    client.tell(trade(1100))
    beat(widget)
    (mark,) = marks_of(page)
    assert mark["at"] == 4
    assert page.of_kind("batch")[-1]["totals"]["count"] == 6
    client.tell(trade(1200))
    beat(widget)
    assert "marks" not in page.of_kind("batch")[-1]  # the page has them


def test_a_gap_of_which_not_all_could_be_asked_for_says_so(client, table, beat):
    widget, page = table
    page.event("hello")
    client.miss(100, 300, is_complete=False, reason="429")
    beat(widget)
    (mark,) = marks_of(page)
    assert not mark["complete"]
    assert mark["text"].endswith("no fills missed, but not all could be asked for")


def test_gaps_that_were_there_before_the_table_find_their_places(client, make, beat):
    client.held = frames.build(ledger_rows(10), schemas.FILLS, exact=True)
    first = client.held["transaction_time"].iloc[0].timestamp() * 1000
    for offset in (2, 5):
        client.miss(0, 0)
        client.gaps[-1] |= {"gap_start": round(first + offset - 1), "gap_end": round(first + offset)}
    widget, page = make(FillsTable, client)
    page.event("hello")
    beat(widget)
    assert [mark["at"] for mark in marks_of(page)] == [3, 6]


def test_a_filtered_view_has_its_gaps_at_their_places_and_a_sorted_one_has_none(client, table, beat):
    widget, page = table
    page.event("hello")
    for number in (100, 200, 300):
        client.tell(trade(number, side="SELL" if number == 200 else "BUY"))
    client.miss(210, 290)
    client.tell(trade(400))
    beat(widget)
    assert [mark["at"] for mark in marks_of(page)] == [2]
    page.event("filter", side="BUY")
    beat(widget)
    assert [mark["at"] for mark in marks_of(page)] == [1]
    page.event("sort", name="trade_id", descending=True)
    beat(widget)
    assert marks_of(page) == []


def test_the_saved_rows_keep_their_gap(client, table, beat):
    widget, page = table
    page.event("hello")
    for number in range(1, 31):
        client.tell(trade(number))
    client.miss(24, 25)
    client.tell(trade(31))
    beat(widget)
    assert len(widget.saved["rows"]) == 20
    (mark,) = widget.saved["marks"]
    assert widget.saved["rows"][mark["at"]][TRADE] == "26"


def future(number, **more):
    """A report of a fill of USD-M futures."""
    return trade(number, product="usdm", position_side="LONG", realized_pnl=Decimal("1.5"), **more)


def test_one_trade_id_of_two_products_is_two_fills(client, table, beat):
    widget, page = table
    page.event("hello")
    client.tell(trade(1))
    client.tell(future(1))
    client.tell(future(1))
    beat(widget)
    frame = widget.frame
    assert frame["product"].tolist() == ["spot", "usdm"]
    assert frame["position_side"].tolist()[1] == "LONG"
    assert frame["realized_pnl"].tolist()[1] == 1.5
    totals = page.of_kind("batch")[-1]["totals"]
    assert (totals["count"], totals["markets"], totals["realized_pnl"]) == (2, 2, "1.5")
    assert widget.head["products"] == ["spot", "usdm"]
    page.event("filter", product="usdm")
    assert widget.frame["product"].tolist() == ["usdm"]


def test_a_table_of_one_product_starts_its_stream_and_shows_nothing_else(client, make):
    widget, page = make(FillsTable, client, product="usdm")
    assert client.asked_for("start_stream") == [()]
    page.event("hello")
    client.tell(trade(1))
    client.tell(future(2))
    page.event("filter", product="", side="BUY")
    assert widget.frame["trade_id"].tolist() == [2]


def test_a_product_that_there_is_not_is_refused(client):
    with pytest.raises(ValueError, match="product is 'spot' or 'usdm', or empty for both, not 'coinm'"):
        FillsTable(client, product="coinm")


def test_a_ledger_of_both_products_opens_with_both(client, make):
    spot, futures = ({"product": product} for product in ("spot", "usdm"))
    rows = [{**row, **(spot if number % 2 else futures)} for number, row in enumerate(ledger_rows(10))]
    client.held = frames.build(rows, schemas.FILLS, exact=True)
    widget, _ = make(FillsTable, client)
    known = client.held.iloc[0]
    again = {"trade_id": int(known["trade_id"]), "symbol": known["symbol"], "side": known["side"]}
    client.tell(future(1, **again))
    assert len(widget) == 10
    client.tell(trade(1, **again))
    assert len(widget) == 11


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("descending", [True, False])
def test_every_column_sorts_old_and_new_rows_together_and_keeps_equals_in_their_order(client, make, name, descending):
    client.held = frames.build(ledger_rows(12), schemas.FILLS, exact=True)
    widget, _ = make(FillsTable, client)
    for number in range(1, 9):
        told = {"side": "SELL" if number % 3 else "BUY", "price": str(100 + number % 4)}
        client.tell(future(number, **told) if number % 2 else trade(number, **told))
    rows = widget._rows
    len(widget)
    every = rows.at(range(20))
    place = FIELDS.index(name)
    found = [every[position][place] for position in rows.sorted_by(name, range(20), descending=descending)]
    known = [value for value in found if value is not None]
    assert known == sorted(known, reverse=not descending)
    assert found[: len(found) - len(known)] == [None] * (len(found) - len(known)) or found[: len(known)] == known
    assert sorted(rows.sorted_by(name, [3, 17, 5], descending=descending)) == [3, 5, 17]
    same = [position for position in rows.sorted_by("is_maker", range(20), descending=descending) if every[position][8]]
    assert same == sorted(same)


def test_a_trade_with_ourselves_is_two_rows(client, make):
    client.held = frames.build(ledger_rows(2), schemas.FILLS, exact=True)
    widget, _ = make(FillsTable, client)
    first = client.held.iloc[0]
    other = "SELL" if first["side"] == "BUY" else "BUY"
    again = {"trade_id": int(first["trade_id"]), "symbol": first["symbol"]}
    for _ in range(2):
        client.tell(trade(1, side=first["side"], **again))
        client.tell(trade(1, side=other, **again))
    assert len(widget) == 3


def test_a_gap_of_futures_says_so_and_stands_among_fills_of_futures_alone(client, table, beat):
    widget, page = table
    page.event("hello")
    client.tell(trade(100))
    client.tell(future(101))
    client.miss(200, 500, product="usdm")
    client.miss(600, 604)
    beat(widget)
    texts = ["futures stream was away 11:06:42–11:06:45", "stream was away for 40 ms at 11:06:46"]
    for product, shown in (("", texts), ("usdm", texts[:1]), ("spot", texts[1:])):
        page.event("filter", product=product)
        beat(widget)
        assert [mark["text"] for mark in marks_of(page)] == [f"{text}, no fills missed" for text in shown]


@pytest.mark.parametrize(
    ("spot", "futures", "light", "word"),
    [
        ("connected", "stopped", "good", "live"),
        ("connected", "connected", "good", "live"),
        ("stopped", "connected", "good", "futures: live"),
        ("connected", "waiting", "bad", "futures: connection lost, trying again …"),
        ("waiting", "recovering", "bad", "connection lost, trying again …"),
    ],
)
def test_the_light_over_fills_of_both_products_is_that_of_the_stream_worse_off(client, spot, futures, light, word):
    client.stream_state.state = spot
    client.futures_stream_state = SimpleNamespace(state=futures)
    assert health_of(client) == {"light": light, "word": word}


def test_fills_that_came_while_the_futures_stream_was_away_are_taken_from_the_ledger(client, table):
    widget, _ = table
    client.futures_stream_state = SimpleNamespace(state="waiting")
    widget.beat()
    client.held = frames.build([{**row, "product": "usdm"} for row in ledger_rows(3)], schemas.FILLS, exact=True)
    widget.beat()
    assert len(widget) == 0
    client.futures_stream_state.state = "connected"
    widget.beat()
    assert len(widget) == 3


def test_what_is_not_known_of_a_ledger_is_found_in_its_order(make):
    rows = FillRows(frames.build(ledger_rows(4), schemas.FILLS, exact=True))
    futures = {**ledger_rows(1)[0], "product": "usdm"}
    ledger = frames.build([*ledger_rows(6)[:5], futures, ledger_rows(6)[5]], schemas.FILLS, exact=True)
    found = [(row[FIELDS.index("product")], row[TRADE]) for row in rows.unknown_in(ledger)]
    assert found == [("spot", -5), ("usdm", -1), ("spot", -6)]


def test_a_trade_after_a_reset_is_another_than_the_one_of_that_number_before(client, table):
    widget, page = table
    client.tell(trade(1, price="100"))
    for _ in range(2):
        client.tell(trade(1, era=1, price="200"))
    widget.beat()
    page.event("hello")
    assert rows_of(page.of_kind("batch")[-1]) == ["1", "1"]
    assert widget.frame[["trade_id", "era", "last_executed_price"]].to_numpy().tolist() == [[1, 0, 100], [1, 1, 200]]
    assert widget.frame["era"].dtype == "int64"


@pytest.mark.parametrize("held", [3, 6000])
def test_a_table_opened_after_a_reset_takes_what_it_missed_of_each_era_once(client, make, held):
    before = frames.build(ledger_rows(held), schemas.FILLS, exact=True)
    anew = before.iloc[:3].assign(last_executed_price=before["last_executed_price"].iloc[0])
    client.held = frames_of(before, anew.iloc[:1])
    widget, page = make(FillsTable, client)
    page.event("hello")
    assert len(widget) == held + 1
    client.held = frames_of(before, anew)
    widget._subscription.missed = 1
    widget.beat()
    assert len(widget) == held + 3
    assert widget.frame["era"].tolist() == [0] * held + [1] * 3
    client.tell(trade(1, era=1))
    client.tell(trade(-3, symbol="BTCUSDT", side="SELL", era=1))  # the last of those three
    widget.beat()
    assert len(widget) == held + 4
    assert widget.frame["era"].tolist() == [0] * held + [1] * 4


def frames_of(*eras):
    """A ledger of these eras, as its frame tells them."""
    return pd.concat([part.assign(era=era) for era, part in enumerate(eras)], ignore_index=True)


def test_a_table_without_a_reset_has_no_column_of_eras(client, table):
    widget, _ = table
    client.tell(trade(1))
    assert "era" not in widget.frame
