"""The orders that a scripted exchange really has, and every way in which the answer to an order can come or not."""

from scripted import SERVER_TIME, answer, drop, half, refuse

ORDER = "/api/v3/order"


class OrderBook:
    """The orders that the scripted exchange really has, some of them still on their way to it."""

    def __init__(self, clock):
        self.clock = clock
        self.orders = {}
        self.posts = 0
        self.late = []

    def place(self, params, delay_s=0.0):
        """Take an order now, or when the fake time is so much further."""
        self.late.append((self.clock.now + delay_s, params))
        return self.arrive().get(params["newClientOrderId"])

    def arrive(self):
        """Let in what has arrived by now."""
        for due, params in [each for each in self.late if each[0] <= self.clock.now]:
            self.late.remove((due, params))
            self.orders.setdefault(params["newClientOrderId"], []).append(self.shown(params))
        return {name: orders[-1] for name, orders in self.orders.items()}

    @property
    def count(self):
        """How many orders there are, once everything has arrived."""
        self.clock.now += 3600
        self.arrive()
        return sum(len(orders) for orders in self.orders.values())

    def shown(self, params):
        """An order as the exchange tells it."""
        return {
            "symbol": params["symbol"],
            "orderId": 1000 + len(self.orders),
            "orderListId": -1,
            "clientOrderId": params["newClientOrderId"],
            "transactTime": SERVER_TIME,
            "price": "0.00000000",
            "origQty": params["quantity"],
            "executedQty": "0.00000000",
            "origQuoteOrderQty": "0.00000000",
            "cummulativeQuoteQty": "0.00000000",
            "status": "NEW",
            "timeInForce": "GTC",
            "type": params["type"],
            "side": params["side"],
            "workingTime": SERVER_TIME,
            "selfTradePreventionMode": "NONE",
            "fills": [],
        }

    async def query(self, request, seen):
        """Answer GET /api/v3/order as the exchange does."""
        found = self.arrive().get(seen.params["origClientOrderId"])
        reply = answer(found) if found else refuse(-2013, "Order does not exist.")
        return await reply(request, seen)

    def post(self, then, *, executed, delay_s=0.0):
        """Answer a POST by `then`, having executed it or not; `then` may be made from the order."""

        async def give(request, seen):
            self.posts += 1
            placed = self.place(seen.params, delay_s) if executed else None
            reply = then(placed or self.shown(seen.params)) if isinstance(then, FromOrder) else then
            return await reply(request, seen)

        return give


class FromOrder:
    """An answer that tells the order."""

    def __init__(self, make):
        self.make = make

    def __call__(self, order):
        return self.make(order)


TELL = FromOrder(answer)
TELL_HALF = FromOrder(half)

WAYS = {
    "connection dropped": drop,
    "half an answer": TELL_HALF,
    "an empty answer": answer(""),
    "an empty object": answer({}),
    "not json": answer("<html>OK</html>"),
    "500": answer("", 500),
    "502": answer("<html><title>502 Bad Gateway</title></html>", 502),
    "504": answer("<html><title>504 Gateway Time-out</title></html>", 504),
    "503 unknown": answer({"msg": "Unknown error, please check your request or try again later."}, 503),
    "-1000": refuse(-1000, "An unknown error occurred while processing the request.", 500),
    "-1001": refuse(-1001, "Internal error; unable to process your request. Please try again.", 500),
    "-1006": refuse(-1006, "An unexpected response was received from the message bus. Execution status unknown.", 500),
    "-1007": refuse(-1007, "Timeout waiting for response from backend server. Execution status unknown.", 408),
    "-1007 on 504": refuse(-1007, "Timeout waiting for response from backend server.", 504),
    "408": answer("", 408),
}
"""Answers after which nobody can know."""

NOT_EXECUTED = {
    "-2010": refuse(-2010, "Account has insufficient balance for requested action."),
    "-1013": refuse(-1013, "Filter failure: NOTIONAL"),
    "-1008": refuse(-1008, "Server is currently overloaded with other requests.", 503),
    "503 service unavailable": answer({"code": -1, "msg": "Service Unavailable."}, 503),
    "-2015": refuse(-2015, "Invalid API-key, IP, or permissions for action.", 401),
    "-1022": refuse(-1022, "Signature for this request is not valid."),
    "418": refuse(-1003, "Way too many requests; IP banned.", 418, **{"Retry-After": "120"}),
}
"""Answers that say clearly: no."""
