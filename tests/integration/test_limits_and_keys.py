"""Budgets are waited for, bans are silence; every kind of key works through both doors."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from binance_nb import BinanceClient, BinanceConfig, SpotOrderRequest
from binance_nb.errors import IpBanned, KeyRefused, SignatureRefused

PASSPHRASE = "open sesame"


@pytest.fixture
def stepped() -> Iterator[BinanceClient]:
    """A client of a stepped sandbox whose waits step the exchange's clock instead of passing."""
    with BinanceClient.sandbox(seed=1, clock="stepped") as client:
        process, transport = client.sandbox_process, client.asynchronous._transport
        assert process is not None

        turn = asyncio.Lock()

        async def step(seconds: float) -> None:
            limits = transport.limits
            target = limits.server_time_s() + seconds
            async with turn:
                while any(budget.under_way for budget in limits.budgets):  # noqa: ASYNC110 - a test's own stepping
                    await asyncio.sleep(0.001)  # it was signed for the time before the step
                missing = target - limits.server_time_s()
                if missing <= 0:
                    return
                await asyncio.to_thread(process.control.step, int(missing * 1000) + 1)
                limits.paused_until_s = 0.0  # the pause of a 429 has passed on the exchange's clock
                await transport.clock.measure()

        transport.limits.sleep = step
        yield client


def refusals(client: BinanceClient) -> list[int]:
    """The HTTP statuses of refusals by a rate limit, as they come."""
    seen: list[int] = []
    limits = client.asynchronous._transport.limits
    original = limits.note_refusal

    def note(error: Any) -> None:
        seen.append(error.http_status)
        original(error)

    limits.note_refusal = note  # type: ignore[method-assign]
    return seen


def test_a_burst_far_over_the_limit_ends_with_every_order_placed(stepped: BinanceClient) -> None:
    seen = refusals(stepped)
    price = float(stepped.get_price("BTCUSDT")["price"].iloc[0])
    orders = [
        SpotOrderRequest(
            symbol="BTCUSDT",
            side="BUY",
            order_type="LIMIT",
            quantity="0.001",
            price=round(price * 0.9),
            time_in_force="FOK",
            new_client_order_id=f"burst-{number}",
        )
        for number in range(350)
    ]

    async def burst() -> list[Any]:
        return await asyncio.gather(*(stepped.asynchronous.place_spot_order(order, raw=True) for order in orders))

    answers = stepped._run(burst())
    assert {answer["status"] for answer in answers} == {"EXPIRED"}
    assert len({answer["orderId"] for answer in answers}) == len(orders)
    assert len(seen) <= 1
    assert 418 not in seen
    limits = stepped.rate_limits().set_index(["rate_limit_type", "interval"])
    assert stepped.asynchronous._transport.limits.waited_s > 0
    assert limits.loc[("ORDERS", "10 SECOND"), "limit"] < len(orders)


def test_a_budget_used_up_by_somebody_else_costs_one_429_and_is_waited_out(stepped: BinanceClient) -> None:
    seen = refusals(stepped)
    assert stepped.sandbox_process is not None
    stepped.get_price("BTCUSDT")
    stepped.sandbox_process.control.set_limits(weight=30)
    for _ in range(40):
        stepped.get_price("BTCUSDT")
    assert len(seen) <= 2
    assert set(seen) <= {429}


def test_a_ban_is_raised_with_its_end_and_nothing_is_sent_until_then(stepped: BinanceClient) -> None:
    assert stepped.sandbox_process is not None
    control = stepped.sandbox_process.control
    stepped.get_price("BTCUSDT")
    control.set_limits(weight=1, refusals_before_ban=0)
    with pytest.raises(IpBanned) as banned:
        stepped.get_price("BTCUSDT")
    assert banned.value.retry_after is not None
    assert banned.value.retry_after >= 100
    assert abs(banned.value.until.timestamp() - time.time() - banned.value.retry_after) < 5
    control.reset_limits()
    control.set_limits(weight=6000)
    with pytest.raises(IpBanned, match="nothing was sent"):
        stepped.get_price("BTCUSDT")
    stepped.asynchronous._transport.limits.banned_until_s = 0.0
    stepped.get_price("BTCUSDT")


@pytest.fixture(scope="module")
def owner() -> Iterator[BinanceClient]:
    """A client of a running sandbox that can make further keys."""
    with BinanceClient.sandbox(seed=2) as client:
        yield client


