"""What a sandbox's stream tells of balances reaches whoever asked for it."""

import threading
from decimal import Decimal


class Heard:
    """Keeps what was told, and waits for more of it."""

    def __init__(self):
        self.updates = []
        self._more = threading.Condition()

    def __call__(self, update):
        with self._more:
            self.updates.append(update)
            self._more.notify()

    def wait_for(self, count):
        with self._more:
            assert self._more.wait_for(lambda: len(self.updates) >= count, 20)
        return self.updates


def test_a_resting_order_locks_what_it_would_cost_and_a_deposit_is_told_as_a_change(client):
    heard = Heard()
    with client.subscribe_balances(heard):
        before = next(row for row in client.get_account_info(raw=True)["balances"] if row["asset"] == "USDT")
        price = round(client.get_book_ticker("BTCUSDT")["bid_price"].iloc[0] * 0.9)
        client.place_limit_order("BTCUSDT", "BUY", "0.01", price)
        (update,) = heard.wait_for(1)
        assert update.event_type == "outboundAccountPosition"
        (usdt,) = (balance for balance in update.balances if balance.asset == "USDT")
        assert usdt.locked - Decimal(before["locked"]) == Decimal(price) / 100
        assert usdt.free + usdt.locked == Decimal(before["free"]) + Decimal(before["locked"])

        client.sandbox_process.control.deposit("BNB", 5)
        change, position = heard.wait_for(3)[1:]
        assert (change.event_type, change.balances, change.raw["d"]) == ("balanceUpdate", (), "5.00000000")
        assert [balance.asset for balance in position.balances] == ["BNB"]
    client.sandbox_process.control.deposit("BNB", 5)
    client.get_account_info()
    assert len(heard.updates) == 3
