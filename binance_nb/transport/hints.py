"""What to do about a key that was refused: one sentence, by error and environment."""

from __future__ import annotations

from binance_nb.credentials import WHERE_KEYS_ARE_MADE, Environment, variable_names
from binance_nb.errors import ExchangeError, SignatureRefused


def hint_for(error: ExchangeError, environment: Environment, made_at: str = "") -> str:
    """Return what to check about the keys of `environment`; `made_at` is where they come from, if not as for spot."""
    names = variable_names(environment)
    if isinstance(error, SignatureRefused):
        return (
            f"The secret does not belong to the API key: check {names['api_secret']} "
            f"(or {names['private_key_path']}) for {environment}."
        )
    return (
        f"The key in {names['api_key']} was sent to {environment}, which takes only keys made there: "
        f"{made_at or WHERE_KEYS_ARE_MADE[environment]}."
    )
