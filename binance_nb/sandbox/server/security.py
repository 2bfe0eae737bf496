"""Who is asking, and may they: key, timestamp, window, signature, permission (rest-api.md, Request Security)."""

from collections.abc import Mapping

from binance_nb.sandbox.clock import US_PER_S
from binance_nb.sandbox.server import errors, params
from binance_nb.sandbox.server.keys import ApiKey, KeyStore, Permission

DEFAULT_RECV_WINDOW_US = 5_000_000
FUTURE_TOLERANCE_US = US_PER_S
SIGNING_PARAMS = frozenset({"timestamp", "recvWindow", "signature"})


def find_key(store: KeyStore, api_key: str | None) -> ApiKey:
    """Return the key of a request; raises -2014 when none was sent or it cannot be one, -2015 when nobody knows it."""
    if not api_key or not api_key.isascii() or not api_key.isalnum():
        raise errors.bad_key_format()
    key = store.get(api_key)
    if key is None:
        raise errors.rejected_key()
    return key


def check_timing(sent: Mapping[str, str], server_us: int) -> None:
    """Raise unless `timestamp` and `recvWindow` hold at the server's time, in microseconds.

    Raises -1102 for a missing timestamp or a window above 60000, -1021 in both its wordings (Timing security).
    """
    stamp = sent.get("timestamp")
    if not stamp:
        raise errors.mandatory("timestamp")
    stamp_us = params.time_us("timestamp", stamp)
    window = sent.get("recvWindow")
    if window == "":
        raise errors.empty("recvWindow")
    window_us = DEFAULT_RECV_WINDOW_US if window is None else params.recv_window_us("recvWindow", window)
    if stamp_us >= server_us + FUTURE_TOLERANCE_US:
        raise errors.ahead_of_time()
    if server_us - stamp_us > window_us:
        raise errors.outside_window()


def check_signature(key: ApiKey, payload: bytes, signature: str | None) -> None:
    """Raise -1102 for a missing signature and -1022 for a wrong one."""
    if not signature:
        raise errors.mandatory("signature")
    if not key.verifier.verify(payload, signature):
        raise errors.bad_signature()


def check_permission(key: ApiKey, needed: Permission) -> None:
    """Raise -2015 unless the key may do this; a key that may read an account may also stream it."""
    granted = key.permissions
    if needed in {Permission.NONE, Permission.LOGON} or needed in granted:
        return
    if needed is Permission.USER_STREAM and Permission.USER_DATA in granted:
        return
    raise errors.rejected_key()


def rest_payload(query: str, body: str) -> bytes:
    """Return what a REST signature signs: raw query and raw body joined without a separator, without `signature`."""
    return (_without_signature(query) + _without_signature(body)).encode("utf-8", "surrogateescape")


def ws_payload(sent: Mapping[str, str]) -> bytes:
    """Return what a WebSocket signature signs: `name=value` pairs in alphabetical order, UTF-8, without `signature`."""
    return "&".join(f"{name}={sent[name]}" for name in sorted(sent) if name != "signature").encode()


def _without_signature(raw: str) -> str:
    if "signature=" not in raw:
        return raw
    return "&".join(pair for pair in raw.split("&") if not pair.startswith("signature="))
