"""The codes of top-level errors, and the exception that carries one to the caller in words.

The caller's mistakes inside a mutation's input are userErrors, not these.
"""

from collections.abc import Sequence
from enum import StrEnum

from graphql import GraphQLError, Node


class Code(StrEnum):
    """Every value that `extensions.code` of a top-level error can have."""

    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    COST_LIMIT = "COST_LIMIT"
    RATE_LIMITED = "RATE_LIMITED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    TIMEOUT = "TIMEOUT"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class Refusal(GraphQLError):
    """A top-level error whose sentence and extensions the caller may read.

    retry_after_seconds: when the same request may succeed; whole seconds.
    nodes: the places of the document that it is about.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        retry_after_seconds: int | None = None,
        nodes: Sequence[Node] | None = None,
    ) -> None:
        extensions: dict[str, object] = {"code": str(code)}
        if retry_after_seconds is not None:
            extensions["retryAfterSeconds"] = retry_after_seconds
        super().__init__(message, nodes, extensions=extensions)
        self.code = code
