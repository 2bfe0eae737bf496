"""An unknown keyword is an error that names the right one."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping


def refuse_unknown(cls: type, unknown: Mapping[str, object]) -> None:
    """Raise TypeError if `unknown` holds anything; the sentence names the keyword that was probably meant."""
    known = [
        parameter.name
        for parameter in inspect.signature(cls).parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    for name in unknown:
        close = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(known)}."
        raise TypeError(f"{cls.__name__} has no keyword {name!r}; {hint}")
