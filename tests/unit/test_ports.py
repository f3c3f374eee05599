"""A listener gets the port it would like, or another one that is free."""

from __future__ import annotations

import socket

from gateway.ports import free_port, is_free, preferred, reached


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_the_wanted_port_is_taken_when_it_is_free() -> None:
    port = free_port()
    assert preferred(port, taken=frozenset()) == port


def test_a_port_that_is_promised_to_another_is_not_given_twice() -> None:
    port = free_port()
    assert preferred(port, taken=frozenset({port})) != port


def test_zero_means_any_port() -> None:
    assert preferred(0, taken=frozenset()) > 0


def test_a_listener_on_every_address_is_reached_at_this_machine() -> None:
    assert [reached(host) for host in ("0.0.0.0", "::", "10.0.0.7")] == [  # noqa: S104
        "127.0.0.1",
        "127.0.0.1",
        "10.0.0.7",
    ]
