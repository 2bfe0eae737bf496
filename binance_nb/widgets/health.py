"""The stream's health in a colour and a word, for the lights of the widgets."""

from __future__ import annotations

from typing import Any

from binance_nb.models.fills import SPOT, USDM

LIGHTS = {
    "connected": ("good", "live"),
    "connecting": ("wait", "connecting …"),
    "recovering": ("wait", "completing what was missed …"),
    "waiting": ("bad", "connection lost, trying again …"),
    "stopped": ("off", "stream stopped"),
}
"""What each state of a stream looks like: "good", "wait", "bad" or "off", and the word beside it."""


URGENCY = (None, "off", "good", "wait", "bad")
"""The lights, the one that matters most last: a stream that runs before one that was never started."""


def light_of(state: str) -> dict[str, str]:
    """Return `light` and `word` of a stream's state; nothing for an empty one, amber for one not known here."""
    if not state:
        return {}
    light, word = LIGHTS.get(state, ("wait", state))
    return {"light": light, "word": word}


def health_of(client: Any, product: str = "") -> dict[str, str]:
    """Return the light of a client's stream, from what the client knows without asking anybody.

    Without a product it is that of the stream that is worse off, and the word says if that is the one of futures.
    """
    if product:
        name = "futures_stream_state" if product == USDM else "stream_state"
        return light_of(str(getattr(getattr(client, name, None), "state", "")))
    spot, futures = health_of(client, SPOT), health_of(client, USDM)
    if URGENCY.index(futures.get("light")) <= URGENCY.index(spot.get("light")):
        return spot
    return {**futures, "word": f"futures: {futures['word']}"}
