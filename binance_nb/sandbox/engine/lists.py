"""The life of an order list: which order ends another, when pending orders are due, when the list is done."""

from binance_nb.models.enums import ExpiryReason, ListOrderStatus, ListStatusType, OrderStatus
from binance_nb.sandbox.engine.core import Core
from binance_nb.sandbox.engine.records import Order, OrderList

DISCOUNT_ASSET = "BNB"  # opo.md: commission of an OPO's working order is taken from free funds unless this is received


class Lists:
    """Follows what happens to listed orders. Orders outside lists pass through without effect."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def orders(self, order_list: OrderList) -> list[Order]:
        """Return the orders of a list, in the order of their ids."""
        known = self._core.member(order_list.account_id).on[order_list.symbol].orders
        return [known[entry.order_id] for entry in order_list.orders if entry.order_id in known]

    def pair(self, order_list: OrderList) -> list[Order]:
        """Return the two orders of which one cancels the other; empty for an OTO or OPO."""
        orders = self.orders(order_list)
        if order_list.kind == "OCO":
            return orders
        return orders[1:] if len(orders) == 3 else []

    def sibling(self, order: Order) -> Order | None:
        """Return the other open order of an OCO pair, if there is one on the book or waiting for its trigger."""
        order_list = self._core.account_list(order)
        if order_list is None:
            return None
        pair = self.pair(order_list)
        if order not in pair:
            return None
        other = pair[0] if pair[1] is order else pair[1]
        return other if other.is_open and other.status is not OrderStatus.PENDING_NEW else None

    def lock_target_u(self, order: Order) -> int:
        """Return what an order must have locked: for the carrier of an OCO pair the dearer of the two."""
        need = self._core.need_u(order)
        other = self.sibling(order)
        return need if other is None else max(need, self._core.need_u(other))

    def started(self, order: Order, now_us: int) -> None:
        """One order of a pair began to work or to fill: the other expires."""
        other = self.sibling(order) if order.order_list_id >= 0 else None
        if other is not None:
            self._core.expire(other, ExpiryReason.OCO_TRIGGER, now_us)

    def received(self, order: Order, received_u: int, commission_u: int) -> None:
        """Keep what an OPO's working order bought for the pending orders, locked.

        The commission comes from other free funds of the asset if they cover it, else out of what was bought.
        """
        order_list = self._core.account_list(order)
        if order_list is None or not order_list.kind.startswith("OPO") or order_list.pending_placed:
            return
        member = self._core.owner(order)
        asset = self._core.specs[order.symbol].base_asset
        # The balance has received the amount and paid the commission already.
        covered = asset != DISCOUNT_ASSET and member.free_u(asset) >= received_u
        held = received_u if covered else received_u - commission_u
        member.lock(asset, held)
        order_list.held_u += held

    def release_held(self, order_list: OrderList) -> None:
        """Unlock what an OPO still holds."""
        member = self._core.member(order_list.account_id)
        member.lock(self._core.specs[order_list.symbol].base_asset, -order_list.held_u)
        order_list.held_u = 0

    def ended(self, order: Order, now_us: int) -> None:
        """An order filled or expired by the rules: end what depends on it, or make its pending orders due."""
        order_list = self._core.account_list(order)
        if order_list is None or not order_list.is_open:
            return
        orders = self.orders(order_list)
        is_working_order = order_list.kind != "OCO" and order is orders[0]
        if is_working_order and order.status is OrderStatus.FILLED:
            self._core.ready_lists.append(order_list)
            return
        if is_working_order:
            for pending in orders[1:]:
                self._core.expire(pending, ExpiryReason.OTO_PHASE_ONE_EXPIRED, now_us)
            self.release_held(order_list)
        else:
            other = self.sibling(order)
            if other is not None:
                self._core.expire(other, ExpiryReason.OCO_TRIGGER, now_us)
        self.finish_if_done(order_list, now_us)

    def finish_if_done(self, order_list: OrderList, now_us: int) -> None:
        """Announce the end of a list when none of its orders is open."""
        if order_list.is_open and not any(order.is_open for order in self.orders(order_list)):
            order_list.list_status_type = ListStatusType.ALL_DONE
            order_list.list_order_status = ListOrderStatus.ALL_DONE
            member = self._core.member(order_list.account_id)
            del member.open_lists[order_list.list_client_order_id]
            member.on[order_list.symbol].list_count -= 1
            self._core.report_list(order_list, now_us)
