"""Listen keys and the addresses made of them: texts that never show themselves in full.

Who has a listen key reads the account's orders and balances without any other key.
"""

from __future__ import annotations

SHOWN_CHARACTERS = 4


class ListenKey(str):
    """A listen key. It works as the text it is; its repr, which a cell shows, has the first characters alone."""

    __slots__ = ()

    @property
    def shown(self) -> str:
        """The first characters, enough to tell one key from another."""
        return f"{self[:SHOWN_CHARACTERS]}…"

    def __repr__(self) -> str:
        """Show the first characters."""
        return f"<ListenKey {self.shown}>"


class ListenKeyUrl(str):
    """The address that a listen key opens. It works as the text it is; its repr leaves the key out."""

    _shown: str

    def __new__(cls, before: str, key: str, after: str = "") -> ListenKeyUrl:
        """Put the address together; `before` and `after` may be shown."""
        made = super().__new__(cls, f"{before}{key}{after}")
        made._shown = f"{before}{ListenKey(key).shown}{after}"
        return made

    def __repr__(self) -> str:
        """Show the address with the first characters of the key."""
        return f"<{self._shown}>"
