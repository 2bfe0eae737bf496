"""The guard of conftest.py: loopback passes, anything else fails and is named."""

import asyncio
import socket
import subprocess
import sys

import pytest


def test_a_loopback_connection_passes():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_an_outside_address_is_refused_and_named(network_guard):
    with socket.socket() as outside, pytest.raises(RuntimeError, match=r"192\.0\.2\.7' port 443"):
        outside.connect(("192.0.2.7", 443))
    assert network_guard.refused == ["'192.0.2.7' port 443"]
    network_guard.refused.clear()


def test_an_outside_name_is_not_even_looked_up(network_guard):
    with pytest.raises(RuntimeError, match=r"example\.invalid"):
        socket.getaddrinfo("example.invalid", 443)
    network_guard.refused.clear()


async def test_a_refusal_inside_an_event_loop_is_remembered(network_guard):
    with pytest.raises(RuntimeError, match="loopback alone"):
        await asyncio.open_connection("192.0.2.8", 80)
    assert network_guard.refused
    network_guard.refused.clear()


def test_a_datagram_to_the_outside_is_refused(network_guard):
    with (
        socket.socket(type=socket.SOCK_DGRAM) as outside,
        pytest.raises(RuntimeError, match="loopback alone"),
    ):
        outside.sendto(b"x", ("192.0.2.9", 53))
    network_guard.refused.clear()


CHILDREN = {
    "a name": "import socket; socket.getaddrinfo('example.invalid', 443)",
    "a connection": "import socket; socket.socket().connect(('192.0.2.7', 443))",
    "a datagram": "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.7', 53))",
    "a loop": "import asyncio; asyncio.run(asyncio.open_connection('192.0.2.7', 443))",
    "a grandchild": "import subprocess, sys; subprocess.run([sys.executable, '-c', "
    "\"import socket; socket.socket().connect(('192.0.2.7', 443))\"])",
}


@pytest.mark.parametrize("code", CHILDREN.values(), ids=CHILDREN)
def test_what_a_process_of_a_test_tries_is_refused_and_told(network_guard, code):
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False).stderr
    assert "loopback alone" in told
    (refused,) = network_guard.take_refused_by_children()
    assert "192.0.2.7" in refused or "example.invalid" in refused


def test_a_process_of_a_test_reaches_loopback(network_guard):
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"import socket; socket.create_connection({server.getsockname()})"
        subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
    assert network_guard.take_refused_by_children() == []
