"""Bad input is refused in one sentence before any request; what the exchange refuses keeps its code and words."""

from collections.abc import Callable
from typing import Any

import pytest

from binance_nb import BinanceClient, BinanceConfig
from binance_nb.errors import (
    BinanceNBError,
    ConfigError,
    InsecureUrlError,
    InsufficientBalance,
    InvalidOrderError,
    KeyRefused,
    ListenKeyRetired,
    MissingKeysError,
    SymbolRuleError,
    UnknownSymbolError,
)

Mistake = Callable[[BinanceClient], Any]


@pytest.fixture
def sent(client: BinanceClient, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request that leaves during a test, by method and path; the symbol's rules are known beforehand."""
    client.place_market_order("BTCUSDT", "BUY", "0.01")
    requests: list[str] = []
    transport = client.asynchronous._transport
    original = transport._send

    async def note(method: str, path: str, *rest: Any) -> Any:
        requests.append(f"{method} {path}")
        return await original(method, path, *rest)

    monkeypatch.setattr(transport, "_send", note)
    return requests


@pytest.mark.parametrize(
    ("mistake", "kind", "words"),
    [
        (lambda c: c.place_market_order("BTCUSTD", "BUY", 1), UnknownSymbolError, "did you mean BTCUSDT"),
        (lambda c: c.place_market_order("BTC/USDT", "BUY", 1), UnknownSymbolError, "did you mean BTCUSDT"),
        (lambda c: c.place_market_order("", "BUY", 1), InvalidOrderError, "symbol must be a name"),
        (lambda c: c.place_market_order("BTCUSDT", "BUY", -1), InvalidOrderError, "quantity must be greater than zero"),
        (lambda c: c.place_market_order("BTCUSDT", "BUY", 0), InvalidOrderError, "quantity must be greater than zero"),
        (lambda c: c.place_market_order("BTCUSDT", "BUY", float("nan")), InvalidOrderError, "finite number"),
        (lambda c: c.place_market_order("BTCUSDT", "BUY", "much"), InvalidOrderError, "must be a number, not 'much'"),
        (lambda c: c.place_market_order("BTCUSDT", "BUY"), InvalidOrderError, "one of the two is missing"),
        (lambda c: c.place_market_order("BTCUSDT", "HOLD", 1), InvalidOrderError, "side must be 'BUY' or 'SELL'"),
        (
            lambda c: c.place_limit_order("BTCUSDT", "BUY", "0.01", "60000.005"),
            SymbolRuleError,
            r"price 60000.005 of BTCUSDT is not on the tick of 0.01 \(PRICE_FILTER\); nearest: 60000 or 60000.01",
        ),
        (lambda c: c.place_limit_order("BTCUSDT", "BUY", "0.01", None), InvalidOrderError, "needs a price"),
        (
            lambda c: c.place_spot_order(_request(order_type="MARKET", quantity=1, price=1)),
            InvalidOrderError,
            "a MARKET order takes no price; LIMIT does",
        ),
        (
            lambda c: c.place_limit_order("BTCUSDT", "BUY", "0.00001", "100"),
            SymbolRuleError,
            r"worth 0.001 USDT and BTCUSDT wants at least .* nearest quantity",
        ),
        (lambda c: c.get_klines("BTCUSDT", "7m"), InvalidOrderError, "not an interval; the exchange has 1s"),
        (lambda c: c.get_order_status("BTCUSDT"), InvalidOrderError, "say which order"),
    ],
)
def test_refused_before_any_request(
    client: BinanceClient, sent: list[str], mistake: Mistake, kind: type[BinanceNBError], words: str
) -> None:
    with pytest.raises(kind, match=words) as refused:
        mistake(client)
    assert sent == []
    assert len(refused.value._render_traceback_()) == 1


def _request(**fields: Any) -> Any:
    from binance_nb import SpotOrderRequest

    return SpotOrderRequest(symbol="BTCUSDT", side="BUY", **fields)


@pytest.mark.parametrize("environment", ["testnet", "demo"])
def test_missing_keys_say_which_variable_to_set(environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "API_SECRET", "PRIVATE_KEY_PATH"):
        monkeypatch.delenv(f"BINANCE_{environment.upper()}_{name}", raising=False)
    with (
        BinanceClient(environment=environment) as keyless,
        pytest.raises(MissingKeysError, match=f"set BINANCE_{environment.upper()}_API_KEY and"),
    ):
        keyless.get_account_info()


def test_an_address_without_tls_is_refused_unless_it_is_this_machine() -> None:
    with pytest.raises(InsecureUrlError, match=r"use https://api\.example\.com"):
        BinanceConfig(testnet=False, mainnet_base_url="http://api.example.com")
    assert BinanceConfig(environment="sandbox", sandbox_base_url="http://127.0.0.1:9").get_base_url()


def test_keys_cannot_be_passed_as_arguments() -> None:
    with pytest.raises(ConfigError, match="keys come from environment variables alone"):
        BinanceConfig(api_key="something")


def test_what_the_exchange_refuses_keeps_its_code_and_reads_well(client: BinanceClient) -> None:
    with pytest.raises(InsufficientBalance) as refused:
        client.place_limit_order("BTCUSDT", "BUY", "100", "60000")
    error = refused.value
    assert (error.code, error.http_status) == (-2010, 400)
    assert error.message == "Account has insufficient balance for requested action."
    assert error.request == "POST /api/v3/order"
    assert error._render_traceback_() == [
        "InsufficientBalance: Account has insufficient balance for requested action. "
        "(code -2010, HTTP 400, POST /api/v3/order)"
    ]


def test_keys_of_another_place_say_where_such_keys_are_made(
    client: BinanceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", "x" * 64)
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", "y" * 64)
    stranger = BinanceClient(client.config)
    with stranger, pytest.raises(KeyRefused) as refused:
        stranger.get_account_info()
    assert refused.value.code == -2015
    assert "sent to sandbox, which takes only keys made there" in str(refused.value)
    assert "x" * 64 not in str(refused.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.create_listen_key(),
        lambda c: c.keepalive_listen_key("abc"),
        lambda c: c.close_listen_key("abc"),
    ],
)
def test_spot_listen_keys_say_what_to_use_instead(client: BinanceClient, call: Mistake) -> None:
    with pytest.raises(ListenKeyRetired, match=r"switched off on 2026-02-20.*start_stream") as gone:
        call(client)
    assert gone.value.http_status == 410
