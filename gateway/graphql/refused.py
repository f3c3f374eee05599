"""A request that ends before anything was executed: what it says, and its status over HTTP.

Errors of an execution, with data beside them, are not these.
"""

from collections.abc import Sequence
from http import HTTPStatus

from graphql import GraphQLError

from schema.refusals import Code, Refusal

_OWN_STATUS = {
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Code.SERVICE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


class RequestRefused(Exception):
    """No execution took place, and these errors say why.

    status: the HTTP status that every media type gets; None: `application/json` answers 200, as
    it does for each well-formed request, and the newer media type the status of the first code.
    """

    def __init__(
        self,
        errors: Sequence[GraphQLError],
        status: HTTPStatus | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(errors[0].message)
        self.errors = tuple(errors)
        self.status = status
        self.headers = headers or {}

    @property
    def precise_status(self) -> HTTPStatus:
        """The status for a client that understands more than 200."""
        if self.status is not None:
            return self.status
        code = (self.errors[0].extensions or {})["code"]
        return _OWN_STATUS.get(Code(code), HTTPStatus.BAD_REQUEST)


def bad_request(
    message: str,
    status: HTTPStatus = HTTPStatus.BAD_REQUEST,
    headers: dict[str, str] | None = None,
) -> RequestRefused:
    """The request as such is not one that GraphQL can answer."""
    return RequestRefused([Refusal(Code.BAD_USER_INPUT, message)], status, headers)


def refused(code: Code, message: str) -> RequestRefused:
    """The request is well-formed, and this one reason stands against it."""
    return RequestRefused([Refusal(code, message)])


def coded(code: Code, errors: Sequence[GraphQLError]) -> RequestRefused:
    """Errors of graphql-core, given the code they all have."""
    for error in errors:
        error.extensions = {**(error.extensions or {}), "code": str(code)}
    return RequestRefused(errors)
