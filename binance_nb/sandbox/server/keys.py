"""API keys: HMAC, RSA and Ed25519, whose account they open and what they may do (faqs/api_key_types.md)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

KEY_LENGTH = 64  # characters of an API key and of an HMAC secret, as the exchange makes them


class Permission(StrEnum):
    """What a key may be used for (rest-api.md, Request Security)."""

    NONE = "NONE"
    LOGON = "LOGON"  # not a permission of its own: any valid key may log on
    TRADE = "TRADE"
    USER_DATA = "USER_DATA"
    USER_STREAM = "USER_STREAM"


class KeyType(StrEnum):
    """How a key's requests are signed."""

    HMAC = "HMAC"
    RSA = "RSA"
    ED25519 = "ED25519"


class Verifier(Protocol):
    """Tells a good signature from a bad one."""

    def verify(self, payload: bytes, signature: str) -> bool:
        """Return whether `signature` signs `payload`."""


@dataclass(frozen=True, slots=True)
class HmacVerifier:
    """HMAC-SHA256 in hexadecimal, either letter case."""

    secret: bytes = field(repr=False)

    def verify(self, payload: bytes, signature: str) -> bool:
        """Return whether the hexadecimal digest matches."""
        expected = hmac.new(self.secret, payload, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), signature.lower().encode())


@dataclass(frozen=True, slots=True)
class RsaVerifier:
    """RSASSA-PKCS1-v1_5 with SHA-256, base64."""

    key: RSAPublicKey

    def verify(self, payload: bytes, signature: str) -> bool:
        """Return whether the base64 signature matches."""
        raw = _decode(signature)
        if raw is None:
            return False
        try:
            self.key.verify(raw, payload, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """Ed25519, base64."""

    key: Ed25519PublicKey

    def verify(self, payload: bytes, signature: str) -> bool:
        """Return whether the base64 signature matches."""
        raw = _decode(signature)
        if raw is None:
            return False
        try:
            self.key.verify(raw, payload)
        except InvalidSignature:
            return False
        return True


def _decode(signature: str) -> bytes | None:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return None


ALL_PERMISSIONS = frozenset({Permission.TRADE, Permission.USER_DATA, Permission.USER_STREAM})


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key of one account."""

    api_key: str
    account: str
    type: KeyType
    verifier: Verifier = field(repr=False)
    permissions: frozenset[Permission] = ALL_PERMISSIONS


class KeyStore:
    """Every key the exchange knows."""

    def __init__(self) -> None:
        """Start without keys."""
        self._keys: dict[str, ApiKey] = {}

    def get(self, api_key: str) -> ApiKey | None:
        """Return the key, or None when there is none of that name."""
        return self._keys.get(api_key)

    def add_hmac(
        self,
        account: str,
        api_key: str,
        secret: str,
        permissions: frozenset[Permission] = ALL_PERMISSIONS,
    ) -> ApiKey:
        """Register an HMAC pair and return the key."""
        return self._add(ApiKey(api_key, account, KeyType.HMAC, HmacVerifier(secret.encode()), permissions))

    def add_public(
        self,
        account: str,
        pem: str,
        permissions: frozenset[Permission] = ALL_PERMISSIONS,
        api_key: str | None = None,
    ) -> ApiKey:
        """Register an RSA or Ed25519 public key in PEM and return the key; raises ValueError for any other kind."""
        public = load_pem_public_key(pem.encode())
        name = api_key or new_secret()
        if isinstance(public, RSAPublicKey):
            return self._add(ApiKey(name, account, KeyType.RSA, RsaVerifier(public), permissions))
        if isinstance(public, Ed25519PublicKey):
            return self._add(ApiKey(name, account, KeyType.ED25519, Ed25519Verifier(public), permissions))
        raise ValueError("only RSA and Ed25519 public keys can be registered")

    def revoke(self, api_key: str) -> bool:
        """Forget a key and return whether there was one."""
        return self._keys.pop(api_key, None) is not None

    def _add(self, key: ApiKey) -> ApiKey:
        self._keys[key.api_key] = key
        return key


def new_secret() -> str:
    """Return a random key or secret of the exchange's length, letters and digits only."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(KEY_LENGTH))
