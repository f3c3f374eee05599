"""A listener gets the port it would like, or another one that is free."""

from __future__ import annotations

import socket

from gateway.ports import free_port, is_free, promise, promise_near, reached


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_a_port_is_promised_to_one_house_at_a_time() -> None:
    port = free_port()
    first = promise(port)
    assert first is not None
    assert promise(port) is None
    first.release()
    second = promise(port)
    assert second is not None
    second.release()


def test_a_port_that_somebody_listens_on_is_promised_to_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert promise(server.getsockname()[1]) is None


def test_another_port_is_found_when_the_wanted_one_is_promised() -> None:
    first = promise_near(0)
    second = promise_near(first.port)
    assert 0 < second.port != first.port
    first.release()
    second.release()


def test_a_listener_on_every_address_is_reached_at_this_machine() -> None:
    assert [reached(host) for host in ("0.0.0.0", "::", "10.0.0.7")] == [  # noqa: S104 - read, not bound
        "127.0.0.1",
        "127.0.0.1",
        "10.0.0.7",
    ]