def private_key(kind: str) -> Any:
    """A new private key."""
    return ed25519.Ed25519PrivateKey.generate() if kind == "ED25519" else rsa.generate_private_key(65537, 2048)


def write_keys(kind: str, folder: Path, *, encrypted: bool) -> tuple[str, Path]:
    """Write a new private key to a PEM file; return its public half and the file."""
    key = private_key(kind)
    locked = pem.BestAvailableEncryption(PASSPHRASE.encode()) if encrypted else pem.NoEncryption()
    path = folder / "private.pem"
    path.write_bytes(key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, locked))
    public = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    return public.decode(), path


@pytest.mark.parametrize("transport", ["rest", "ws"])
@pytest.mark.parametrize(("kind", "encrypted"), [("RSA", False), ("ED25519", False), ("ED25519", True)])
def test_private_keys_trade_and_stream_through_both_doors(
    owner: BinanceClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    encrypted: bool,
    transport: Any,
) -> None:
    public, path = write_keys(kind, tmp_path, encrypted=encrypted)
    assert owner.sandbox_process is not None
    api_key = owner.sandbox_process.control.add_key(type=kind, public_key=public)["api_key"]
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", api_key)
    monkeypatch.setenv("BINANCE_SANDBOX_PRIVATE_KEY_PATH", str(path))
    monkeypatch.delenv("BINANCE_SANDBOX_API_SECRET", raising=False)
    if encrypted:
        monkeypatch.setenv("BINANCE_SANDBOX_PRIVATE_KEY_PASSPHRASE", PASSPHRASE)
    with BinanceClient(owner.config, transport=transport) as client:
        client.start_stream()
        order = client.place_market_order("BTCUSDT", "BUY", "0.001")
        assert order["order_status"].iloc[0] == "FILLED"
        assert len(client.get_open_orders("BTCUSDT")) == 0
        # Ed25519 alone may log on, and then needs no signature for each request.
        logged_on = transport == "ws" and kind == "ED25519"
        requests = client.asynchronous._ws_requests
        assert (requests is not None and requests._logged_on) == logged_on


def test_a_symbol_that_is_not_ascii_is_signed_and_sent_through_both_doors(owner: BinanceClient) -> None:
    symbol = "１２３４５６"
    order = SpotOrderRequest(symbol=symbol, side="BUY", order_type="LIMIT", quantity="1", price="1")
    assert len(owner.check_order(order))
    assert len(owner.get_open_orders(symbol)) == 0
    assert len(owner.get_my_trades(symbol)) == 0


def test_a_key_that_may_not_trade_says_so(
    owner: BinanceClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert owner.sandbox_process is not None
    pair = owner.sandbox_process.control.add_key(permissions=["USER_DATA"])
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", pair["api_key"])
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", pair["api_secret"])
    with BinanceClient(owner.config) as reader:
        assert len(reader.get_account_info()) > 0
        with pytest.raises(KeyRefused) as refused:
            reader.place_market_order("BTCUSDT", "BUY", "0.001")
    assert refused.value.code == -2015
    assert pair["api_key"] not in str(refused.value)


def test_a_wrong_secret_says_which_variable_to_look_at(owner: BinanceClient, monkeypatch: pytest.MonkeyPatch) -> None:
    process = owner.sandbox_process
    assert process is not None
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", process.api_key.get_secret_value())
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", "wrong")
    with (
        BinanceClient(BinanceConfig(environment="sandbox", sandbox_base_url=process.rest_url)) as client,
        pytest.raises(SignatureRefused, match="check BINANCE_SANDBOX_API_SECRET") as refused,
    ):
        client.get_account_info()
    assert refused.value.code == -1022


def test_a_clock_that_jumps_is_measured_again(owner: BinanceClient) -> None:
    assert owner.sandbox_process is not None
    owner.get_account_info()
    measured = owner.asynchronous._transport.clock.measurements
    owner.sandbox_process.control.shift_clock(-60_000)
    try:
        owner.get_account_info()
        assert owner.asynchronous._transport.clock.measurements == measured + 1
        owner.place_market_order("BTCUSDT", "BUY", "0.001")
    finally:
        owner.sandbox_process.control.shift_clock(0)
    owner.get_account_info()
