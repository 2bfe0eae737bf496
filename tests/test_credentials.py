"""Keys: read from environment variables alone, asked for in words, and never shown anywhere."""

import copy
import logging
import pickle
import traceback

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from scripted import ScriptedExchange, answer, closed_port, drop, exchange_info, half, hang, refuse

from binance_nb import AsyncBinanceClient, BinanceClient, BinanceConfig, Environment, SpotOrderRequest
from binance_nb.credentials import WHERE_KEYS_ARE_MADE, Credentials, has_keys, variable_names
from binance_nb.errors import BinanceNBError, ConfigError, MissingKeysError
from binance_nb.transport.signing import make_signer

# Every one starts with letters that nothing else has, so that a row of zeros or carets is not taken for a leak.
SECRETS = st.from_regex(r"[A-Za-z0-9+/=_.-]{13,61}", fullmatch=True).map(lambda text: f"xQ7{text}")


@pytest.mark.parametrize("environment", list(Environment))
def test_missing_keys_name_the_variables_and_where_keys_are_made(environment):
    with pytest.raises(MissingKeysError) as missing:
        Credentials.from_environ(environment, {})
    text = str(missing.value)
    prefix = f"BINANCE_{environment.value.upper()}"
    for name in (f"{prefix}_API_KEY", f"{prefix}_API_SECRET", f"{prefix}_PRIVATE_KEY_PATH"):
        assert name in text
    assert WHERE_KEYS_ARE_MADE[environment] in text


@pytest.mark.parametrize("environment", list(Environment))
def test_keys_of_another_environment_are_not_taken_but_mentioned(environment):
    other = next(each for each in Environment if each is not environment)
    names = variable_names(other)
    variables = {names["api_key"]: "k" * 20, names["api_secret"]: "s" * 20}
    with pytest.raises(MissingKeysError, match=f"keys are set for {other} only"):
        Credentials.from_environ(environment, variables)


@pytest.mark.parametrize("half", ["api_key", "api_secret", "private_key_path"])
def test_half_a_pair_is_no_pair(half):
    with pytest.raises(MissingKeysError):
        Credentials.from_environ(Environment.TESTNET, {variable_names(Environment.TESTNET)[half]: "x" * 20})
    assert not has_keys(Environment.TESTNET, {variable_names(Environment.TESTNET)[half]: "x" * 20})


def test_a_pair_is_read_without_the_blanks_of_pasting():
    variables = {"BINANCE_DEMO_API_KEY": " key\n", "BINANCE_DEMO_API_SECRET": "\tsecret "}
    found = Credentials.from_environ(Environment.DEMO, variables)
    assert found.api_key.get_secret_value() == "key"
    assert found.api_secret is not None
    assert found.api_secret.get_secret_value() == "secret"
    assert has_keys(Environment.DEMO, variables)


def test_blank_variables_count_as_unset():
    variables = {"BINANCE_DEMO_API_KEY": " ", "BINANCE_DEMO_API_SECRET": "  "}
    assert not has_keys(Environment.DEMO, variables)
    with pytest.raises(MissingKeysError):
        Credentials.from_environ(Environment.DEMO, variables)


def test_the_variables_of_the_process_are_the_default(monkeypatch):
    monkeypatch.setenv("BINANCE_TESTNET_API_KEY", "keykeykey")
    monkeypatch.setenv("BINANCE_TESTNET_API_SECRET", "secretsecret")
    assert Credentials.from_environ(Environment.TESTNET).api_key.get_secret_value() == "keykeykey"


def test_a_private_key_is_read_from_its_path(tmp_path):
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "key.pem"
    path.write_bytes(pem)
    found = Credentials.from_environ(
        Environment.TESTNET, {"BINANCE_TESTNET_API_KEY": "k", "BINANCE_TESTNET_PRIVATE_KEY_PATH": str(path)}
    )
    assert found.private_key_pem is not None
    assert found.private_key_pem.get_secret_value() == pem.decode()
    assert found.api_secret is None


@pytest.mark.parametrize("name", ["no-such-file.pem", "."])
def test_an_unreadable_private_key_file_is_named_by_its_variable(tmp_path, name):
    variables = {
        "BINANCE_TESTNET_API_KEY": "k",
        "BINANCE_TESTNET_PRIVATE_KEY_PATH": str(tmp_path / name),
    }
    with pytest.raises(ConfigError, match="BINANCE_TESTNET_PRIVATE_KEY_PATH names a file that cannot be read"):
        Credentials.from_environ(Environment.TESTNET, variables)


