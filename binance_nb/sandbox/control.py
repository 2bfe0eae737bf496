"""A client of the sandbox's control endpoint: synchronous, standard library only."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any, cast

TIMEOUT_S = 60.0
STEP_TIMEOUT_S = 0.05  # for each step that the market is told to make
LOOPBACK_PREFIXES = ("http://127.0.0.1", "http://localhost", "http://[::1]")


class SandboxControlError(RuntimeError):
    """The sandbox refused a command, or could not be reached; the sentence says why."""


class SandboxKey(dict[str, str]):
    """A key pair that was made for a test: a dict of api_key and, for HMAC, api_secret, which no repr shows."""

    def __repr__(self) -> str:
        """Return the names alone."""
        return f"SandboxKey({', '.join(self)})"


class SandboxControl:
    """Steers a running sandbox. Every method raises SandboxControlError when the sandbox refuses or is gone."""

    def __init__(self, rest_url: str) -> None:
        """Steer the sandbox whose REST address this is; raises ValueError unless it is a loopback address."""
        if not rest_url.startswith(LOOPBACK_PREFIXES):
            raise ValueError(f"{rest_url} is not a sandbox on this machine")
        self._base = rest_url.rstrip("/") + "/sandbox/v1/"

    def __repr__(self) -> str:
        """Return where the endpoint is."""
        return f"SandboxControl({self._base!r})"

    def state(self) -> dict[str, Any]:
        """Return the exchange's clock, symbols, accounts, number of connections and faults."""
        return self._call("state")

    def step(self, ms: int) -> int:
        """Move the clock forward by milliseconds without moving the market; return the time in microseconds."""
        return cast("int", self._call("step", {"ms": ms})["now_us"])

    def run_market(self, steps: int = 1) -> int:
        """Let the market act `steps` times, 100 ms of the clock apart; return the time in microseconds."""
        return cast("int", self._call("run_market", {"steps": steps}, TIMEOUT_S + steps * STEP_TIMEOUT_S)["now_us"])

    def shift_clock(self, ms: int) -> None:
        """Make the server's own idea of the time wrong by so many milliseconds; 0 sets it right."""
        self._call("shift_clock", {"ms": ms})

    def drop_sockets(self, code: int = 1006) -> int:
        """Close every WebSocket, 1006 without a word, and return how many there were."""
        return cast("int", self._call("drop_sockets", {"code": code})["closed"])

    def freeze_sockets(self) -> int:
        """Leave every WebSocket open but dead, and return how many there were."""
        return cast("int", self._call("freeze_sockets", {})["frozen"])

    def fault(self, kind: str, method: str = "*", *, times: int = 1, delay_ms: int = 0, executed: bool = True) -> None:
        """Spoil the next `times` requests of a method (`order.place`, ..., `*`); `faults.AnswerFault` lists the kinds.

        `futures:order.place` and `spot:order.place` mean one product alone. `executed` says, where the kind leaves it
        open, whether the request is carried out all the same.
        """
        body = {"kind": kind, "method": method, "times": times, "delay_ms": delay_ms, "executed": executed}
        self._call("fault", body)

    def stream_fault(self, kind: str, event: str = "*", *, times: int = 1) -> None:
        """Duplicate, reorder or withhold the next `times` account events of a type (`executionReport`, ..., `*`)."""
        self._call("fault", {"kind": kind, "event": event, "times": times})

    def clear_faults(self) -> None:
        """Let everything go well again; maintenance ends too."""
        self._call("clear_faults", {})

    def release_events(self) -> int:
        """Deliver the events that were withheld, late, and return how many there were."""
        return cast("int", self._call("release_events", {})["released"])

    def maintenance(self, on: bool = True) -> None:
        """Begin or end maintenance: every WebSocket hears serverShutdown and closes, every request gets 503."""
        self._call("maintenance", {"on": on})

    def reset_account(self, account: str | None = None) -> None:
        """Set an account, or all, back to its first balances without orders or history, as the testnet does monthly."""
        self._call("reset_account", {} if account is None else {"account": account})

    def open_account(self, account: str, balances: Mapping[str, object], **options: Any) -> None:
        """Open another account; options: futures_balance, can_trade, trade_group_id, prevent_sor, max_asset."""
        amounts = {asset: str(amount) for asset, amount in balances.items()}
        self._call("open_account", {"account": account, "balances": amounts, **options})

    def add_key(
        self,
        account: str = "main",
        *,
        type: str = "HMAC",
        public_key: str | None = None,
        permissions: Sequence[str] | None = None,
    ) -> "SandboxKey":
        """Make a key of an account: HMAC answers api_key and api_secret; RSA and ED25519 take a public PEM.

        `permissions` are TRADE, USER_DATA, USER_STREAM; all of them when none are given.
        """
        body: dict[str, Any] = {"account": account, "type": type}
        if public_key is not None:
            body["public_key"] = public_key
        if permissions is not None:
            body["permissions"] = list(permissions)
        return SandboxKey(self._call("add_key", body))

    def revoke_key(self, api_key: str) -> None:
        """Forget a key."""
        self._call("revoke_key", {"api_key": api_key})

    def deposit(self, asset: str, amount: object, account: str = "main", *, product: str = "spot") -> None:
        """Add to a balance, of the futures wallet with `product="futures"`; the account's stream hears of it."""
        self._call("deposit", {"account": account, "asset": asset, "amount": str(amount), "product": product})

    def withdraw(self, asset: str, amount: object, account: str = "main", *, product: str = "spot") -> None:
        """Take from a balance."""
        self._call("withdraw", {"account": account, "asset": asset, "amount": str(amount), "product": product})

    def counter_order(
        self, symbol: str, side: str, quantity: object, price: object = None, *, product: str = "spot"
    ) -> dict[str, Any]:
        """Let the house place an order against the book, at market without a price; return the answer to it."""
        body: dict[str, Any] = {"symbol": symbol, "side": side, "quantity": str(quantity), "product": product}
        if price is not None:
            body["price"] = str(price)
        return self._call("counter_order", body)

    def pin_price(self, symbol: str, price: object = None) -> None:
        """Hold the price around which a spot symbol is quoted, from the market's next step on; None lets it wander."""
        self._call("pin_price", {"symbol": symbol, "price": None if price is None else str(price)})

    def pin_mark_price(self, symbol: str, price: object = None) -> None:
        """Hold a perpetual's mark price, so that positions can be liquidated; None lets it follow the market again."""
        self._call("mark_price", {"symbol": symbol, "price": None if price is None else str(price)})

    def pin_funding_rate(self, symbol: str, rate: object = None) -> None:
        """Hold a perpetual's next funding rate; None lets it follow the premium again."""
        self._call("funding_rate", {"symbol": symbol, "rate": None if rate is None else str(rate)})

    def futures_streams(self, mode: str) -> None:
        """Choose which addresses of the futures streams work from now on: routed, both or unrouted."""
        self._call("futures_streams", {"mode": mode})

    def set_limits(self, *, product: str = "spot", **limits: int | bool) -> None:
        """Change limits by address: weight, raw, connections, refusals_before_ban, enabled."""
        self._call("limits", {"product": product, **limits})

    def reset_limits(self) -> None:
        """Forget what was used and who was banned."""
        self._call("reset_limits", {})

    def set_symbol_status(self, symbol: str, status: str) -> None:
        """Open or close a symbol: TRADING, HALT, BREAK, ..."""
        self._call("symbol_status", {"symbol": symbol, "status": status})

    def _call(
        self, command: str, body: Mapping[str, Any] | None = None, timeout_s: float = TIMEOUT_S
    ) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  (the base is a loopback http address)
            self._base + command, data=data, headers={"Content-Type": "application/json"}
        )
        # A proxy that the environment names must not stand between two programs of one machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout_s) as answer:
                return cast("dict[str, Any]", json.loads(answer.read()))
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            try:
                text = json.loads(text)["error"]
            except (ValueError, KeyError, TypeError):
                text = text or error.reason
            raise SandboxControlError(f"The sandbox refused {command}: {text}") from None
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            reason = getattr(error, "reason", error)
            raise SandboxControlError(f"The sandbox at {self._base} could not be reached: {reason}") from None
