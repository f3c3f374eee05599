"""What a caller is told of an error: what is on a short list, and of anything else its request id.

Refusals of a mutation's input are userErrors and never come here.
"""

import logging
import socket
from collections.abc import Iterable
from typing import Any

import asyncpg
from graphql import GraphQLError
from obstore.exceptions import BaseError as StorageError
from obstore.exceptions import NotFoundError
from strawberry.exceptions import StrawberryInputCoercionError

from gateway.graphql.limits import OPERATION_SECONDS
from models.outages import is_outage
from models.rules.errors import DomainError, Throttled, Unavailable
from schema.refusals import Code, Refusal

_LOG = logging.getLogger(__name__)

_CODES = frozenset(map(str, Code))
_SUGGESTION = " Did you mean "
_TOO_LONG = (TimeoutError, asyncpg.QueryCanceledError)
_UNREACHED = (ConnectionError, socket.gaierror)
_AGAIN_SECONDS = 2


def told(
    errors: Iterable[GraphQLError], request_id: str, *, suggesting: bool
) -> list[dict[str, Any]]:
    """Errors as the response shows them; `suggesting` keeps hints at names of the schema."""
    return [_told(error, request_id, suggesting=suggesting) for error in errors]


def code_of(error: GraphQLError) -> str:
    """The code that `told` gives this error."""
    known = _known(error)
    return str(Code.INTERNAL_SERVER_ERROR if known is None else known.code)


def as_refusal(fault: Exception, request_id: str) -> Refusal:
    """What the caller may know of any exception; one that is not listed is logged whole."""
    known = _known(fault)
    if known is None:
        cause = getattr(fault, "original_error", None) or fault
        _LOG.error("masked a fault", exc_info=cause, extra={"request_id": request_id})
        return Refusal(Code.INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
    return known


def _told(error: GraphQLError, request_id: str, *, suggesting: bool) -> dict[str, Any]:
    shown = as_refusal(error, request_id)
    message = shown.message if suggesting else shown.message.partition(_SUGGESTION)[0]
    entry: dict[str, Any] = {"message": message}
    if error.locations:
        entry["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        entry["path"] = error.path
    entry["extensions"] = {**(shown.extensions or {}), "requestId": request_id}
    return entry


def _known(fault: Exception) -> Refusal | None:
    if isinstance(fault, Refusal):
        return fault
    if isinstance(fault, GraphQLError):
        return _of_graphql(fault)
    return _of_models(fault) or _of_storage(fault) or _of_database(fault)


def _of_models(fault: Exception) -> Refusal | None:
    if isinstance(fault, Unavailable):
        code = Code.RATE_LIMITED if isinstance(fault, Throttled) else Code.SERVICE_UNAVAILABLE
        return Refusal(code, fault.message, retry_after_seconds=fault.retry_after_seconds)
    if isinstance(fault, DomainError):
        return Refusal(Code.BAD_USER_INPUT, fault.message)
    return None


def _of_storage(fault: Exception) -> Refusal | None:
    if isinstance(fault, StorageError) and not isinstance(fault, NotFoundError):
        _LOG.warning("the storage is away or full", exc_info=fault)
        sentence = "Files can not be stored or read just now."
        return Refusal(Code.SERVICE_UNAVAILABLE, sentence, retry_after_seconds=_AGAIN_SECONDS)
    return None


def _of_database(fault: Exception) -> Refusal | None:
    if isinstance(fault, _TOO_LONG):
        return Refusal(Code.TIMEOUT, f"It took longer than {OPERATION_SECONDS} seconds.")
    if _is_away(fault):
        _LOG.warning("a dependency is away", exc_info=fault)
        sentence = "The database can not be reached just now."
        return Refusal(Code.SERVICE_UNAVAILABLE, sentence, retry_after_seconds=_AGAIN_SECONDS)
    return None


def _is_away(fault: Exception) -> bool:
    if isinstance(fault, OSError):  # those of files are faults of ours
        # Several addresses of one host that all refuse are a bare OSError.
        return isinstance(fault, _UNREACHED) or type(fault) is OSError
    return is_outage(fault)


def _of_graphql(fault: GraphQLError) -> Refusal | None:
    """Errors of graphql-core: coded ones, and values that only execution finds wanting."""
    if isinstance(fault.original_error, Refusal):
        return fault.original_error
    code = (fault.extensions or {}).get("code")
    if code in _CODES:
        return Refusal(Code(code), fault.message)
    if fault.original_error is not None:
        return _known(fault.original_error)
    if isinstance(fault, StrawberryInputCoercionError) or fault.message.startswith("Argument "):
        return Refusal(Code.BAD_USER_INPUT, fault.message)
    return None
