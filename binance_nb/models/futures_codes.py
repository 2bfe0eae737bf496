"""What the error codes of USD-M futures mean, where spot has no such code or another meaning for it.

derivatives/usds-margined-futures/error-code. The spot table stands behind this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from binance_nb.errors import (
    CancelRejected,
    ExchangeError,
    FilterFailure,
    InsufficientBalance,
    InvalidRequest,
    OrderRejected,
    SettingRefused,
    TimestampRefused,
)

MARGIN_TYPE_ALREADY_SET = -4046
POSITION_MODE_ALREADY_SET = -4059
MUST_BE_ALGO = -4120
"""The type of a conditional order sent to the endpoint of regular ones (since 2025-12-09)."""

_FILTERS = (-4001, -4002, -4003, -4004, -4005, -4006, -4007, -4013, -4014, -4016, -4023, -4024, -4131, -4164)
_BALANCE = (-2018, -2019, -4050, -4051)
_SETTINGS = (-2028, -4028, -4046, -4047, -4048, -4049, -4054, -4059, -4067, -4068, -4161, -4421, -4531)
_REJECTED = (
    *(-2020, -2021, -2022, -2023, -2024, -2025, -2026, -2027, -4045, -4061, -4062, -4109, -4116, -4118, -4120, -4137),
    *(-4138, -4140, -4142, -4192, -4400, -4401, -4509, -5021, -5022, -5037, -5038, -5040),
)
_CHANGES = (-2012, -4117, -5025, -5026, -5027, -5029)
_MALFORMED = (-4015, -4021, -4031, -4055, -4060, -4082)

FUTURES_CODES: Mapping[int, type[ExchangeError]] = MappingProxyType(
    {
        **dict.fromkeys(_FILTERS, FilterFailure),
        **dict.fromkeys(_BALANCE, InsufficientBalance),
        **dict.fromkeys(_SETTINGS, SettingRefused),
        **dict.fromkeys(_REJECTED, OrderRejected),
        **dict.fromkeys(_CHANGES, CancelRejected),
        **dict.fromkeys(_MALFORMED, InvalidRequest),
        -1013: OrderRejected,
        -5028: TimestampRefused,
    }
)