# What must never show a secret


def shown(thing):
    """Everything that a person, a log or a debugger may see of an object."""
    texts = [repr(thing), str(thing), f"{thing}", f"{thing!r:>5}", repr([thing]), repr({"a": thing})]
    texts.append(repr(getattr(thing, "__dict__", "")))
    return "\n".join(texts)


def whole_traceback(error):
    """The package's part of a traceback, with the values of local variables, as some tools print them."""
    assert error.__traceback__ is not None
    ours = error.with_traceback(error.__traceback__.tb_next)  # the first frame is the test's, which holds the secrets
    return "".join(traceback.TracebackException.from_exception(ours, capture_locals=True).format())


@given(key=SECRETS, secret=SECRETS, passphrase=SECRETS)
def test_credentials_and_signers_show_nothing(key, secret, passphrase):
    held = Credentials(
        SecretStr(key), api_secret=SecretStr(secret), private_key_pem=None, passphrase=SecretStr(passphrase)
    )
    signer = make_signer(held)
    signer.sign("symbol=BTCUSDT")
    for hidden in (key, secret, passphrase):
        for thing in (held, signer):
            assert hidden not in shown(thing)


def test_credentials_and_signers_refuse_to_be_pickled():
    held = Credentials(SecretStr("k" * 30), api_secret=SecretStr("s" * 30))
    for thing in (held, make_signer(held)):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
    with pytest.raises(TypeError):
        copy.deepcopy(held)


@pytest.mark.parametrize("bad", ["“curly”", "two words", "two\r\nX-Lines: here", "nul\0here", "ключ"])
def test_a_key_that_cannot_stand_in_a_header_is_refused_by_its_variable_and_not_shown(bad):
    with pytest.raises(ConfigError, match="BINANCE_TESTNET_API_KEY holds a character that no API key has") as refused:
        Credentials.from_environ(
            Environment.TESTNET, {"BINANCE_TESTNET_API_KEY": bad, "BINANCE_TESTNET_API_SECRET": "s" * 20}
        )
    assert bad not in str(refused.value)


@given(key=SECRETS, secret=SECRETS)
def test_a_missing_half_shows_nothing_of_the_other(key, secret):
    for variables in ({"BINANCE_TESTNET_API_KEY": key}, {"BINANCE_TESTNET_API_SECRET": secret}):
        with pytest.raises(MissingKeysError) as missing:
            Credentials.from_environ(Environment.TESTNET, variables)
        text = "".join(traceback.format_exception(missing.value)) + shown(missing.value)
        assert key not in text
        assert secret not in text


def test_a_missing_half_shows_nothing_even_where_local_variables_are_printed(monkeypatch):
    monkeypatch.delenv("BINANCE_TESTNET_API_KEY", raising=False)
    monkeypatch.setenv("BINANCE_TESTNET_API_SECRET", "verysecretverysecret")
    with pytest.raises(MissingKeysError) as missing:
        Credentials.from_environ(Environment.TESTNET)
    assert "verysecretverysecret" not in whole_traceback(missing.value)


@given(secret=SECRETS, passphrase=SECRETS)
def test_a_bad_private_key_shows_nothing_of_itself(secret, passphrase):
    held = Credentials(
        SecretStr("k" * 20),
        private_key_pem=SecretStr(f"-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n"),
        passphrase=SecretStr(passphrase),
    )
    with pytest.raises(ConfigError) as refused:
        make_signer(held)
    text = whole_traceback(refused.value) + shown(refused.value)
    assert secret not in text
    assert passphrase not in text


def test_a_wrong_passphrase_shows_neither_the_key_nor_itself():
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"the right passphrase"),
    ).decode()
    held = Credentials(SecretStr("k"), private_key_pem=SecretStr(pem), passphrase=SecretStr("some wrong passphrase"))
    with pytest.raises(ConfigError, match="passphrase must be right") as refused:
        make_signer(held)
    text = whole_traceback(refused.value)
    assert "some wrong passphrase" not in text
    assert pem.splitlines()[1] not in text


def test_an_ec_key_is_refused_in_one_sentence():
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(ConfigError, match="must be RSA or Ed25519"):
        make_signer(Credentials(SecretStr("k"), private_key_pem=SecretStr(pem.decode())))


