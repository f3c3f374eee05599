"""What one operation carries to its resolvers and to the read compiler.

How the viewer proved who it is, and how the limits are counted, is settled outside.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg
import strawberry

from models.rules.viewer import Viewer
from schema.refusals import Code, Refusal


class SignInTries(Protocol):
    """Counts failed tries to sign in, per login and per address."""

    async def admit(self, login: str, address: str) -> None:
        """Let a try through, or raise Refusal(RATE_LIMITED)."""

    async def failed(self, login: str, address: str) -> None:
        """Remember a failed try."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request came from, for sessions, audit and the limit on sign-in tries."""

    address: str
    user_agent: str
    tries: SignInTries


@dataclass(slots=True)
class Context:
    """The context value of one operation, or of one event of a subscription.

    viewer: None for a stranger. connection: one already acquired for this operation, if any.
    sql_log: collects the statements of the operation when the debug setting asks for them.
    """

    viewer: Viewer | None
    request_id: str
    pool: "asyncpg.Pool[asyncpg.Record]"
    connection: "asyncpg.Connection[asyncpg.Record] | None" = None
    sql_log: list[str] | None = None
    caller: Caller | None = None

    @property
    def signed_in(self) -> Viewer:
        """The viewer of a field that strangers cannot reach; raises UNAUTHENTICATED for one."""
        if self.viewer is None:
            raise Refusal(Code.UNAUTHENTICATED, "Sign in first.")
        return self.viewer


Info = strawberry.Info[Context, Any]
