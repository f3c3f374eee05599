"""What one operation carries to its resolvers and to the read compiler.

How the viewer proved who it is, and which limits were kept, is settled before it.
"""

from dataclasses import dataclass, field
from typing import Any

import asyncpg
import strawberry

from models.rules.viewer import Viewer
from schema.refusals import Code, Refusal


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request came from, for sessions and the limit on tries to sign in."""

    address: str = ""
    user_agent: str = ""


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
    caller: Caller = field(default_factory=Caller)

    @property
    def signed_in(self) -> Viewer:
        """The viewer of a field that strangers cannot reach; raises UNAUTHENTICATED for one."""
        if self.viewer is None:
            raise Refusal(Code.UNAUTHENTICATED, "Sign in first.")
        return self.viewer


Info = strawberry.Info[Context, Any]
