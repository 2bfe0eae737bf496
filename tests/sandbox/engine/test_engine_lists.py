"""Order lists: OCO, OTO, OTOCO, OPO and OPOCO from placement to their end, with what the account is told."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import ExpiryReason, OrderStatus
from binance_nb.sandbox.engine.records import CommissionRates
from binance_nb.sandbox.engine.specs import LotSize, MaxNumOrderLists, PriceFilter


def oco(world, account, *, quantity=1, side="SELL", limit=110, stop=90, **more):
    above = world.order("LIMIT_MAKER", side, quantity, limit)
    below = world.order("STOP_LOSS", side, quantity, stop_price=stop)
    orders = (above, below) if side == "SELL" else (below, above)
    placed = world.place_list(account, "OCO", *orders, **more)
    stop_order, limit_order = (one.order for one in placed.placements)
    return placed.order_list, stop_order, limit_order


@pytest.fixture
def at_100(world):
    world.trade_at(100)
    return world


class TestOco:
    def test_the_stop_comes_first_and_both_are_open(self, at_100):
        account = at_100.account({"BTC": 1})
        order_list, stop, limit = oco(at_100, account)
        assert (stop.type, limit.type) == ("STOP_LOSS", "LIMIT_MAKER")
        assert limit.order_id == stop.order_id + 1
        assert (stop.is_working, limit.is_working) == (False, True)
        assert [entry.order_id for entry in order_list.orders] == [stop.order_id, limit.order_id]
        assert order_list.contingency_type == "OCO"

    def test_a_pair_locks_its_quantity_once(self, at_100):
        account = at_100.account({"BTC": 1})
        oco(at_100, account)
        assert at_100.balance(account, "BTC") == ("0", "1")

    def test_a_buying_pair_locks_for_the_dearer_order(self, at_100):
        account = at_100.account({"USDT": 1000})
        oco(at_100, account, side="BUY", limit=90, stop=110)
        assert at_100.balance(account, "USDT") == ("890", "110")

    def test_a_fill_of_the_limit_expires_the_stop_and_ends_the_list(self, at_100):
        account = at_100.account({"BTC": 1})
        _, stop, limit = oco(at_100, account)
        at_100.events()
        at_100.market(at_100.account(), "BUY", 1)
        assert at_100.story(account) == [
            f"{stop.order_id} EXPIRED/EXPIRED",
            f"{limit.order_id} TRADE/FILLED",
            "list ALL_DONE",
        ]
        assert at_100.get(account, stop).expiry_reason is ExpiryReason.OCO_TRIGGER

    def test_a_partial_fill_expires_the_stop_while_the_list_goes_on(self, at_100):
        account = at_100.account({"USDT": 1000})
        order_list, stop, limit = oco(at_100, account, side="BUY", quantity=2, limit=90, stop=110)
        at_100.market(at_100.account(), "SELL", 1)
        assert at_100.get(account, stop).status is OrderStatus.EXPIRED
        assert at_100.get(account, limit).status is OrderStatus.PARTIALLY_FILLED
        assert at_100.exchange.order_list(account, order_list_id=order_list.order_list_id).is_open
        assert at_100.balance(account, "USDT") == ("820", "90")

    def test_a_triggered_stop_expires_the_limit(self, at_100):
        account = at_100.account({"BTC": 1})
        order_list, stop, limit = oco(at_100, account)
        house = at_100.account()
        at_100.limit(house, "BUY", 2, 89)
        at_100.events()
        at_100.market(at_100.account(), "SELL", 1)
        assert at_100.story(account) == [
            f"{limit.order_id} EXPIRED/EXPIRED",
            f"{stop.order_id} NEW/NEW",
            f"{stop.order_id} TRADE/FILLED",
            "list ALL_DONE",
        ]
        assert at_100.balance(account, "BTC") == ("0", "0")
        assert not at_100.exchange.order_list(account, order_list_id=order_list.order_list_id).is_open

    def test_canceling_one_cancels_both(self, at_100):
        account = at_100.account({"BTC": 1})
        _, stop, limit = oco(at_100, account)
        at_100.events()
        answer = at_100.cancel(account, limit)
        assert [one.order.status for one in answer.cancellations] == [OrderStatus.CANCELED] * 2
        assert answer.order_list.list_status_type == "ALL_DONE"
        assert at_100.story(account) == [
            f"{stop.order_id} CANCELED/CANCELED",
            f"{limit.order_id} CANCELED/CANCELED",
            "list ALL_DONE",
        ]
        assert at_100.balance(account, "BTC") == ("1", "0")

    @pytest.mark.parametrize(("limit", "stop"), [(99, 90), (110, 101), (110, 100)])
    def test_prices_must_stand_on_both_sides_of_the_last(self, at_100, refusal, limit, stop):
        account = at_100.account({"BTC": 1})
        assert refusal(oco, at_100, account, limit=limit, stop=stop) == (
            "-2010 The relationship of the prices for the orders is not correct."
        )

    def test_a_refused_list_leaves_nothing_behind(self, at_100, refusal):
        account = at_100.account({"BTC": "0.5"})
        assert refusal(oco, at_100, account) == "-2010 Account has insufficient balance for requested action."
        assert at_100.exchange.open_orders(account) == ()
        assert at_100.exchange.all_order_lists(account) == ()
        assert at_100.balance(account, "BTC") == ("0.5", "0")

    def test_take_profit_and_stop_loss_make_a_pair(self, at_100):
        account = at_100.account({"BTC": 1})
        placed = at_100.place_list(
            account,
            "OCO",
            at_100.order("TAKE_PROFIT", "SELL", 1, stop_price=110),
            at_100.order("STOP_LOSS_LIMIT", "SELL", 1, 89, stop_price=90),
        )
        stop, profit = (one.order for one in placed.placements)
        at_100.limit(at_100.account(), "BUY", 2, 110)
        at_100.limit(at_100.account(), "SELL", 1, 110)
        assert at_100.get(account, profit).status is OrderStatus.FILLED
        assert at_100.get(account, stop).expiry_reason is ExpiryReason.OCO_TRIGGER

    def test_a_trailing_stop_may_be_the_stop(self, at_100):
        account = at_100.account({"BTC": 1})
        placed = at_100.place_list(
            account,
            "OCO",
            at_100.order("LIMIT_MAKER", "SELL", 1, 120),
            at_100.order("STOP_LOSS", "SELL", 1, trailing_delta=1000),
        )
        stop, limit = (one.order for one in placed.placements)
        at_100.trade_at(110)
        at_100.limit(at_100.account(), "BUY", 5, 98)
        at_100.limit(at_100.account(), "SELL", 1, 98)
        assert at_100.get(account, stop).status is OrderStatus.FILLED
        assert at_100.get(account, limit).expiry_reason is ExpiryReason.OCO_TRIGGER

    def test_the_name_of_an_open_list_is_taken(self, at_100, refusal):
        account = at_100.account({"BTC": 2})
        oco(at_100, account, list_client_order_id="mine")
        assert refusal(oco, at_100, account, list_client_order_id="mine") == "-2010 Duplicate order sent."

    @pytest.mark.parametrize(
        ("above", "below", "side", "code"),
        [
            ("LIMIT_MAKER", "LIMIT_MAKER", "SELL", -1168),
            ("STOP_LOSS", "LIMIT_MAKER", "SELL", -1166),
            ("LIMIT_MAKER", "STOP_LOSS", "BUY", -1165),
            ("STOP_LOSS", "TAKE_PROFIT", "SELL", -1197),
            ("TAKE_PROFIT", "TAKE_PROFIT", "SELL", -1199),
            ("TAKE_PROFIT", "TAKE_PROFIT", "BUY", -1198),
            ("STOP_LOSS", "STOP_LOSS", "BUY", -1196),
            ("LIMIT", "STOP_LOSS", "SELL", -1158),
        ],
    )
    def test_types_must_fit_their_places(self, at_100, refusal, *, above, below, side, code):
        def leg(kind):
            if kind in ("LIMIT_MAKER", "LIMIT"):
                return at_100.order(kind, side, 1, 100)
            return at_100.order(kind, side, 1, stop_price=100)

        assert refusal(at_100.place_list, at_100.account(), "OCO", leg(above), leg(below)).startswith(f"{code} ")

    def test_lists_are_limited_by_a_filter(self, make_world, symbol, refusal):
        world = make_world(symbol(MaxNumOrderLists(1)))
        world.trade_at(100)
        account = world.account()
        oco(world, account)
        assert refusal(oco, world, account) == "-1013 Filter failure: MAX_NUM_ORDER_LISTS"

    def test_a_symbol_may_forbid_pairs(self, make_world, symbol, refusal):
        world = make_world(symbol(oco_allowed=False))
        assert refusal(oco, world, world.account()) == "-1013 OCO orders are not supported for this symbol"


def oto(world, account, working, *pending, kind="OTO"):
    placed = world.place_list(account, kind, working, *pending)
    return placed, [one.order for one in placed.placements]


class TestOto:
    def test_the_pending_order_waits_and_locks_nothing(self, world):
        account = world.account({"USDT": 100})
        _, (working, pending) = oto(
            world, account, world.order("LIMIT", "BUY", 1, 100), world.order("LIMIT", "SELL", 1, 120)
        )
        assert (working.status, pending.status) == (OrderStatus.NEW, OrderStatus.PENDING_NEW)
        assert world.balance(account, "USDT") == ("0", "100")

    def test_the_pending_order_is_placed_when_the_working_order_is_full(self, world):
        account = world.account({"USDT": 200})
        _, (working, pending) = oto(
            world, account, world.order("LIMIT", "BUY", 2, 100), world.order("LIMIT", "SELL", 2, 120)
        )
        world.market(world.account(), "SELL", 1)
        assert world.get(account, pending).status is OrderStatus.PENDING_NEW
        world.events()
        world.market(world.account(), "SELL", 1)
        assert world.story(account) == [f"{working.order_id} TRADE/FILLED", f"{pending.order_id} NEW/NEW"]
        assert world.balance(account, "BTC") == ("0", "2")
        world.events()
        world.market(world.account(), "BUY", 2)
        assert world.story(account) == [f"{pending.order_id} TRADE/FILLED", "list ALL_DONE"]

    def test_an_immediate_fill_still_answers_with_a_pending_order(self, world):
        world.limit(world.account(), "SELL", 1, 100)
        account = world.account({"USDT": 100})
        _, (working, pending) = oto(
            world, account, world.order("LIMIT", "BUY", 1, 100), world.order("LIMIT", "SELL", 1, 120)
        )
        assert (working.status, pending.status) == (OrderStatus.FILLED, OrderStatus.PENDING_NEW)
        assert world.get(account, pending).status is OrderStatus.NEW

    def test_the_fills_of_an_immediate_working_order_are_in_its_answer_alone(self, world):
        world.limit(world.account(), "SELL", 1, 100)
        placed, _ = oto(
            world, world.account(), world.order("LIMIT", "BUY", 1, 100), world.order("LIMIT", "SELL", 1, 120)
        )
        assert [len(one.fills) for one in placed.placements] == [1, 0]

    def test_a_pending_order_without_funds_is_rejected(self, world):
        account = world.account({"USDT": 100})
        _, (_, pending) = oto(world, account, world.order("LIMIT", "BUY", 1, 100), world.order("LIMIT", "SELL", 2, 120))
        world.market(world.account(), "SELL", 1)
        found = world.get(account, pending)
        assert (found.status, found.expiry_reason) == (OrderStatus.EXPIRED, ExpiryReason.REJECTED)
        assert world.exchange.open_order_lists(account) == ()

    def test_an_expired_working_order_expires_the_list(self, world):
        account = world.account()
        world.events()
        _, (working, pending) = oto(
            world, account, world.order("LIMIT", "BUY", 1, 100, tif="IOC"), world.order("LIMIT", "SELL", 1, 120)
        )
        assert world.story(account) == [
            "list EXEC_STARTED",
            f"{pending.order_id} NEW/PENDING_NEW",
            f"{working.order_id} NEW/NEW",
            f"{working.order_id} EXPIRED/EXPIRED",
            f"{pending.order_id} EXPIRED/EXPIRED",
            "list ALL_DONE",
        ]
        assert world.get(account, pending).expiry_reason is ExpiryReason.OTO_PHASE_ONE_EXPIRED

    @pytest.mark.parametrize("which", [0, 1])
    def test_canceling_either_cancels_both(self, world, which):
        account = world.account()
        _, orders = oto(world, account, world.order("LIMIT", "BUY", 1, 100), world.order("LIMIT", "SELL", 1, 120))
        world.cancel(account, orders[which])
        assert [world.get(account, one).status for one in orders] == [OrderStatus.CANCELED] * 2

    def test_canceling_the_list_after_the_working_order_cancels_what_is_open(self, world):
        account = world.account()
        placed, orders = oto(world, account, world.order("LIMIT", "BUY", 1, 100), world.order("LIMIT", "SELL", 1, 120))
        world.market(world.account(), "SELL", 1)
        answer = world.cancel_list(account, placed.order_list.order_list_id)
        assert [one.order.order_id for one in answer.cancellations] == [orders[1].order_id]

    def test_a_pending_market_order_trades_at_once(self, world):
        account = world.account({"USDT": 100})
        house = world.account()
        _, (_, pending) = oto(world, account, world.order("LIMIT", "BUY", 1, 100), world.order("MARKET", "SELL", 1))
        world.limit(house, "BUY", 1, 99)
        world.market(world.account(), "SELL", 1)
        assert world.get(account, pending).status is OrderStatus.FILLED
        assert world.balance(account, "USDT") == ("99", "0")

    def test_a_working_order_must_be_a_limit(self, world, refusal):
        assert refusal(
            world.place_list, world.account(), "OTO", world.order("MARKET", "BUY", 1), world.order("MARKET", "SELL", 1)
        ).startswith("-1130 ")

    def test_a_pending_order_has_no_quote_quantity(self, world, refusal):
        assert (
            refusal(
                world.place_list,
                world.account(),
                "OTO",
                world.order("LIMIT", "BUY", 1, 100),
                world.order("MARKET", "SELL", quote_order_qty=100),
            )
            == "-1106 Parameter 'pendingQuoteOrderQty' sent when not required."
        )


class TestOtoco:
    def place(self, world, account, stop=90, limit=120):
        return oto(
            world,
            account,
            world.order("LIMIT", "BUY", 1, 100),
            world.order("LIMIT_MAKER", "SELL", 1, limit),
            world.order("STOP_LOSS_LIMIT", "SELL", 1, stop - 1, stop_price=stop),
            kind="OTOCO",
        )

    def test_the_pair_is_placed_after_the_working_order(self, world):
        account = world.account({"USDT": 100})
        placed, (working, stop, limit) = self.place(world, account)
        assert placed.order_list.contingency_type == "OTO"
        assert [working.order_id, stop.order_id, limit.order_id] == [1, 2, 3]
        world.market(world.account(), "SELL", 1)
        assert [world.get(account, one).status for one in (working, stop, limit)] == ["FILLED", "NEW", "NEW"]
        assert world.balance(account, "BTC") == ("0", "1")
        world.market(world.account(), "BUY", 1)
        assert [world.get(account, one).status for one in (stop, limit)] == ["EXPIRED", "FILLED"]
        assert world.exchange.open_order_lists(account) == ()

    def test_a_pair_whose_prices_do_not_fit_any_more_is_rejected(self, world):
        account = world.account({"USDT": 100})
        _, (_, stop, limit) = self.place(world, account, stop=100)
        world.market(world.account(), "SELL", 1)
        assert {world.get(account, one).expiry_reason for one in (stop, limit)} == {ExpiryReason.REJECTED}
        assert world.balance(account, "BTC") == ("1", "0")

    def test_canceling_the_working_order_cancels_all_three(self, world):
        account = world.account()
        _, orders = self.place(world, account)
        world.cancel(account, orders[0])
        assert [world.get(account, one).status for one in orders] == ["CANCELED"] * 3


class TestOpo:
    def test_what_was_bought_is_locked_and_then_sold(self, world):
        account = world.account({"USDT": 200})
        _, (_, pending) = oto(
            world, account, world.order("LIMIT", "BUY", 2, 100), world.order("LIMIT", "SELL", None, 120), kind="OPO"
        )
        assert not pending.quantity_known
        world.market(world.account(), "SELL", 1)
        assert world.balance(account, "BTC") == ("0", "1")
        world.market(world.account(), "SELL", 1)
        found = world.get(account, pending)
        assert (found.status, found.quantity) == (OrderStatus.NEW, 2)
        assert world.balance(account, "BTC") == ("0", "2")
        assert found.quantity_known

    def test_canceling_unlocks_what_was_bought(self, world):
        account = world.account({"USDT": 200})
        placed, _ = oto(
            world, account, world.order("LIMIT", "BUY", 2, 100), world.order("LIMIT", "SELL", None, 120), kind="OPO"
        )
        world.market(world.account(), "SELL", 1)
        world.cancel_list(account, placed.order_list.order_list_id)
        assert world.balance(account, "BTC") == ("1", "0")

    def test_commission_reduces_the_pending_quantity_to_whole_lots(self, world):
        account = world.account({"USDT": 200}, commission=CommissionRates())
        _, (_, pending) = oto(
            world, account, world.order("LIMIT", "BUY", 1, 100), world.order("LIMIT", "SELL", None, 120), kind="OPO"
        )
        world.market(world.account(), "SELL", "0.3335")
        world.market(world.account(), "SELL", "0.6665")
        # 0.3335 and 0.6665 less 0.1 % each are 0.999; a lot is 0.0001.
        assert world.get(account, pending).quantity == Decimal("0.999")

    def test_commission_comes_from_other_free_funds_if_there_are_enough(self, world):
        account = world.account({"USDT": 200, "BTC": 1}, commission=CommissionRates())
        _, (_, pending) = oto(
            world, account, world.order("LIMIT", "BUY", 1, 100), world.order("LIMIT", "SELL", None, 120), kind="OPO"
        )
        world.market(world.account(), "SELL", 1)
        assert world.get(account, pending).quantity == 1
        assert world.balance(account, "BTC") == ("0.999", "1")

    def test_what_does_not_make_a_lot_is_unlocked(self, make_world, symbol):
        world = make_world(
            symbol(
                PriceFilter(Decimal(0), Decimal(0), Decimal("0.01")),
                LotSize(Decimal("0.1"), Decimal(0), Decimal("0.1")),
            )
        )
        account = world.account({"USDT": 200}, commission=CommissionRates())
        _, (_, pending) = oto(
            world, account, world.order("LIMIT", "BUY", 1, 100), world.order("LIMIT", "SELL", None, 120), kind="OPO"
        )
        world.market(world.account(), "SELL", 1)
        assert world.get(account, pending).quantity == Decimal("0.9")
        assert world.balance(account, "BTC") == ("0.099", "0.9")

    def test_opoco_sells_what_was_bought_by_a_pair(self, world):
        account = world.account({"USDT": 100})
        _, (_, stop, limit) = oto(
            world,
            account,
            world.order("LIMIT", "BUY", 1, 100),
            world.order("LIMIT_MAKER", "SELL", None, 120),
            world.order("STOP_LOSS", "SELL", None, stop_price=90),
            kind="OPOCO",
        )
        world.market(world.account(), "SELL", 1)
        assert [world.get(account, one).quantity for one in (stop, limit)] == [1, 1]
        assert world.balance(account, "BTC") == ("0", "1")
        world.market(world.account(), "BUY", 1)
        assert world.get(account, limit).status is OrderStatus.FILLED

    def test_only_buying_pays_for_selling(self, world, refusal):
        account = world.account()
        buy, sell = world.order("LIMIT", "BUY", 1, 100), world.order("LIMIT", "SELL", 1, 100)
        free_sell, free_buy = world.order("MARKET", "SELL"), world.order("MARKET", "BUY")
        assert refusal(world.place_list, account, "OPO", sell, free_sell) == (
            "-1222 Working order in an OPO list must be a bid."
        )
        assert refusal(world.place_list, account, "OPO", buy, free_buy) == (
            "-1223 Pending orders in an OPO list must be asks."
        )
        assert refusal(world.place_list, account, "OPO", buy, sell).startswith("-1225 ")

    def test_symbols_must_allow_it(self, make_world, symbol, refusal):
        for changes, word in (({"opo_allowed": False}, "OPO"), ({"oto_allowed": False}, "OTO")):
            world = make_world(symbol(**changes))
            buy, sell = world.order("LIMIT", "BUY", 1, 100), world.order("MARKET", "SELL")
            assert refusal(world.place_list, world.account(), "OPO", buy, sell) == (
                f"-1013 {word} orders are not supported for this symbol."
            )
