"""The control endpoint: what a test or a teacher may do to the exchange, plain JSON under /sandbox/v1, loopback only.

GET  state                                     clock, symbols, accounts, connections, faults
POST step            {"ms": 1000}              move the clock; the market stands still
POST run_market      {"steps": 10}             let the market act, 100 ms of the clock at a time
POST shift_clock     {"ms": -2000}             what the server says the time is, off by so much
POST drop_sockets    {"code": 1006}            close every WebSocket; 1006 breaks it off
POST freeze_sockets  {}                        leave every WebSocket open but dead
POST fault           {"kind": "drop_after", "method": "order.place", "times": 1, "delay_ms": 0, "executed": true}
POST fault           {"kind": "duplicate", "event": "executionReport", "times": 1}
POST clear_faults    {}
POST release_events  {}                        deliver the events that a fault withheld
POST maintenance     {"on": true}
POST reset_account   {"account": "main"}       first balances, no orders, keys kept; all accounts without a name
POST open_account    {"account": "second", "balances": {"USDT": "100"}, "futures_balance": "100"}
POST add_key         {"account": "main", "type": "HMAC", "permissions": ["USER_DATA"], "public_key": "-----BEGIN ..."}
POST revoke_key      {"api_key": "..."}
POST deposit         {"account": "main", "asset": "BTC", "amount": "1"}
POST withdraw        {"account": "main", "asset": "BTC", "amount": "1"}
POST counter_order   {"symbol": "BTCUSDT", "side": "SELL", "quantity": "1", "price": "100"}   the house trades
POST limits          {"weight": 100, "raw": 50, "connections": 3, "refusals_before_ban": 2, "enabled": true}
POST reset_limits    {}
POST symbol_status   {"symbol": "BTCUSDT", "status": "HALT"}
POST reference_price {"symbol": "BTCUSDT", "price": "100"}
POST pin_price       {"symbol": "BTCUSDT", "price": "100"}    hold the market's price; null lets it wander again

Futures: counter_order, deposit, withdraw (of USDT) and limits take {"product": "futures"}, and there are besides

POST mark_price      {"symbol": "BTCUSDT", "price": "100"}    hold the mark price; null lets it follow the market again
POST funding_rate    {"symbol": "BTCUSDT", "rate": "0.001"}   hold the next funding rate; null lets it go
POST futures_streams {"mode": "routed"}                       routed, both or unrouted, for connections from now on
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from binance_nb.models.enums import NewOrderRespType, OrderSide, SpotOrderType, SymbolStatus, TimeInForce
from binance_nb.sandbox.clock import US_PER_MS
from binance_nb.sandbox.engine.commands import EngineError, NewOrder
from binance_nb.sandbox.server import wire
from binance_nb.sandbox.server.futures.control import counter_order, futures_commands, is_futures, transfer
from binance_nb.sandbox.server.keys import ALL_PERMISSIONS, KeyType, Permission, new_secret
from binance_nb.sandbox.server.render_orders import placement
from binance_nb.sandbox.server.venue import MAIN_ACCOUNT, Venue

PREFIX = "/sandbox/v1/"
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
HOUSE_ACCOUNT = "house"
HOUSE_MONEY = Decimal(10**9)
_FULL = NewOrderRespType.FULL

Body = dict[str, Any]


class ControlDoor:
    """Answers everything under /sandbox/v1."""

    def __init__(self, venue: Venue) -> None:
        """Open the door of a venue."""
        self._venue = venue
        self._commands: dict[str, Callable[[Body], Any]] = {
            "state": lambda _body: venue.state(),
            "step": lambda body: {"now_us": venue.step(_whole(body, "ms"))},
            "run_market": lambda body: {"now_us": venue.run_market(_whole(body, "steps"))},
            "shift_clock": self._shift_clock,
            "drop_sockets": lambda body: {"closed": venue.drop_sockets(int(body.get("code", 1006)))},
            "freeze_sockets": lambda _body: {"frozen": venue.freeze_sockets()},
            "fault": self._fault,
            "clear_faults": lambda _body: venue.faults.clear(),
            "release_events": lambda _body: {"released": venue.users.release() + venue.futures.users.release()},
            "maintenance": lambda body: venue.set_maintenance(bool(body.get("on", True))),
            "reset_account": lambda body: venue.reset_account(body.get("account")),
            "open_account": self._open_account,
            "add_key": self._add_key,
            "revoke_key": lambda body: {"revoked": venue.keys.revoke(str(body.get("api_key")))},
            "deposit": lambda body: self._move(body, venue.exchange.deposit, 1),
            "withdraw": lambda body: self._move(body, venue.exchange.withdraw, -1),
            "counter_order": self._counter_order,
            "limits": self._limits,
            "reset_limits": self._reset_limits,
            "symbol_status": self._symbol_status,
            "reference_price": self._reference_price,
            "pin_price": self._pin_price,
            **futures_commands(venue),
        }

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one command: 200 with a JSON object, 400 with an error's sentence."""
        if "Origin" in request.headers or urlsplit(f"//{request.host}").hostname not in LOOPBACK_NAMES:
            # A web page that the user happens to visit must not steer the exchange.
            return _answer(403, {"error": "the control endpoint answers programs on this machine, not web pages"})
        command = self._commands.get(request.match_info["command"])
        if command is None:
            return _answer(404, {"error": f"there is no command {request.match_info['command']!r}"})
        try:
            raw = await request.read()
            body = msgspec.json.decode(raw, type=dict[str, Any]) if raw else {}
            return _answer(200, command(body) or {})
        except EngineError as refusal:
            return _answer(400, {"error": refusal.message, "code": refusal.code})
        except (ValueError, KeyError, InvalidOperation) as error:
            text = f"{error.args[0]!r} is missing or unknown" if isinstance(error, KeyError) else str(error)
            return _answer(400, {"error": text or type(error).__name__})

    def _shift_clock(self, body: Body) -> Body:
        clock = self._venue.clock
        clock.shift_us = int(body["ms"]) * US_PER_MS
        return {"face_us": clock.face_us()}

    def _fault(self, body: Body) -> None:
        self._venue.faults.add(body)

    def _open_account(self, body: Body) -> Body:
        balances = {asset: Decimal(str(amount)) for asset, amount in body.get("balances", {}).items()}
        allowed = ("can_trade", "trade_group_id", "prevent_sor")
        options: Body = {name: body[name] for name in allowed if name in body}
        if "futures_balance" in body:
            options["futures_balance"] = Decimal(str(body["futures_balance"]))
        if "max_asset" in body:
            options["max_asset"] = {asset: Decimal(str(limit)) for asset, limit in body["max_asset"].items()}
        account_id = self._venue.open_account(str(body["account"]), balances, **options)
        return {"uid": self._venue.exchange.account(account_id).uid}

    def _add_key(self, body: Body) -> Body:
        account = str(body.get("account", MAIN_ACCOUNT))
        if account not in self._venue.accounts:
            raise ValueError(f"there is no account {account!r}")
        asked = body.get("permissions")
        permissions = ALL_PERMISSIONS if asked is None else frozenset(Permission(each) for each in asked)
        kind = KeyType(str(body.get("type", "HMAC")).upper())
        if kind is KeyType.HMAC:
            secret = str(body.get("api_secret") or new_secret())
            key = self._venue.keys.add_hmac(account, str(body.get("api_key") or new_secret()), secret, permissions)
            return {"api_key": key.api_key, "api_secret": secret}
        key = self._venue.keys.add_public(account, str(body["public_key"]), permissions, body.get("api_key"))
        return {"api_key": key.api_key}

    def _move(self, body: Body, move: Callable[[int, str, Decimal, int], None], sign: int) -> None:
        if is_futures(body):
            transfer(self._venue, body, sign)
            return
        account_id = self._venue.account_id(str(body.get("account", MAIN_ACCOUNT)))
        move(account_id, str(body["asset"]), Decimal(str(body["amount"])), self._venue.clock.now_us())
        self._venue.publish()

    def _counter_order(self, body: Body) -> Any:
        venue = self._venue
        if HOUSE_ACCOUNT not in venue.accounts:
            money = dict.fromkeys(venue.exchange.assets, HOUSE_MONEY)
            venue.open_account(HOUSE_ACCOUNT, money, silent=True)
        if is_futures(body):
            return counter_order(venue, HOUSE_ACCOUNT, body)
        price = None if body.get("price") is None else Decimal(str(body["price"]))
        order = NewOrder(
            symbol=str(body["symbol"]),
            side=OrderSide(str(body["side"])),
            type=SpotOrderType.MARKET if price is None else SpotOrderType.LIMIT,
            quantity=Decimal(str(body["quantity"])),
            price=price,
            time_in_force=None if price is None else TimeInForce(str(body.get("time_in_force", "GTC"))),
        )
        done = venue.exchange.place_order(venue.account_id(HOUSE_ACCOUNT), order, venue.clock.now_us())
        venue.publish()
        return placement(done, _FULL, wire.in_ms)

    def _limits(self, body: Body) -> None:
        limits = self._venue.futures.limits if is_futures(body) else self._venue.limits
        limits.settings = limits.settings.changed({name: body[name] for name in body if name != "product"})

    def _reset_limits(self, _body: Body) -> None:
        self._venue.limits.reset()
        self._venue.futures.limits.reset()

    def _symbol_status(self, body: Body) -> None:
        venue = self._venue
        venue.exchange.set_symbol_status(str(body["symbol"]), SymbolStatus(body["status"]), venue.clock.now_us())
        venue.publish()

    def _reference_price(self, body: Body) -> None:
        venue = self._venue
        price = None if body.get("price") is None else Decimal(str(body["price"]))
        venue.exchange.set_reference_price(str(body["symbol"]), price, venue.clock.now_us())
        venue.publish()

    def _pin_price(self, body: Body) -> None:
        market = self._venue.market
        if market is None:
            raise ValueError("this sandbox was started without a market")
        market.pin_price(str(body["symbol"]), None if body.get("price") is None else Decimal(str(body["price"])))


def _whole(body: Body, name: str) -> int:
    value = body[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} must be a whole number, zero or more")
    return value


def _answer(status: int, body: Any) -> web.Response:
    return web.Response(status=status, body=wire.encode(body), content_type="application/json")
