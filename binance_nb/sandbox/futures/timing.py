"""What time brings: mark prices, funding, orders whose time is up, countdowns, and the watch over margins."""

from binance_nb.models.enums import OrderStatus
from binance_nb.sandbox.engine.units import SCALE, from_units
from binance_nb.sandbox.futures.algos import AlgoService
from binance_nb.sandbox.futures.core import FuturesCore, Venue
from binance_nb.sandbox.futures.desk import Desk
from binance_nb.sandbox.futures.events import MarkPriceChange
from binance_nb.sandbox.futures.liquidation import Liquidator
from binance_nb.sandbox.futures.records import FundingRate, MarkPrice

_KEPT_RATES = 3_000


def prices_of(venue: Venue, now_us: int) -> MarkPrice:
    """Return a symbol's mark price and what belongs to it."""
    mark = venue.mark
    price = from_units(venue.mark_u)
    return MarkPrice(
        symbol=venue.spec.symbol,
        mark_price=price,
        index_price=from_units(mark.index_u) if mark.index_u else price,
        estimated_settle_price=price,
        last_funding_rate=mark.rate,
        interest_rate=venue.spec.interest_rate,
        next_funding_us=mark.next_funding_us,
        time_us=mark.updated_us or now_us,
    )


class Timekeeper:
    """Does what is due."""

    def __init__(self, core: FuturesCore, desk: Desk, algos: AlgoService, liquidator: Liquidator) -> None:
        self._core = core
        self._desk = desk
        self._algos = algos
        self._liquidator = liquidator
        self.rates: list[FundingRate] = []

    def advance(self, now_us: int) -> None:
        """Let everything happen that is due by this time."""
        core = self._core
        for venue in core.venues.values():
            self.reprice(venue, now_us)
            while venue.mark.next_funding_us <= now_us:
                self._fund(venue)
        for member in core.members.values():
            if not member.silent:
                self._end_orders(member.account_id, now_us)
        self.watch(now_us)

    def reprice(self, venue: Venue, now_us: int) -> None:
        """Work out a symbol's mark price anew, announce it, and trigger what waits for it."""
        bid, ask = venue.book.bids.best(), venue.book.asks.best()
        top = (bid.price_u if bid else 0, ask.price_u if ask else 0)
        if venue.mark.update(venue.tape.last_u, *top, now_us):
            self._core.events.append(MarkPriceChange(time_us=now_us, prices=prices_of(venue, now_us)))
        self._algos.mark_price(venue, now_us)

    def watch(self, now_us: int) -> None:
        """Work what was triggered, then look after every account's margin; a liquidation may trigger more."""
        self._algos.work_triggered(now_us)
        self._core.settle_step(now_us)
        for member in tuple(self._core.members.values()):
            self._liquidator.check(member, now_us)
        self._algos.work_triggered(now_us)
        self._core.settle_step(now_us)

    def _end_orders(self, account_id: int, now_us: int) -> None:
        core = self._core
        member = core.members[account_id]
        for symbol, due_us in tuple(member.countdowns.items()):
            if due_us <= now_us:
                del member.countdowns[symbol]
                self._desk.cancel_all(member, symbol, now_us)
        for known in member.on.values():
            for order in tuple(known.open.values()):
                if order.good_till_us and order.good_till_us <= now_us:
                    core.end(order, OrderStatus.EXPIRED, now_us)
        self._algos.expire_due(member, now_us)

    def _fund(self, venue: Venue) -> None:
        """Let longs pay shorts (or the other way) the funding rate on their value at the mark price."""
        core = self._core
        core.settle_step(venue.mark.updated_us)
        mark, due_us, rate_u = venue.mark_u, venue.mark.next_funding_us, venue.mark.rate_u
        symbol = venue.spec.symbol
        for member in core.members.values():
            paid_u = 0
            known = member.on[symbol]
            for position in known.positions.values():
                if not position.amount_u:
                    continue
                value = position.notional_u(mark) * rate_u
                due = value // SCALE if value >= 0 else -(-value // SCALE)
                if known.is_isolated:
                    position.isolated_u -= due
                    core.touch(member, symbol, position.side)
                paid_u += due
            if paid_u:
                core.pay(member, -paid_u, "FUNDING_FEE", due_us, symbol=symbol)
                core.funding_u += paid_u
                core.announce(member, due_us, "FUNDING_FEE", -paid_u, symbol)
        if mark:
            self.rates.append(
                FundingRate(symbol=symbol, funding_us=due_us, rate=venue.mark.rate, mark_price=from_units(mark))
            )
            del self.rates[:-_KEPT_RATES]
        venue.mark.funded()
