"""What a caller is told of an exception: what may succeed later, and what is ours to mend."""

from __future__ import annotations

import socket

import asyncpg
import pytest
from obstore.exceptions import GenericError, NotFoundError
from tortoise.exceptions import DBConnectionError, OperationalError

from gateway.graphql.faults import as_refusal
from models.rules.errors import Unavailable


def _wrapped(cause: Exception) -> Exception:
    """As Tortoise hands on what the driver said."""
    error = OperationalError(cause)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "fault",
    [
        asyncpg.ConnectionDoesNotExistError("gone"),
        asyncpg.CannotConnectNowError("starting"),
        asyncpg.AdminShutdownError("ending"),
        asyncpg.CrashShutdownError("crashed"),
        asyncpg.TooManyConnectionsError("full"),
        asyncpg.DiskFullError("full"),
        asyncpg.DeadlockDetectedError("again"),
        asyncpg.InterfaceError("closed"),
        DBConnectionError("refused"),
        _wrapped(asyncpg.AdminShutdownError("ending")),
        ConnectionRefusedError(111, "refused"),
        OSError("Multiple exceptions: refused, refused"),
        socket.gaierror(-2, "unknown"),
        GenericError("the disk is full"),
        Unavailable("Somebody else does it.", 2),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_may_succeed_later_is_said_to_be_away(fault: Exception) -> None:
    refusal = as_refusal(fault, "7")
    assert refusal.code == "SERVICE_UNAVAILABLE"
    assert (refusal.extensions or {})["retryAfterSeconds"] >= 1


@pytest.mark.parametrize(
    "fault",
    [
        FileNotFoundError(2, "secret/place"),
        NotFoundError("secret/place"),
        PermissionError(13, "secret/place"),
        _wrapped(asyncpg.UndefinedColumnError("secret")),
        KeyError("secret"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_is_ours_to_mend_is_masked(fault: Exception) -> None:
    refusal = as_refusal(fault, "7")
    assert refusal.code == "INTERNAL_SERVER_ERROR"
    assert "secret" not in refusal.message


@pytest.mark.parametrize("fault", [TimeoutError(), asyncpg.QueryCanceledError("late")])
def test_what_takes_too_long_is_said_to(fault: Exception) -> None:
    assert as_refusal(fault, "7").code == "TIMEOUT"
