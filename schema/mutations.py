"""The one way to declare a root mutation field: permission, refusals and repeats are settled here.

What the mutation means is a verb of the models; this file holds no rule of the business.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

import strawberry
from strawberry.types.field import StrawberryField

from models.rules.errors import DomainError
from schema.context import Info
from schema.inputs import refuse_nul
from schema.payloads import Payload, user_errors
from schema.permissions import enforce, requires
from schema.repeats import answered_once

Answer = TypeVar("Answer", bound=Payload)
Resolver = Callable[..., Awaitable[Answer | None]]


def mutation(
    *, permission: str, description: str, deprecation_reason: str | None = None
) -> Callable[[Resolver[Answer]], StrawberryField]:
    """Declare a root mutation field around `async (self, info, input) -> Payload | None`.

    The field demands the permission (FORBIDDEN, UNAUTHENTICATED), turns every DomainError into
    userErrors, and runs an input with an `idempotencyKey` at most once. An input has
    `to_draft()`; a payload holds ids (Private) and the reads below them find the objects:

        @strawberry.type
        class CustomerCreatePayload(Payload):
            customer_id: strawberry.Private[UUID | None] = None
            portal_secret: IssuedSecret | None = strawberry.field(default=None, description="…")

        @strawberry.type
        class AccountMutations:
            @mutation(permission="customers:create", description="Opens a customer's account.")
            async def customer_create(
                self, info: Info, input: CustomerCreateInput
            ) -> CustomerCreatePayload | None:
                opened = await Account.open(info.context.signed_in, input.to_draft())
                return CustomerCreatePayload(
                    customer_id=opened.account_id,
                    portal_secret=IssuedSecret(username=opened.number, secret=opened.password),
                )
    """

    def declare(resolver: Resolver[Answer]) -> StrawberryField:
        field: StrawberryField = strawberry.mutation(
            description=description,
            deprecation_reason=deprecation_reason,
            metadata=requires(permission),
        )(_guarded(resolver, permission))
        for argument in field.arguments:
            argument.description = argument.description or "What the mutation needs to know."
        return field

    return declare


def _guarded(resolver: Resolver[Answer], permission: str) -> Resolver[Answer]:
    payload_type = _payload_type(resolver)

    @wraps(resolver)
    async def carried_out(self: object, info: Info, input: Any) -> Answer | None:
        enforce(permission, info.context.viewer)
        try:
            refuse_nul(input)
            return await answered_once(
                info, input, payload_type, lambda: resolver(self, info, input)
            )
        except DomainError as refusal:
            return payload_type(user_errors=user_errors(refusal))

    return carried_out


def _payload_type(resolver: Resolver[Answer]) -> type[Answer]:
    names = list(inspect.signature(resolver).parameters)
    if names != ["self", "info", "input"]:
        message = f"{resolver.__qualname__} takes {names}, not self, info and input"
        raise TypeError(message)
    answer = get_type_hints(resolver)["return"]
    payload: type[Answer]
    (payload,) = (kind for kind in get_args(answer) if kind is not NoneType)
    return payload
