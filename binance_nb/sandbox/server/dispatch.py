"""The one way a request takes, whichever door it came through: limits, faults, security, parameters, handler."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.faults import AnswerFault, AnswerRule
from binance_nb.sandbox.server import errors, params, security
from binance_nb.sandbox.server.errors import UNKNOWN_STATUS_5XX, ApiError
from binance_nb.sandbox.server.hall import Hall
from binance_nb.sandbox.server.keys import ApiKey
from binance_nb.sandbox.server.method import Call, Method
from binance_nb.sandbox.server.venue import Venue
from binance_nb.sandbox.server.wire import EncodeTime

if TYPE_CHECKING:
    from binance_nb.sandbox.server.session import Session

log = logging.getLogger(__name__)

HTML_502 = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n</body>\r\n</html>\r\n"


@dataclass(slots=True, kw_only=True)
class Request:
    """One request, still as texts, and the hall it was made in."""

    hall: Hall
    method: Method
    sent: dict[str, str]
    payload: Callable[[], bytes]
    api_key: str | None
    address: str
    t: EncodeTime
    session: "Session | None" = None


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of a request: a result or an error, and what the way back does to it."""

    result: Any = None
    error: ApiError | None = None
    account: str = ""
    dropped: bool = False  # the connection breaks without an answer
    cut: bool = False  # half of the answer arrives
    html: str | None = None  # a proxy answers in the exchange's place


async def run(venue: Venue, request: Request) -> Outcome:
    """Carry a request out, or spoil it as the faults that are set say."""
    rule = venue.faults.take_answer(request.method.name, request.hall.name) if venue.faults.answers else None
    if rule is None:
        return attempt(venue, request)
    answer_late = rule.fault is AnswerFault.DELAY_ANSWER
    if rule.delay_ms and not answer_late:
        await asyncio.sleep(rule.delay_ms / 1_000)
    outcome = attempt(venue, request) if rule.executes() else Outcome()
    if answer_late:
        await asyncio.sleep(rule.delay_ms / 1_000)
    return _spoiled(rule, outcome)


def attempt(venue: Venue, request: Request) -> Outcome:
    """Carry a request out."""
    outcome = Outcome()
    now_us = venue.clock.now_us()
    method, hall = request.method, request.hall
    cost = method.cost(request.sent)
    try:
        if venue.faults.maintenance:
            raise ApiError(-1016, "This service is no longer available.", 503)
        if not method.idle:
            hall.wake(now_us)
        hall.limits.admit(request.address, cost, now_us)
        key = _authorise(venue, request)
        if key is not None:
            outcome.account = key.account
        values = params.read(method.params, request.sent)
        if hall.manners.refuses_unread:
            params.refuse_unread(method.known, request.sent)
        call = Call(
            venue=venue,
            values=values,
            now_us=now_us,
            t=request.t,
            session=request.session,
            success_weight=method.success_weight,
        )
        if key is not None:
            call.account, call.account_id, call.api_key = key.account, hall.account_id(key.account), key.api_key
        outcome.result = method.handler(call)
        if call.success_weight is not None:
            hall.limits.give_back(request.address, cost - call.success_weight, now_us)
    except EngineError as refusal:
        outcome.error = hall.refusal(refusal, now_us)
    except ApiError as refusal:
        outcome.error = refusal
    except Exception:
        # A fault of the sandbox itself: the caller gets what the exchange would say, the log gets the truth.
        log.exception("%s failed", method.name)
        outcome.error = ApiError(-1000, "An unknown error occurred while processing the request.", 500)
    if method.changes:
        venue.publish()
    return outcome


def _authorise(venue: Venue, request: Request) -> ApiKey | None:
    method = request.method
    if not method.signed and not method.key_only:
        return None
    session = request.session
    if session is not None and session.key is not None and request.api_key is None and not method.own_key:
        key = venue.keys.get(session.key.api_key)
        if key is None:
            session.forget_key()
            raise errors.rejected_key()
        if method.signed:
            security.check_timing(request.sent, venue.clock.face_us())
    else:
        if session is not None and not request.api_key:
            raise errors.mandatory("apiKey")  # there the key is a parameter, not a header
        key = security.find_key(venue.keys, request.api_key)
        if method.signed:
            security.check_timing(request.sent, venue.clock.face_us())
            security.check_signature(key, request.payload(), request.sent.get("signature"))
    security.check_permission(key, method.security)
    return key


def _spoiled(rule: AnswerRule, outcome: Outcome) -> Outcome:
    match rule.fault:
        case AnswerFault.DELAY | AnswerFault.DELAY_ANSWER:
            return outcome
        case AnswerFault.DROP_BEFORE | AnswerFault.DROP_AFTER:
            return replace(outcome, dropped=True)
        case AnswerFault.CUT:
            return replace(outcome, cut=True)
        case AnswerFault.BAD_GATEWAY_502:
            return Outcome(html=HTML_502)
        case AnswerFault.UNKNOWN_503:
            return Outcome(error=ApiError(-1000, UNKNOWN_STATUS_5XX["unknown"], 503))
        case AnswerFault.UNAVAILABLE_503:
            return Outcome(error=ApiError(-1000, UNKNOWN_STATUS_5XX["unavailable"], 503))
        case AnswerFault.INTERNAL_503:
            return Outcome(error=ApiError(-1001, UNKNOWN_STATUS_5XX["internal"], 503))
        case AnswerFault.BUSY_503:
            text = "Server is currently overloaded with other requests. Please try again in a few minutes."
            return Outcome(error=ApiError(-1008, text, 503))
        case AnswerFault.TIMEOUT:
            text = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
            return Outcome(error=ApiError(-1007, text, 504))
        case AnswerFault.UNEXPECTED:
            text = "An unexpected response was received from the message bus. Execution status unknown."
            return Outcome(error=ApiError(-1006, text, 500))
