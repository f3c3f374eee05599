"""A small schema for tests of the protocol: rows of its own, resolvers that fail on purpose.

What the product's fields answer is tested elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import strawberry
from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode
from starlette.applications import Starlette
from strawberry.schema.config import StrawberryConfig

from gateway.auth import Viewers
from gateway.graphql.pipeline import Means, Pipeline, Pool
from gateway.graphql.routes import channels, graphql_routes
from gateway.graphql.trusted import TrustedDocuments
from gateway.health import health_routes
from gateway.limits import Points
from gateway.origins import cross_origin
from gateway.subscriptions import Wakeups
from models.database import read_pool
from models.rules.enums import Role
from models.rules.errors import DomainError, ErrorCode, Problem, Refused, Unavailable
from models.rules.viewer import Viewer
from schema.context import Info
from schema.mutations import mutation
from schema.paging import Connection
from schema.payloads import IssuedSecret, Payload
from schema.permissions import PUBLIC, SIGNED_IN, requires
from schema.repeats import shown_once
from schema.scalars import SCALARS, type_and_id
from schema.wakeups import woken_by

STAFF = Viewer(
    role=Role.ADMIN,
    principal_id=UUID(int=1),
    account_id=None,
    permissions=frozenset({"customers:read", "customers:create"}),
    reseller_ids=(),
    time_zone="UTC",
    name="Ada",
)
CLERK = Viewer(
    role=Role.SUB_ADMIN,
    principal_id=UUID(int=2),
    account_id=None,
    permissions=frozenset(),
    reseller_ids=(),
    time_zone="UTC",
    name="Bob",
)


def _history() -> str:
    return "long"


def _friends(first: int | None = None) -> Connection["Pet"]:
    raise NotImplementedError(first)


@strawberry.type
class Pet:
    name: str
    history: str = strawberry.field(resolver=_history, metadata=requires("audit:read"))
    friends: Connection["Pet"] = strawberry.field(resolver=_friends)


@strawberry.input
class PetInput:
    idempotency_key: str | None = None
    name: str


@strawberry.type
class PetPayload(Payload):
    pet_id: strawberry.Private[UUID | None] = None
    secret: IssuedSecret | None = None
    key: str | None = shown_once("A bare secret.")


def _hello(name: str = "you") -> str:
    return f"Hello, {name}"


def _me(info: Info) -> str:
    return info.context.signed_in.name


def _pets(first: int | None = None, last: int | None = None) -> Connection[Pet]:
    raise NotImplementedError(first, last)


def _pet() -> Pet:
    return Pet(name="Rex")


def _query() -> "Query":
    return Query()


def _broken() -> str | None:
    raise LookupError("the password is swordfish")


def _away() -> str | None:
    raise ConnectionRefusedError


async def _slow(info: Info, seconds: float) -> str:
    await info.context.pool.fetchval("SELECT pg_sleep($1)", seconds)
    return "done"


@strawberry.type
class Query:
    hello: str = strawberry.field(resolver=_hello, metadata=requires(PUBLIC))
    me: str = strawberry.field(resolver=_me, metadata=requires(SIGNED_IN))
    pets: Connection[Pet] = strawberry.field(resolver=_pets, metadata=requires("customers:read"))
    pet: Pet = strawberry.field(resolver=_pet, metadata=requires(PUBLIC))
    query: "Query" = strawberry.field(resolver=_query, metadata=requires(PUBLIC))
    broken: str | None = strawberry.field(resolver=_broken, metadata=requires(PUBLIC))
    away: str | None = strawberry.field(resolver=_away, metadata=requires(PUBLIC))
    slow: str = strawberry.field(resolver=_slow, metadata=requires(PUBLIC))


@strawberry.type
class Mutation:
    @mutation(permission="customers:create", description="Makes a pet.")
    async def pet_create(
        self,
        info: Info,  # noqa: ARG002 - every mutation takes it
        input: PetInput,
    ) -> PetPayload | None:
        match input.name:
            case "":
                raise Refused((Problem(ErrorCode.REQUIRED, ("name",), "A pet has a name."),))
            case "taken":
                raise DomainError(ErrorCode.TAKEN, ("name",), "There is one of this name.")
            case "busy":
                raise Unavailable("Try again.", 3)
        secret = IssuedSecret(username=input.name, secret="s3cret")
        return PetPayload(pet_id=uuid4(), secret=secret, key="k3y")


async def _pet_of(info: Info, id: strawberry.ID) -> Any:
    found = type_and_id(id)
    row_id = None if found is None else found[1]
    name = await info.context.pool.fetchval("SELECT name FROM pets WHERE id = $1", row_id)
    return None if name is None else Pet(name=name)


@strawberry.type
class Subscription:
    pet_changed: Pet = strawberry.field(
        resolver=_pet_of,
        graphql_type=Pet,
        metadata={
            **requires("customers:read"),
            **woken_by("pets", "SELECT name = 'last' FROM pets WHERE id = $1"),
        },
    )


SCHEMA = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=dict(SCALARS)),
)


class ByResolvers:
    """Reads for a schema without sources: every field has a resolver."""

    def prepare(
        self, _schema: GraphQLSchema, _document: DocumentNode, _operation: OperationDefinitionNode
    ) -> None:
        return None

    async def answer(
        self,
        _prepared: Any,
        _variables: Mapping[str, Any],
        _viewer: Viewer | None,
        _pool: Pool,
        _steady_pool: "Pool | None" = None,
    ) -> bytes:
        raise NotImplementedError


@dataclass
class Playground:
    """The API over the small schema; tokens that are taken out of `tokens` have ended."""

    tokens: dict[str, Viewer] = field(default_factory=lambda: {"ada": STAFF, "bob": CLERK})
    documents: dict[str, str] = field(default_factory=dict)
    trusted_only: bool = False
    points: int = 0
    dsn: str = ""

    def __post_init__(self) -> None:
        self.wakeups = Wakeups(self.dsn, channels(SCHEMA))
        self.viewers = Viewers(self._viewer)
        trusted = TrustedDocuments(self.documents, only=self.trusted_only)
        points = Points(self.points)
        means = Means(ByResolvers(), trusted, points, self._pool, self.viewers.forget)
        self.pipeline = Pipeline(SCHEMA, means)

    def application(self) -> Starlette:
        """All of it but the database, which a test opens where it needs one."""
        routes = [*graphql_routes(self.pipeline, self.viewers, self.wakeups), *health_routes()]
        return Starlette(routes=routes, middleware=[cross_origin(["https://portal.example"])])

    async def _viewer(self, token: str) -> Viewer | None:
        return self.tokens.get(token)

    def _pool(self) -> Pool:
        return read_pool() if self.dsn else NO_POOL


NO_POOL: Any = None
