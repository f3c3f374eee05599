"""How a mutation with an idempotency key is kept and answered again without its secrets.

Keeping, waiting and comparing are the models' work; here an input and a payload become bytes.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import orjson
import strawberry
from strawberry.types.field import StrawberryField

from models.access import idempotency
from models.database import retried
from models.rules.enums import SecretReason
from schema.context import Info
from schema.payloads import IssuedSecret, Payload

Answer = TypeVar("Answer", bound=Payload)

_SHOWN_ONCE = "shown_once"


def shown_once(description: str) -> Any:
    """A payload field for a bare secret: null in an answer that is repeated by its key."""
    return strawberry.field(default=None, description=description, metadata={_SHOWN_ONCE: True})


async def answered_once(
    info: Info,
    asked: object,
    payload_type: type[Answer],
    verb: Callable[[], Awaitable[Answer | None]],
) -> Answer | None:
    """Run `verb`, or, when the input's key was used before, answer what it answered then.

    Either way it runs again when the database asks for it: a deadlock undid all of it.
    """
    key = getattr(asked, "idempotency_key", None)
    if not isinstance(key, str):
        return await retried(verb)
    fresh: list[Answer] = []

    async def kept() -> dict[str, Any]:
        fresh[:] = [answer for answer in (await verb(),) if answer is not None]
        return keepable(fresh[0]) if fresh else {}

    viewer = info.context.signed_in
    stored = await idempotency.once(viewer, info.field_name, key, canonical(asked), kept)
    return fresh[0] if fresh else revived(payload_type, stored)


def canonical(asked: object) -> bytes:
    """The input as bytes that differ exactly when its meaning does; its key is left out."""
    return orjson.dumps(_plain(asked), option=orjson.OPT_SORT_KEYS)


def keepable(payload: Payload) -> dict[str, Any]:
    """A payload as JSON without secrets; raises TypeError for a value it could not bring back."""
    return {
        field.name: _kept(getattr(payload, field.name))
        for field in _kept_fields(type(payload))
        if not field.metadata.get(_SHOWN_ONCE)
    }


def revived(payload_type: Callable[..., Answer], stored: dict[str, Any]) -> Answer:
    """The payload that `keepable` made JSON of, its secrets null."""
    return payload_type(**{name: _brought_back(value) for name, value in stored.items()})


def _kept_fields(payload_type: type[Payload]) -> Iterable[dataclasses.Field[Any]]:
    for field in dataclasses.fields(payload_type):
        resolved = isinstance(field, StrawberryField) and field.base_resolver is not None
        if not resolved and field.name != "user_errors":
            yield field


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.name != "idempotency_key"
            and getattr(value, field.name) is not strawberry.UNSET
        }
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, Enum):
        return value.value
    return value


def _kept(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case UUID():
            return {"uuid": str(value)}
        case datetime():
            return {"at": value.isoformat()}
        case date():
            return {"on": value.isoformat()}
        case IssuedSecret():
            reason = SecretReason.ALREADY_SHOWN if value.reason is None else value.reason
            return {"secret_of": value.username, "reason": reason.value}
        case list() | tuple():
            return [_kept(item) for item in value]
    message = f"a payload can not hold {type(value).__name__}: keep its id instead"
    raise TypeError(message)


def _brought_back(value: Any) -> object:
    match value:
        case {"uuid": text}:
            return UUID(text)
        case {"at": text}:
            return datetime.fromisoformat(text)
        case {"on": text}:
            return date.fromisoformat(text)
        case {"secret_of": username, "reason": reason}:
            return IssuedSecret(username=username, secret=None, reason=SecretReason(reason))
        case list():
            return [_brought_back(item) for item in value]
    return value
