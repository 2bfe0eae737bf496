"""The guard of conftest.py: loopback passes, anything else fails and is named."""

import asyncio
import socket

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
