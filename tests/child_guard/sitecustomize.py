"""Runs first in every Python that the tests start (kernels, sandboxes, servers): connections to loopback alone pass.

Python imports a module of this name by itself when it finds one; tests/conftest.py puts this folder in its way. What is
refused is written to the file that TEST_GUARD_LOG names, so that the test fails even if nobody heard the refusal.
"""

import os
import sys


def _guard(log: str) -> None:
    import socket

    from loopback import host_in, is_local

    own_name = socket.gethostname()  # a Jupyter server looks up what its own machine is called

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if not event.startswith("socket."):
            return
        host = host_in(event, arguments)
        if is_local(host) or (host == own_name and event.startswith("socket.get")):
            return
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{host!r} from {os.path.basename(sys.argv[0] if sys.argv else 'python')}\n")
        raise RuntimeError(f"a test may reach loopback alone, and a process that it started tried {host!r}")

    sys.addaudithook(hook)


if os.environ.get("TEST_GUARD_LOG"):
    _guard(os.environ["TEST_GUARD_LOG"])
