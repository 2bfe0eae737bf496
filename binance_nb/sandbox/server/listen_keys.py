"""Listen keys, of spot until 2026-02-20 and of futures still: one an account, sixty minutes, renewed on request."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from binance_nb.sandbox.clock import US_PER_S
from binance_nb.sandbox.server.errors import ApiError

LIFE_US = 60 * 60 * US_PER_S
LENGTH = 60
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def listen_key_maker(seed: str) -> Callable[[], str]:
    """Return what makes the texts of listen keys: alike in two runs of one seed, apart from the engine's numbers."""
    names = random.Random(seed)  # noqa: S311  (made to be repeatable, not secret)
    return lambda: "".join(names.choices(ALPHABET, k=LENGTH))


@dataclass(slots=True)
class _Entry:
    account: str
    expires_us: int


class ListenKeys:
    """The listen keys of every account."""

    def __init__(self, make: Callable[[], str]) -> None:
        """Start without keys; `make` makes the text of a new one."""
        self._make = make
        self._entries: dict[str, _Entry] = {}

    def start(self, account: str, now_us: int) -> str:
        """Return the account's key, its life renewed, or a new one."""
        try:
            return self.renew(account, now_us)
        except ApiError:
            name = self._make()
            self._entries[name] = _Entry(account, now_us + LIFE_US)
            return name

    def keep_alive(self, name: str, account: str, now_us: int) -> None:
        """Renew a key's life; raises -1125 when there is no such key of this account."""
        self._entry(name, account, now_us).expires_us = now_us + LIFE_US

    def close(self, name: str, account: str, now_us: int) -> None:
        """Forget a key; raises -1125 when there is no such key of this account."""
        self._entry(name, account, now_us)
        del self._entries[name]

    def renew(self, account: str, now_us: int) -> str:
        """Renew and return the account's key; raises -1125 when it has none."""
        name = self._key_of(account, now_us)
        self._entries[name].expires_us = now_us + LIFE_US
        return name

    def forget(self, account: str, now_us: int) -> str:
        """Forget and return the account's key; raises -1125 when it has none."""
        name = self._key_of(account, now_us)
        del self._entries[name]
        return name

    def account_of(self, name: str, now_us: int) -> str | None:
        """Return whose stream a key opens, None when there is no such key or its life is over."""
        entry = self._entries.get(name)
        return entry.account if entry and now_us < entry.expires_us else None

    def expired(self, now_us: int) -> list[str]:
        """Return the keys whose life is over and forget them."""
        over = [name for name, entry in self._entries.items() if now_us >= entry.expires_us]
        for name in over:
            del self._entries[name]
        return over

    def _key_of(self, account: str, now_us: int) -> str:
        for name, entry in self._entries.items():
            if entry.account == account and now_us < entry.expires_us:
                return name
        raise _unknown()

    def _entry(self, name: str, account: str, now_us: int) -> _Entry:
        entry = self._entries.get(name)
        if entry is None or entry.account != account or now_us >= entry.expires_us:
            raise _unknown()
        return entry


def _unknown() -> ApiError:
    return ApiError(-1125, "This listenKey does not exist.")
