"""The refusals of the doors: code, text and HTTP status (binance-spot-api-docs, errors.md and rest-api.md)."""

from typing import Any

HTML_410 = (
    "<html>\r\n<head><title>410 Gone</title></head>\r\n<body>\r\n"
    "<center><h1>410 Gone</h1></center>\r\n</body>\r\n</html>\r\n"
)
HTML_404 = "<html><body><h2>404 Not found</h2></body></html>"

UNKNOWN_STATUS_5XX = {
    "unknown": "Unknown error, please check your request or try again later.",
    "unavailable": "Service Unavailable.",
    "internal": "Internal error; unable to process your request. Please try again.",
}
"""The three texts under which the exchange answers 503; only the first leaves an order's fate open."""


class ApiError(Exception):
    """A refusal as a caller sees it."""

    def __init__(
        self,
        code: int,
        message: str,
        status: int = 400,
        *,
        data: Any = None,
        retry_after_us: int | None = None,
    ) -> None:
        """Keep the exchange's code and text, the HTTP status, extra data, and the time until which to wait."""
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status
        self.data = data
        self.retry_after_us = retry_after_us

    def body(self) -> dict[str, Any]:
        """Return the JSON object of the error."""
        out: dict[str, Any] = {"code": self.code, "msg": self.message}
        if self.data is not None:
            out["data"] = self.data
        return out


def mandatory(name: str) -> ApiError:
    """Return -1102 for one missing parameter."""
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def either(first: str, second: str) -> ApiError:
    """Return -1102 for two parameters of which one must be sent."""
    return ApiError(-1102, f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def illegal_chars(name: str, legal: str) -> ApiError:
    """Return -1100 with the pattern that a value must match."""
    return ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def empty(name: str) -> ApiError:
    """Return -1105 for a parameter sent without a value."""
    return ApiError(-1105, f"Parameter '{name}' was empty.")


def not_required(name: str) -> ApiError:
    """Return -1106 for a parameter that has no place in this request."""
    return ApiError(-1106, f"Parameter '{name}' sent when not required.")


def overflow(name: str) -> ApiError:
    """Return -1108 for a number too large to hold."""
    return ApiError(-1108, f"Parameter '{name}' overflowed.")


def too_precise(name: str) -> ApiError:
    """Return -1111 for more decimals than the asset has."""
    return ApiError(-1111, f"Parameter '{name}' has too much precision.")


def too_long_a_span(hours: int) -> ApiError:
    """Return -1127 for a start and an end that lie too far apart."""
    return ApiError(-1127, f"More than {hours} hours between startTime and endTime.")


def invalid_value(name: str) -> ApiError:
    """Return -1130 for a value outside what the parameter allows."""
    return ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


def bad_combination(hint: str | None = None) -> ApiError:
    """Return -1128, with a recommendation where the exchange gives one."""
    return ApiError(-1128, "Combination of optional parameters invalid." + (f" {hint}" if hint else ""))


def bad_key_format() -> ApiError:
    """Return -2014: there is no key in the request, or none could look like that."""
    return ApiError(-2014, "API-key format invalid.", 401)


def rejected_key() -> ApiError:
    """Return -2015: the key is unknown, or may not do this."""
    return ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def bad_signature() -> ApiError:
    """Return -1022."""
    return ApiError(-1022, "Signature for this request is not valid.")


def outside_window() -> ApiError:
    """Return -1021 for a request that is too old."""
    return ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")


def ahead_of_time() -> ApiError:
    """Return -1021 for a request from the future."""
    return ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
