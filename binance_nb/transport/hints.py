"""What to do about a key that was refused: one sentence, by error and environment."""

from __future__ import annotations

from binance_nb.credentials import WHERE_KEYS_ARE_MADE, Environment, variable_names
from binance_nb.errors import ExchangeError, SignatureRefused


def hint_for(error: ExchangeError, environment: Environment) -> str:
    """Return what to check about the keys of `environment`."""
    names = variable_names(environment)
    if isinstance(error, SignatureRefused):
        return (
            f"The secret does not belong to the API key: check {names['api_secret']} "
            f"(or {names['private_key_path']}) for {environment}."
        )
    return (
        f"The key in {names['api_key']} was sent to {environment}, which takes only keys made there: "
        f"{WHERE_KEYS_ARE_MADE[environment]}."
    )
