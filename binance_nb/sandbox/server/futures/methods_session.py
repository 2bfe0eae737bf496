"""Session logon on the futures WebSocket API, and the listen keys of the private streams."""

from typing import Any

from binance_nb.sandbox.server import methods_session as spot
from binance_nb.sandbox.server.keys import Permission
from binance_nb.sandbox.server.method import Call, Handler, Method


def _without_stream(handler: Handler) -> Handler:
    """Return a session handler whose answer does not speak of subscriptions: futures have none on this connection."""

    def answer(call: Call) -> Any:
        return {name: value for name, value in handler(call).items() if name != "userDataStream"}

    return answer


def start_listen_key(call: Call) -> Any:
    """Answer the account's listen key, its life renewed, or a new one."""
    return {"listenKey": call.venue.futures.listen_keys.start(call.account, call.now_us)}


def keep_listen_key(call: Call) -> Any:
    """Renew the account's listen key; raises -1125 when it has none."""
    return {"listenKey": call.venue.futures.listen_keys.renew(call.account, call.now_us)}


def stop_listen_key(call: Call) -> Any:
    """Forget the account's listen key and end its streams; raises -1125 when it has none."""
    futures = call.venue.futures
    futures.users.forget_listen_key(futures.listen_keys.forget(call.account, call.now_us))
    return {}


def _listen_key(name: str, verb: str, handler: Handler) -> Method:
    route = (verb, "/fapi/v1/listenKey")
    return Method(name, route, handler, security=Permission.USER_STREAM, key_only=True)


METHODS = (
    Method("session.logon", None, _without_stream(spot.log_on), security=Permission.LOGON, weight=2, own_key=True),
    Method("session.status", None, _without_stream(spot.status), weight=2),
    Method("session.logout", None, _without_stream(spot.log_out), weight=2),
    _listen_key("userDataStream.start", "POST", start_listen_key),
    _listen_key("userDataStream.ping", "PUT", keep_listen_key),
    _listen_key("userDataStream.stop", "DELETE", stop_listen_key),
)
