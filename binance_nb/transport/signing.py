"""Signatures: HMAC-SHA256, RSA and Ed25519, and the text they sign (rest-api.md and web-socket-api.md)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

from binance_nb.credentials import Credentials
from binance_nb.errors import ConfigError
from binance_nb.models.decimals import plain, to_decimal


class Signer(Protocol):
    """Signs a payload for one API key."""

    can_log_on: bool
    """Whether `session.logon` takes this kind of key: Ed25519 alone (web-socket-api.md, "Session Authentication")."""

    @property
    def api_key(self) -> str:
        """The API key that the signature belongs to."""

    def sign(self, payload: str) -> str:
        """Return the signature of a payload, as text that is not yet percent-encoded itself."""


_is_plain = re.compile(r"[A-Za-z0-9_.~-]*\Z").match
"""Matches what stands for itself (RFC 3986, "Unreserved Characters"): a percent sign is never needed in it."""


def encode(params: Mapping[str, str]) -> str:
    """Return `params` as percent-encoded `name=value` pairs in the order given, which is what gets signed and sent."""
    if _is_plain("".join(params.values())):  # one look for all, as an order has nothing else
        return "&".join([f"{name}={value}" for name, value in params.items()])
    return "&".join([f"{name}={quote(value, safe='')}" for name, value in params.items()])


def sorted_text(params: Mapping[str, Any]) -> str:
    """Return what the WebSocket API has signed: the pairs in alphabetical order, as UTF-8 and not percent-encoded.

    web-socket-api.md, "SIGNED request security"; its example with a non-ASCII symbol holds for this form alone.
    """
    return "&".join([f"{name}={as_signed(value)}" for name, value in sorted(params.items())])


def as_signed(value: Any) -> str:
    """Return a parameter as it stands in the text to sign: as JSON writes it, without quotes."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(to_decimal(value)) if isinstance(value, float) else str(value)


class _KeyHolder:
    can_log_on = False

    def __init__(self, credentials: Credentials) -> None:
        self._api_key = credentials.api_key

    @property
    def api_key(self) -> str:
        return self._api_key.get_secret_value()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class HmacSigner(_KeyHolder):
    """HMAC-SHA256 with the key's secret, as hexadecimal."""

    def __init__(self, credentials: Credentials) -> None:
        """Prepare the keyed hash, which is copied for each payload."""
        super().__init__(credentials)
        assert credentials.api_secret is not None
        self._keyed = hmac.new(credentials.api_secret.get_secret_value().encode(), digestmod=hashlib.sha256)

    def sign(self, payload: str) -> str:
        """Return 64 hexadecimal digits."""
        keyed = self._keyed.copy()
        keyed.update(payload.encode())
        return keyed.hexdigest()


class _PrivateKeySigner(_KeyHolder):
    """RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519, as base64: whichever the PEM file holds."""

    def __init__(self, credentials: Credentials) -> None:
        super().__init__(credentials)
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        assert credentials.private_key_pem is not None
        passphrase = credentials.passphrase  # unwrapped only inside the call: some tracebacks print local variables
        self._sign: Callable[[bytes], bytes]
        try:
            key = load_pem_private_key(
                credentials.private_key_pem.get_secret_value().encode(),
                passphrase.get_secret_value().encode() if passphrase else None,
            )
        except TypeError:
            needs = "a passphrase: set its _PRIVATE_KEY_PASSPHRASE variable" if passphrase is None else "no passphrase"
            raise ConfigError(f"the private key file needs {needs}") from None
        except (ValueError, UnsupportedAlgorithm):
            raise ConfigError(
                "the private key file cannot be read: it must be a PKCS#8 PEM file, and the passphrase must be right"
            ) from None
        if isinstance(key, ed25519.Ed25519PrivateKey):
            self.can_log_on = True
            self._sign = key.sign
        elif isinstance(key, rsa.RSAPrivateKey):
            scheme, digest = padding.PKCS1v15(), hashes.SHA256()
            self._sign = lambda data: key.sign(data, scheme, digest)
        else:
            raise ConfigError("the private key must be RSA or Ed25519; the exchange takes no other kind")

    def sign(self, payload: str) -> str:
        """Return base64 text."""
        return base64.b64encode(self._sign(payload.encode())).decode()


def make_signer(credentials: Credentials) -> Signer:
    """Return the signer for `credentials`. Raises ConfigError where a private key cannot be used."""
    return HmacSigner(credentials) if credentials.private_key_pem is None else _PrivateKeySigner(credentials)
