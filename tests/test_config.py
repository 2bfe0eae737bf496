"""BinanceConfig: where it points, what it refuses, and which environment variables it heeds."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import closed_port

from binance_nb import BinanceConfig, Environment
from binance_nb.config import check_url
from binance_nb.errors import ConfigError, InsecureUrlError


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    import os

    for name in [name for name in os.environ if name.upper().startswith("BINANCE_")]:
        monkeypatch.delenv(name)


def test_the_testnet_is_the_default():
    config = BinanceConfig()
    assert config.environment is Environment.TESTNET
    assert config.testnet is True
    assert config.get_base_url() == "https://testnet.binance.vision"
    assert config.get_ws_url() == "wss://ws-api.testnet.binance.vision/ws-api/v3"
    assert config.get_stream_url() == "wss://stream.testnet.binance.vision"


def test_testnet_false_is_mainnet():
    config = BinanceConfig(testnet=False)
    assert config.environment is Environment.MAINNET
    assert config.get_base_url() == config.mainnet_base_url == "https://api.binance.com"
    assert config.get_ws_url() == config.mainnet_ws_url == "wss://ws-api.binance.com:443/ws-api/v3"


def test_demo_is_chosen_by_name():
    assert BinanceConfig(environment="demo").get_base_url() == "https://demo-api.binance.com"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"environment": "mainnet"}, r"explicit flag: BinanceConfig\(testnet=False\)"),
        ({"environment": "demo", "testnet": False}, "testnet=False means mainnet, but the environment is demo"),
        ({"environment": "sandbox", "testnet": False}, "means mainnet"),
        ({"environment": "paper"}, "'sandbox', 'testnet', 'demo', 'mainnet' or 'replay'"),
        ({"base_url": "https://api.binance.com"}, "base_url is not a setting. Settings: environment"),
        ({"api_key": "x"}, "api_key is not a setting; keys come from environment variables alone"),
        ({"api_secret": "x"}, "api_secret is not a setting; keys come from environment variables alone"),
        ({"recv_window_ms": 60001}, "recv_window_ms: "),
        ({"recv_window_ms": 0}, "recv_window_ms: "),
        ({"timeout_s": -1}, "timeout_s: "),
        ({"max_read_attempts": 0}, "max_read_attempts: "),
        ({"mainnet_base_url": "api.binance.com"}, "not a URL of the form https://host"),
        ({"mainnet_base_url": "ftp://api.binance.com"}, "not a URL of the form https://host"),
        ({"mainnet_base_url": "https://[::1"}, "is not a URL"),
        ({"mainnet_base_url": "https://host:port"}, "is not a URL"),
    ],
)
def test_a_contradiction_is_one_sentence(settings, words):
    with pytest.raises(ConfigError, match=words) as refused:
        BinanceConfig(**settings)
    assert "\n" not in str(refused.value)
    assert "pydantic" not in str(refused.value)


def test_a_setting_cannot_be_changed_afterwards():
    config = BinanceConfig()
    with pytest.raises(ValueError, match="frozen"):
        config.testnet = False
    assert config.get_base_url() == "https://testnet.binance.vision"


def test_the_environment_variable_chooses_the_environment(monkeypatch):
    monkeypatch.setenv("BINANCE_NB_ENVIRONMENT", "demo")
    assert BinanceConfig().environment is Environment.DEMO


def test_code_wins_over_the_environment_variable(monkeypatch):
    monkeypatch.setenv("BINANCE_NB_ENVIRONMENT", "demo")
    assert BinanceConfig(environment="testnet").environment is Environment.TESTNET
    assert BinanceConfig(testnet=False).environment is Environment.MAINNET


@pytest.mark.parametrize("value", ["false", "0", "False", "no", "off"])
@pytest.mark.parametrize("name", ["BINANCE_NB_TESTNET", "binance_nb_testnet", "TESTNET"])
def test_no_variable_takes_the_testnet_flag_away(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    config = BinanceConfig()
    assert config.testnet is True
    assert config.environment is Environment.TESTNET


def test_a_variable_alone_cannot_reach_mainnet(monkeypatch):
    monkeypatch.setenv("BINANCE_NB_ENVIRONMENT", "mainnet")
    monkeypatch.setenv("BINANCE_NB_TESTNET", "false")
    with pytest.raises(ConfigError, match="explicit flag"):
        BinanceConfig()


def test_numbers_come_from_variables_too_and_empty_ones_count_as_unset(monkeypatch):
    monkeypatch.setenv("BINANCE_NB_TIMEOUT_S", "3.5")
    monkeypatch.setenv("BINANCE_NB_RECV_WINDOW_MS", "")
    config = BinanceConfig()
    assert config.timeout_s == 3.5
    assert config.recv_window_ms == 5000


def test_a_variable_with_a_bad_value_is_a_config_error(monkeypatch):
    monkeypatch.setenv("BINANCE_NB_TIMEOUT_S", "soon")
    with pytest.raises(ConfigError, match="timeout_s: "):
        BinanceConfig()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.binance.com",
        "ws://stream.binance.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://10.0.0.1:9400",
        "http://0.0.0.0:9400",
        "HTTP://api.binance.com",
    ],
)
def test_plain_text_is_refused_outside_this_machine(url):
    with pytest.raises(InsecureUrlError, match=r"is not encrypted; use (https|wss)://"):
        check_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9400", "http://localhost:1", "ws://[::1]:9/ws-api/v3"])
def test_plain_text_is_allowed_to_this_machine(url):
    assert check_url(url) == url


@pytest.mark.parametrize(
    "name",
    ["mainnet_base_url", "mainnet_ws_url", "testnet_stream_url", "sandbox_base_url", "sandbox_ws_url", "demo_ws_url"],
)
def test_every_address_is_checked_not_only_the_chosen_one(name):
    with pytest.raises(InsecureUrlError):
        BinanceConfig(**{name: "http://example.com"})


PASSWORD = "hunter2hunter2"


@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{PASSWORD}@api.binance.com",
        f"https://{PASSWORD}@api.binance.com",
        f"http://user:{PASSWORD}@127.0.0.1:9400",
        f"ftp://user:{PASSWORD}@api.binance.com",
        f"https://user:{PASSWORD}@[::1",
        f"https://user:{PASSWORD}@host:port",
        f"//user:{PASSWORD}@host",
        f"https://user:{PASSWORD}@",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError) as refused:
        BinanceConfig(mainnet_base_url=url)
    assert PASSWORD not in str(refused.value)
    assert PASSWORD not in repr(refused.value)


@given(st.sampled_from(["https://h", "https://h.example:1/a", "http://localhost:9/"]), st.integers(0, 3))
def test_a_base_address_never_ends_in_a_slash(url, slashes):
    config = BinanceConfig(environment="sandbox", sandbox_base_url=url + "/" * slashes)
    assert config.get_base_url() == url.rstrip("/")


def test_the_sandbox_tells_its_other_addresses_from_its_first():
    config = BinanceConfig(environment="sandbox", sandbox_base_url="http://127.0.0.1:9400/")
    assert config.get_ws_url() == "ws://127.0.0.1:9400/ws-api/v3"
    assert config.get_stream_url() == "ws://127.0.0.1:9400"
    port = closed_port()
    anywhere = BinanceConfig(environment="sandbox", sandbox_base_url=f"http://localhost:{port}")
    assert anywhere.get_ws_url() == f"ws://localhost:{port}/ws-api/v3"
    secure = BinanceConfig(environment="sandbox", sandbox_base_url="https://localhost:1")
    assert secure.get_ws_url() == "wss://localhost:1/ws-api/v3"


def test_a_config_travels_through_pickle():
    config = BinanceConfig(environment="demo", timeout_s=3)
    assert pickle.loads(pickle.dumps(config)) == config


def test_futures_have_addresses_of_their_own():
    mainnet = BinanceConfig(testnet=False)
    assert mainnet.get_futures_base_url() == "https://fapi.binance.com"
    assert mainnet.get_futures_ws_url() == "wss://ws-fapi.binance.com/ws-fapi/v1"
    assert mainnet.get_futures_stream_url() == "wss://fstream.binance.com"
    assert BinanceConfig().get_futures_base_url() == "https://testnet.binancefuture.com"
    assert BinanceConfig(environment="demo").get_futures_base_url() == "https://demo-fapi.binance.com"
    assert BinanceConfig(environment="demo").get_futures_stream_url() == "wss://demo-fstream.binance.com"


def test_a_sandboxs_futures_are_where_it_is_unless_told_otherwise():
    config = BinanceConfig(environment="sandbox", sandbox_base_url="http://127.0.0.1:9400/")
    assert config.get_futures_base_url() == "http://127.0.0.1:9400"
    assert config.get_futures_ws_url() == "ws://127.0.0.1:9400/ws-fapi/v1"
    assert config.get_futures_stream_url() == "ws://127.0.0.1:9400/fstream"
    elsewhere = BinanceConfig(environment="sandbox", sandbox_futures_base_url="http://127.0.0.1:9500")
    assert elsewhere.get_futures_stream_url() == "ws://127.0.0.1:9500/fstream"


def test_futures_are_not_spoken_to_without_tls():
    with pytest.raises(InsecureUrlError, match="https://fapi"):
        BinanceConfig(mainnet_futures_base_url="http://fapi.binance.com")
