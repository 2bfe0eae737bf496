"""Where keys come from: environment variables, and nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from pydantic import SecretStr

from binance_nb.errors import ConfigError, MissingKeysError


class Environment(StrEnum):
    """The four places that the client speaks to, and a recording of one of them."""

    SANDBOX = "sandbox"
    TESTNET = "testnet"
    DEMO = "demo"
    MAINNET = "mainnet"
    REPLAY = "replay"

    @property
    def is_exchange(self) -> bool:
        """Whether somebody trades there; a replay only says again what was said."""
        return self is not Environment.REPLAY


WHERE_KEYS_ARE_MADE = {
    Environment.SANDBOX: "a sandbox makes its own: `BinanceClient.sandbox()`, or `binance-nb sandbox` prints them",
    Environment.TESTNET: "https://testnet.binance.vision (log in with GitHub)",
    Environment.DEMO: "https://demo.binance.com/en/my/settings/api-management",
    Environment.MAINNET: "https://www.binance.com/en/my/settings/api-management",
    Environment.REPLAY: "a replay needs none",
}
"""Testnet and mainnet: testnet/general-info.md and rest-api.md; demo: demo-mode/general-info.md."""


def variable_names(environment: Environment, *, futures: bool = False) -> dict[str, str]:
    """Return the names of the environment variables for `environment`, by what they hold.

    With `futures` those of keys for USD-M futures alone, which only the testnet needs: its futures are another house.
    """
    prefix = f"BINANCE_{environment.value.upper()}{'_FUTURES' if futures else ''}"
    return {
        "api_key": f"{prefix}_API_KEY",
        "api_secret": f"{prefix}_API_SECRET",
        "private_key_path": f"{prefix}_PRIVATE_KEY_PATH",
        "private_key_passphrase": f"{prefix}_PRIVATE_KEY_PASSPHRASE",
    }


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key and what signs with it: an HMAC secret, or the text of a PEM file (RSA or Ed25519).

    Everything is a SecretStr, so no repr, log or traceback shows it, and it refuses to be pickled.
    """

    api_key: SecretStr
    api_secret: SecretStr | None = None
    private_key_pem: SecretStr | None = None
    passphrase: SecretStr | None = None

    def __reduce__(self) -> NoReturn:
        """Refuse: a pickle would hold the keys in plain text."""
        raise TypeError("credentials are not pickled; read them from the environment where they are needed")

    @classmethod
    def from_environ(
        cls, environment: Environment, environ: Mapping[str, str] | None = None, *, futures: bool = False
    ) -> Credentials:
        """Read the keys of `environment` from the environment variables; with `futures` those for futures, if set.

        Raises MissingKeysError naming the variables to set, ConfigError where a key or its PEM file cannot be used.
        """
        # No local variable holds a plain secret or the whole environment: some tracebacks print local variables.
        names = variable_names(environment, futures=futures and has_keys(environment, environ, futures=True))
        api_key = _secret(names["api_key"], environ)
        secret = _secret(names["api_secret"], environ)
        pem_path = _secret(names["private_key_path"], environ).get_secret_value()
        if not api_key or not (secret or pem_path):
            others = [other for other in Environment if other is not environment and has_keys(other, environ)]
            set_elsewhere = f" (keys are set for {', '.join(others)} only)" if others else ""
            raise MissingKeysError(
                f"No keys for {environment}{set_elsewhere}: set {names['api_key']} and {names['api_secret']} "
                f"(or {names['private_key_path']}, a PEM file), then restart the kernel. "
                f"Where to get them: {WHERE_KEYS_ARE_MADE[environment]}"
            )
        if not _is_visible(api_key):
            raise ConfigError(
                f"{names['api_key']} holds a character that no API key has, such as a blank, a line end or a curly "
                "quote: copy the key again"
            )
        if not pem_path:
            return cls(api_key, api_secret=secret)
        try:
            pem = SecretStr(Path(pem_path).expanduser().read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{names['private_key_path']} names a file that cannot be read: {type(error).__name__}"
            ) from None
        return cls(
            api_key,
            private_key_pem=pem,
            passphrase=_secret(names["private_key_passphrase"], environ, strip=False) or None,
        )


def _is_visible(key: SecretStr) -> bool:
    """Whether a key is of visible ASCII alone, as it must be to stand in a header."""
    return re.fullmatch(r"[!-~]+", key.get_secret_value()) is not None


def _secret(name: str, environ: Mapping[str, str] | None, *, strip: bool = True) -> SecretStr:
    value = (os.environ if environ is None else environ).get(name, "")
    return SecretStr(value.strip() if strip else value)


def has_keys(environment: Environment, environ: Mapping[str, str] | None = None, *, futures: bool = False) -> bool:
    """Return whether the variables for `environment` are set (their values are not looked at further)."""
    names = variable_names(environment, futures=futures)
    signs = _secret(names["api_secret"], environ) or _secret(names["private_key_path"], environ)
    return bool(_secret(names["api_key"], environ) and signs)