async def test_a_client_shows_nothing_on_any_way_it_can_fail(monkeypatch, caplog):
    """Every kind of failure of a request, with the secrets looked for in all that it leaves behind."""
    caplog.set_level(logging.DEBUG)
    key, secret = "Kk7" * 20, "Ss9" * 20
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", key)
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", secret)
    exchange = ScriptedExchange()
    await exchange.start()
    ways = [
        refuse(-2015, "Invalid API-key, IP, or permissions for action.", 401),
        refuse(-2014, "API-key format invalid.", 401),
        refuse(-1022, "Signature for this request is not valid."),
        refuse(-1021, "Timestamp for this request is outside of the recvWindow."),
        refuse(-1003, "Too many requests.", 429, **{"Retry-After": "0"}),
        refuse(-1003, "Way too many requests; IP banned.", 418, **{"Retry-After": "1"}),
        refuse(-2010, "Account has insufficient balance for requested action."),
        refuse(-1100, "Illegal characters found in parameter."),
        answer("<html><head><title>502 Bad Gateway</title></head></html>", 502),
        answer("not json"),
        answer("", 302, {"Location": "http://127.0.0.1:1/"}),
        half({"a": "b" * 100}),
        drop,
        hang,
    ]
    exchange.on("GET", "/api/v3/exchangeInfo", answer(exchange_info()))
    errors = []
    config = exchange.config(max_read_attempts=1, timeout_s=0.3, unknown_patience_s=0.1)
    try:
        for way in ways:
            exchange.on("GET", "/api/v3/account", way)
            exchange.on("POST", "/api/v3/order", way)
            exchange.on("GET", "/api/v3/order", refuse(-2015, "Invalid API-key, IP, or permissions for action.", 401))
            async with AsyncBinanceClient(config, own_thread=False) as client:
                order = SpotOrderRequest(symbol="BTCUSDT", side="BUY", order_type="MARKET", quantity="0.01")
                for call in (client.get_account_info(), client.place_spot_order(order)):
                    with pytest.raises(BinanceNBError) as failed:
                        await call
                    errors.append(failed.value)
                assert key not in shown(client)
                assert secret not in shown(client)
        nobody = BinanceConfig(environment="sandbox", sandbox_base_url=f"http://127.0.0.1:{closed_port()}")
        async with AsyncBinanceClient(nobody, own_thread=False) as client:
            with pytest.raises(BinanceNBError) as failed:
                await client.place_market_order("BTCUSDT", "BUY", 1)
            errors.append(failed.value)
    finally:
        await exchange.close()

    assert len({type(error) for error in errors}) >= 9
    for error in errors:
        text = whole_traceback(error) + shown(error) + "".join(error._render_traceback_())
        assert secret not in text, error
        assert key not in text, error
        pickled = _pickle_if_it_can_be(error)
        assert secret.encode() not in pickled
        assert key.encode() not in pickled
    assert secret not in caplog.text
    assert key not in caplog.text


def _pickle_if_it_can_be(error):
    try:
        return pickle.dumps(error)
    except (TypeError, AttributeError, pickle.PicklingError):
        return b""


def test_a_blocking_client_shows_nothing(monkeypatch):
    monkeypatch.setenv("BINANCE_TESTNET_API_KEY", "KEYKEYKEYKEYKEY")
    monkeypatch.setenv("BINANCE_TESTNET_API_SECRET", "SECRETSECRETSECRET")
    client = BinanceClient()
    client.asynchronous._signer()
    text = shown(client) + shown(client.asynchronous) + repr(vars(client.asynchronous))
    assert "KEYKEYKEYKEYKEY" not in text
    assert "SECRETSECRETSECRET" not in text


def test_futures_may_have_keys_of_their_own_and_else_share_those_of_spot():
    spot = {"BINANCE_TESTNET_API_KEY": "spot", "BINANCE_TESTNET_API_SECRET": "s"}
    futures = {"BINANCE_TESTNET_FUTURES_API_KEY": "futures", "BINANCE_TESTNET_FUTURES_API_SECRET": "f"}

    def key(environ, **how):
        return Credentials.from_environ(Environment.TESTNET, environ, **how).api_key.get_secret_value()

    assert key(spot, futures=True) == "spot"
    assert key(spot | futures, futures=True) == "futures"
    assert key(spot | futures) == "spot"
