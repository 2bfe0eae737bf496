"""Methods of the WebSocket API alone: session logon, user data stream subscriptions; and the retired listen keys."""

from typing import Any

from binance_nb.sandbox.server import params
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.keys import KeyType, Permission
from binance_nb.sandbox.server.method import Call, Method
from binance_nb.sandbox.server.params import Param
from binance_nb.sandbox.server.session import Session


def _session(call: Call) -> Session:
    if call.session is None:
        raise ApiError(-1020, "This operation is not supported.")
    return call.session


def log_on(call: Call) -> Any:
    """Authenticate the connection; raises -4056 for anything but an Ed25519 key."""
    session = _session(call)
    key = call.venue.keys.get(call.api_key)
    if key is None or key.type is not KeyType.ED25519:
        kind = "HMAC_SHA256" if key is None or key.type is KeyType.HMAC else key.type.value
        raise ApiError(-4056, f"{kind} API key is not supported.")
    session.log_on(key, call.now_us)
    return status(call)


def status(call: Call) -> Any:
    """Answer whether and how the connection is authenticated."""
    session = _session(call)
    return {
        "apiKey": session.key.api_key if session.key else None,
        "authorizedSince": None if session.authorized_us is None else call.t(session.authorized_us),
        "connectedSince": call.t(session.connection.opened_us),
        "returnRateLimits": session.return_rate_limits,
        "serverTime": call.t(call.venue.clock.face_us()),
        "userDataStream": bool(session.subscriptions),
    }


def log_out(call: Call) -> Any:
    """Forget the key of the connection."""
    _session(call).forget_key()
    return status(call)


def subscriptions(call: Call) -> Any:
    """Answer the active subscriptions."""
    return [{"subscriptionId": each} for each in _session(call).subscriptions]


def subscribe(call: Call) -> Any:
    """Subscribe to the events of the account that is logged on; raises -1002 when none is."""
    session = _session(call)
    if session.key is None:
        raise ApiError(-1002, "You are not authorized to execute this request.", 401)
    account = session.key.account
    found = session.subscribe(account, call.venue.account_id(account), by_logon=True)
    return {"subscriptionId": found.id}


def subscribe_signature(call: Call) -> Any:
    """Subscribe to the events of the account whose key signed the request."""
    found = _session(call).subscribe(call.account, call.account_id, by_logon=False)
    return {"subscriptionId": found.id}


def unsubscribe(call: Call) -> Any:
    """End one subscription or all."""
    _session(call).unsubscribe(call["subscriptionId"])
    return {}


def start_listen_key(call: Call) -> Any:
    """Answer a listen key, where the exchange still has them."""
    _refuse_retired(call)
    return {"listenKey": call.venue.listen_keys.start(call.account, call.now_us)}


def keep_listen_key(call: Call) -> Any:
    """Renew a listen key."""
    _refuse_retired(call)
    call.venue.listen_keys.keep_alive(call["listenKey"], call.account, call.now_us)
    return {}


def stop_listen_key(call: Call) -> Any:
    """Forget a listen key."""
    _refuse_retired(call)
    call.venue.listen_keys.close(call["listenKey"], call.account, call.now_us)
    call.venue.users.forget_listen_key(call["listenKey"])
    return {}


def _refuse_retired(call: Call) -> None:
    if not call.venue.settings.legacy_listen_keys:
        raise ApiError(-1016, "This service is no longer available.", 410)


_LISTEN_KEY = (Param("listenKey", params.text, mandatory=True),)

METHODS = (
    Method("session.logon", None, log_on, security=Permission.LOGON, weight=2, own_key=True),
    Method("session.status", None, status, weight=2),
    Method("session.logout", None, log_out, weight=2),
    Method("session.subscriptions", None, subscriptions, weight=2),
    Method("userDataStream.subscribe", None, subscribe, weight=2),
    Method(
        "userDataStream.subscribe.signature",
        None,
        subscribe_signature,
        security=Permission.USER_STREAM,
        weight=2,
        own_key=True,
    ),
    Method(
        "userDataStream.unsubscribe",
        None,
        unsubscribe,
        (Param("subscriptionId", params.integer),),
        weight=2,
    ),
    Method(
        "userDataStream.start",
        ("POST", "/api/v3/userDataStream"),
        start_listen_key,
        security=Permission.USER_STREAM,
        weight=2,
        key_only=True,
    ),
    Method(
        "userDataStream.ping",
        ("PUT", "/api/v3/userDataStream"),
        keep_listen_key,
        _LISTEN_KEY,
        security=Permission.USER_STREAM,
        weight=2,
        key_only=True,
    ),
    Method(
        "userDataStream.stop",
        ("DELETE", "/api/v3/userDataStream"),
        stop_listen_key,
        _LISTEN_KEY,
        security=Permission.USER_STREAM,
        weight=2,
        key_only=True,
    ),
)
