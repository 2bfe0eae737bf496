"""Which exchange to speak to, and how patiently: BinanceConfig."""

from __future__ import annotations

from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from binance_nb.credentials import Environment
from binance_nb.errors import ConfigError, InsecureUrlError

SILENCE_S = 65.0
"""The server pings every 20 s and gives up after 60 s without a pong: silence for longer means a dead connection."""

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def check_url(url: str) -> str:
    """Return `url` if it is https/wss, or http/ws to this machine; raise InsecureUrlError otherwise."""
    if "@" in url:  # before any message that repeats the URL
        raise ConfigError("a URL must not carry a user name or a password (no @)")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ConfigError(f"{url!r} is not a URL") from None
    if not host or parts.scheme not in {"https", "wss", "http", "ws"}:
        raise ConfigError(f"{url!r} is not a URL of the form https://host or wss://host")
    if parts.scheme in {"http", "ws"} and host not in LOOPBACK_HOSTS:
        secure = "https" if parts.scheme == "http" else "wss"
        raise InsecureUrlError(
            f"{parts.scheme}://{host} is not encrypted; use {secure}://{host} "
            f"({parts.scheme}:// is allowed to this machine only, for the sandbox)"
        )
    return url.rstrip("/")


class BinanceConfig(BaseSettings):
    """Settings of a client. The testnet by default; mainnet only with `testnet=False` written in code.

    `environment` may be "sandbox", "testnet", "demo", "mainnet" or "replay" (a recording that `binance-nb replay`
    plays). Every field but `testnet` can also be set by an environment variable with the prefix `BINANCE_NB_`
    (`BINANCE_NB_ENVIRONMENT=demo`); `testnet` cannot, so that a forgotten variable never sends a notebook to mainnet.
    Keys are not settings: see `binance_nb.credentials`.
    Base addresses: rest-api.md, web-socket-api.md, web-socket-streams.md, testnet/ and demo-mode/general-info.md; of
    futures: derivatives/usds-margined-futures/general-info (testnet and demo trading share their back end there).

    Raises ConfigError where settings contradict each other, InsecureUrlError for an address without TLS.
    """

    model_config = SettingsConfigDict(env_prefix="BINANCE_NB_", frozen=True, extra="forbid", env_ignore_empty=True)

    environment: Environment = Environment.TESTNET
    testnet: bool = True

    mainnet_base_url: str = "https://api.binance.com"
    mainnet_ws_url: str = "wss://ws-api.binance.com:443/ws-api/v3"
    mainnet_stream_url: str = "wss://stream.binance.com:9443"
    testnet_base_url: str = "https://testnet.binance.vision"
    testnet_ws_url: str = "wss://ws-api.testnet.binance.vision/ws-api/v3"
    testnet_stream_url: str = "wss://stream.testnet.binance.vision"
    demo_base_url: str = "https://demo-api.binance.com"
    demo_ws_url: str = "wss://demo-ws-api.binance.com/ws-api/v3"
    demo_stream_url: str = "wss://demo-stream.binance.com"
    sandbox_base_url: str = "http://127.0.0.1:9400"
    sandbox_ws_url: str = ""
    sandbox_stream_url: str = ""
    replay_base_url: str = "http://127.0.0.1:9500"
    replay_ws_url: str = ""
    replay_stream_url: str = ""

    mainnet_futures_base_url: str = "https://fapi.binance.com"
    mainnet_futures_ws_url: str = "wss://ws-fapi.binance.com/ws-fapi/v1"
    mainnet_futures_stream_url: str = "wss://fstream.binance.com"
    testnet_futures_base_url: str = "https://testnet.binancefuture.com"
    testnet_futures_ws_url: str = "wss://testnet.binancefuture.com/ws-fapi/v1"
    testnet_futures_stream_url: str = "wss://fstream.binancefuture.com"
    demo_futures_base_url: str = "https://demo-fapi.binance.com"
    demo_futures_ws_url: str = "wss://testnet.binancefuture.com/ws-fapi/v1"
    demo_futures_stream_url: str = "wss://demo-fstream.binance.com"
    sandbox_futures_base_url: str = ""
    sandbox_futures_ws_url: str = ""
    sandbox_futures_stream_url: str = ""
    replay_futures_base_url: str = ""
    replay_futures_ws_url: str = ""
    replay_futures_stream_url: str = ""

    recv_window_ms: float = Field(default=5000.0, gt=0, le=60000)
    """How long a signed request stays valid, in milliseconds (rest-api.md, "Timing security")."""
    timeout_s: float = Field(default=15.0, gt=0)
    """How long to wait for an answer; the exchange itself gives up after 10 s."""
    max_read_attempts: int = Field(default=5, ge=1)
    """How often a request that changes nothing is tried."""
    unknown_patience_s: float = Field(default=30.0, gt=0)
    """How long to ask for an order whose fate is unknown before OrderStatusUnknown is raised."""
    stream_silence_s: float = Field(default=SILENCE_S, gt=0)
    """How long the spot user data stream may be silent before it connects again. The exchange pings every 20 s, so that
    less than that would give up a connection that is well (web-socket-api.md, "General API Information")."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read code first, then environment variables, and nothing else; `testnet` from code alone."""

        def env_without_testnet() -> dict[str, Any]:
            return {name: value for name, value in env_settings().items() if name != "testnet"}

        return init_settings, env_without_testnet  # type: ignore[return-value]  # any callable is a source

    def __init__(self, **settings: Any) -> None:
        """Check the settings; a mistake is one sentence."""
        if settings.get("testnet") is False and "environment" not in settings:
            settings["environment"] = Environment.MAINNET
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise _config_error(error, type(self)) from None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.environment is Environment.MAINNET and self.testnet:
            raise ConfigError("mainnet needs the explicit flag: BinanceConfig(testnet=False)")
        if not self.testnet and self.environment is not Environment.MAINNET:
            raise ConfigError(
                f"testnet=False means mainnet, but the environment is {self.environment}: leave one of the two out"
            )
        for name in type(self).model_fields:
            if name.endswith("_url") and getattr(self, name):
                check_url(getattr(self, name))
        return self

    def get_base_url(self) -> str:
        """Return the REST base address of the chosen environment, without a trailing slash."""
        return str(getattr(self, f"{self.environment.value}_base_url")).rstrip("/")

    def get_ws_url(self) -> str:
        """Return the address of the WebSocket API of the chosen environment."""
        url = str(getattr(self, f"{self.environment.value}_ws_url"))
        return url or self._beside_base("/ws-api/v3")

    def get_stream_url(self) -> str:
        """Return the base address of the market streams of the chosen environment."""
        url = str(getattr(self, f"{self.environment.value}_stream_url"))
        return url or self._beside_base("")

    def get_futures_base_url(self) -> str:
        """Return the REST base address of USD-M futures; a sandbox has them at its own unless told otherwise."""
        url = str(getattr(self, f"{self.environment.value}_futures_base_url")).rstrip("/")
        return url or self.get_base_url()

    def get_futures_ws_url(self) -> str:
        """Return the address of the WebSocket API of USD-M futures."""
        url = str(getattr(self, f"{self.environment.value}_futures_ws_url"))
        return url or _ws(self.get_futures_base_url()) + "/ws-fapi/v1"

    def get_futures_stream_url(self) -> str:
        """Return the base address of the streams of USD-M futures; /public, /market and /private come after it.

        A sandbox has them at /fstream of its own address, beside the spot streams.
        """
        url = str(getattr(self, f"{self.environment.value}_futures_stream_url")).rstrip("/")
        return url or _ws(self.get_futures_base_url()) + "/fstream"

    def _beside_base(self, path: str) -> str:
        return _ws(self.get_base_url()) + path


def _ws(url: str) -> str:
    return "ws" + url.removeprefix("http")


def _config_error(error: ValidationError, model: type[BaseSettings]) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, ConfigError):
        return cause
    name = ".".join(str(part) for part in first["loc"]) or "settings"
    if first["type"] == "extra_forbidden":
        hint = ""
        if any(word in name for word in ("key", "secret", "pem")):
            hint = "; keys come from environment variables alone (see the README)"
        return ConfigError(f"{name} is not a setting{hint}. Settings: {', '.join(model.model_fields)}")
    return ConfigError(f"{name}: {first['msg']}")
