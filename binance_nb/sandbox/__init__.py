"""An exchange, spot and futures, on the user's own machine: `Sandbox.start()` runs one in a process of its own."""

from binance_nb.sandbox.control import SandboxControl, SandboxControlError
from binance_nb.sandbox.process import Sandbox, SandboxError

__all__ = ["Sandbox", "SandboxControl", "SandboxControlError", "SandboxError"]
