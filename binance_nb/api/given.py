"""Parameters as the wire wants them."""

from __future__ import annotations


def given(**params: str | int | bool | None) -> dict[str, str]:
    """Return the parameters that are not None, as text; booleans as the exchange writes them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in params.items()
        if value is not None
    }
